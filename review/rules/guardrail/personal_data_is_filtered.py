"""Personal data is blocked or masked, in prompts and in answers."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::Bedrock::Guardrail")
def _check(deployment: Deployment, guardrail: Resource) -> str:
    known = deployment.resolver.of(guardrail, "SensitiveInformationPolicyConfig") or {}
    found = [*(known.get("PiiEntitiesConfig") or []), *(known.get("RegexesConfig") or [])]
    if not found:
        return "it filters no personal data"
    for entity in found:
        ways = [
            entity.get("Action"),
            entity.get("InputAction", entity.get("Action")),
            entity.get("OutputAction", entity.get("Action")),
        ]
        if (
            any(way not in ("BLOCK", "ANONYMIZE") for way in ways)
            or entity.get("InputEnabled") is False
            or entity.get("OutputEnabled") is False
        ):
            return f"{entity.get('Type') or entity.get('Name')} is let through one way"
    return ""


RULE = Rule(
    id="personal-data-is-filtered",
    title="Personal data is blocked or masked, in prompts and in answers",
    why="what a person types about another is in the prompt before anybody decides",
    severity="medium",
    fix="name kinds of personal data under guardrail.pii, to block or to mask",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html",
    controls=controls(
        nist="PT-2 SI-10 SC-28", owasp="LLM02", ai600="2.4", iso="A.9.2", soc2="C1.1", aws="AI-03", lens="GENSEC02-BP01"
    ),
    check=_check,
)
