"""Prompt attacks are filtered at strength HIGH."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::Bedrock::Guardrail")
def _check(deployment: Deployment, guardrail: Resource) -> str:
    filters = (deployment.resolver.of(guardrail, "ContentPolicyConfig") or {}).get("FiltersConfig") or []
    for known in filters:
        if known.get("Type") == "PROMPT_ATTACK":
            if known.get("InputEnabled") is False or known.get("InputAction") == "NONE":
                return "its filter of prompt attacks looks and blocks nothing"
            return (
                ""
                if known.get("InputStrength") == "HIGH"
                else f"its filter of prompt attacks is {known.get('InputStrength')}"
            )
    return "it has no filter of prompt attacks"


RULE = Rule(
    id="prompt-attacks-are-filtered",
    title="Prompt attacks are filtered at strength HIGH",
    why="a prompt that overrules the instructions makes everything else of the request somebody else's",
    severity="high",
    fix="add the filter PROMPT_ATTACK with InputStrength HIGH",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-prompt-attack.html",
    controls=controls(nist="SI-10 SI-3", owasp="LLM01", ai600="2.9", soc2="CC6.8", aws="AI-02", lens="GENSEC04-BP02"),
    check=_check,
)
