"""Nobody who calls a team's API may take on the role that reads the archive of its prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.iam.pattern import Pattern, overlap
from review.identities import Identity
from review.rules.facts import FUNCTION, listed
from review.rules.prompts import archives
from review.rules.rule import Result, Rule, controls, judged

Json = Any
_READERS = ":role/cloister-auditors/"
#: The authorizer's list of who may call (`lambdas/authorizer/team.py`).
_LISTED = "CLOISTER_CALLERS"
_ARN = "aws:PrincipalArn"


def _check(deployment: Deployment) -> Iterator[Result]:
    for bucket in {bucket.place: bucket for _, _, bucket in archives(deployment) if bucket is not None}.values():
        yield judged(_judge, deployment, bucket)


def _judge(deployment: Deployment, bucket: Resource) -> str:
    callers = sorted({*_signing(deployment, bucket.stack), *_listed(deployment, bucket.stack)})
    if not callers:
        return "its stack does not say who calls: whether one of them reads it is not known"
    for role in deployment.identities.roles.values():
        if role.resource.stack != bucket.stack or _READERS not in role.arn:
            continue
        for taker in _takers(role):
            for caller in callers:
                if overlap((Pattern.of(taker),), (Pattern.of(caller),)):
                    return f"{role.resource.place}, which reads it, is taken on by {taker}, and {caller} calls"
    return ""


def _takers(role: Identity) -> Iterator[str]:
    """Who may take a role on: whom a statement of its trust names, and if that is a whole account, whom it picks."""
    for statement in role.trust.statements if role.trust else ():
        if statement.effect != "Allow":
            continue
        picked = [v for test in statement.condition if test.key.lower() == _ARN.lower() for v in test.values]
        named = statement.principals.kinds.get("AWS", ()) if statement.principals else ()
        yield from picked or (name.removesuffix(":root") + (":*" if name.endswith(":root") else "") for name in named)


def _signing(deployment: Deployment, stack: str) -> Iterator[str]:
    """Whom the policies of the stack's APIs name."""
    for api in deployment.assembly.within(stack, "AWS::ApiGateway::RestApi"):
        for statement in listed((deployment.resolver.of(api, "Policy") or {}).get("Statement")):
            if statement.get("Effect") == "Allow":
                principal = statement.get("Principal")
                named = listed(principal.get("AWS")) if isinstance(principal, dict) else ()
                yield from (str(name) for name in named if name != "*")
                for tests in (statement.get("Condition") or {}).values():
                    yield from map(str, listed(tests.get(_ARN)))


def _listed(deployment: Deployment, stack: str) -> Iterator[str]:
    """Whom the stack's authorizers let in."""
    for function in deployment.assembly.within(stack, FUNCTION):
        variables = (deployment.resolver.of(function, "Environment") or {}).get("Variables") or {}
        yield from filter(None, str(variables.get(_LISTED, "")).split(","))


RULE = Rule(
    id="prompt-archive-is-read-by-no-caller",
    title="Nobody who calls a team's API may take on the role that reads the archive of its prompts",
    why="a caller who reads the archive has what everybody else of the team has asked and was answered",
    severity="critical",
    fix="let the reader be taken on by a role that calls nothing",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html",
    controls=controls(nist="AC-3 AC-5 AC-6 AU-9", soc2="CC6.1 CC6.3 C1.1", aws="DATA-04"),
    check=_check,
)
