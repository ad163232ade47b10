"""Every function's role has a ceiling that is no wider than what it may."""

from __future__ import annotations

from review.deployment import Deployment
from review.iam import Statement
from review.identities import Identity
from review.rules.facts import each_function_role
from review.rules.rule import Rule, controls


@each_function_role
def _check(_deployment: Deployment, role: Identity) -> str:
    if "PermissionsBoundary" not in role.resource.properties:
        return "it has no permissions boundary: what somebody attaches later adds to what it may"
    # A policy of AWS's own is another rule's to refuse.
    own = [s for document in role.policies if ":policy/" not in document.name for s in document.statements]
    boundary = role.boundary
    if boundary is None or ":policy/" in boundary.name:
        return _denied(own)
    allowed = {_key(s) for s in own if s.effect == "Allow"}
    inside = {_key(s) for s in boundary.statements if s.effect == "Allow"}
    beyond = [s for s in own if s.effect == "Allow" and _key(s) not in inside]
    if beyond:
        return f"its own policies allow more than its boundary lets through: {beyond[0].place}"
    wider = [s for s in boundary.statements if s.effect == "Allow" and _key(s) not in allowed]
    if wider:
        return f"its boundary lets through more than its own policy: {wider[0].place}"
    # Each has the denials, so that a change of one of the two opens nothing.
    denied, repeated = ({_key(s) for s in found if s.effect == "Deny"} for found in (own, boundary.statements))
    return "" if denied == repeated else "its policy and its boundary do not deny the same"


def _denied(own: list[Statement]) -> str:
    if any(
        s.effect == "Deny" and s.action and s.action.negated and s.resource and s.resource.values == ("*",) for s in own
    ):
        return ""
    return "its boundary is another company's policy, and its own denies nothing of what it does not need"


def _key(statement: Statement) -> tuple[object, ...]:
    return (statement.action, statement.resource, statement.condition)


RULE = Rule(
    id="function-role-has-its-ceiling",
    title="Every function's role has a ceiling that is no wider than what it may",
    why="a policy that somebody attaches to the role later would add rights",
    severity="high",
    fix=(
        "take '@aws-cdk/core:permissionsBoundary' out of the context (cdk.json, ~/.cdk.json, -c), and "
        "remove aspects that set a boundary; a boundary that every role of the account must carry is "
        "'permissions_boundary' in cloister.yaml, which keeps the functions' ceiling beside it"
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    controls=controls(nist="AC-6 AC-3", soc2="CC6.1 CC6.3", aws="IAM-02", lens="GENSEC01-BP01"),
    check=_check,
)
