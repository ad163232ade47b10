"""Functions' roles are denied both kinds of bearer token."""

from __future__ import annotations

from review.deployment import Deployment
from review.iam.matching import action_listed
from review.identities import Identity
from review.rules.facts import each_function_role
from review.rules.rule import Rule, controls

_TOKENS = ("bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken")


@each_function_role
def _check(_deployment: Deployment, role: Identity) -> str:
    denials = [
        s
        for d in role.policies
        for s in d.statements
        if s.effect == "Deny" and not s.condition and s.resource and s.resource.values == ("*",)
    ]
    for token in _TOKENS:
        if not any(s.action is not None and action_listed(s.action, token) for s in denials):
            return f"nothing denies it {token}: a key made of its credentials would be taken"
    return ""


RULE = Rule(
    id="bearer-tokens-are-denied",
    title="Functions' roles are denied both kinds of bearer token",
    why=("a token made from a function's credentials works from anywhere, and the guardrail does not see it"),
    severity="high",
    fix="deny bedrock-mantle:CallWithBearerToken and bedrock:CallWithBearerToken on every resource",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html",
    controls=controls(nist="IA-5 AC-6", soc2="CC6.1", aws="IAM-03", lens="GENSEC01-BP01"),
    check=_check,
)
