"""Each role that infers does so on the tiers that its team was given."""

from __future__ import annotations

from review.deployment import Deployment
from review.iam.matching import action_listed
from review.identities import Identity
from review.rules.facts import INFERENCE, allows, each_function_role
from review.rules.rule import NotApplicableError, Rule, controls


@each_function_role
def _check(_deployment: Deployment, role: Identity) -> str:
    if not allows(role, INFERENCE):
        raise NotApplicableError("it infers nothing")
    for statement in role.groups[0]:
        if statement.action is None or not action_listed(statement.action, INFERENCE):
            continue
        if not any(
            t.key.lower() == "bedrock-mantle:servicetier" and t.operator.startswith("StringEquals")
            for t in statement.condition
        ):
            return f"{statement.place} infers on any service tier"
    return ""


RULE = Rule(
    id="tier-is-named",
    title="Each role that infers does so on the tiers that its team was given",
    why="a tier is a price, and a promise of where and when an answer is made",
    severity="low",
    fix="add StringEquals of bedrock-mantle:ServiceTier",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-mantle.html",
    controls=controls(nist="AC-6 SC-6", owasp="LLM06", soc2="CC6.1 A1.1"),
    check=_check,
)
