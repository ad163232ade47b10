"""Filters judge images as they judge text, where the Region has it."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import NotApplicableError, Rule, controls, each

#: Where filters judge images: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html
_REGIONS = ("us-east-1", "us-west-2", "eu-central-1")


@each("AWS::Bedrock::Guardrail")
def _check(deployment: Deployment, guardrail: Resource) -> str:
    region = deployment.assembly.by_stack[guardrail.stack].region
    if region not in _REGIONS:
        raise NotApplicableError(f"filters judge no images in {region}: images are refused there")
    for known in (deployment.resolver.of(guardrail, "ContentPolicyConfig") or {}).get("FiltersConfig") or []:
        for way in ("InputModalities", "OutputModalities"):
            if "IMAGE" not in (known.get(way) or []) or "TEXT" not in (known.get(way) or []):
                return (
                    f"its filter of {known.get('Type')} judges {', '.join(known.get(way) or ['TEXT'])} alone, by {way}"
                )
    return ""


RULE = Rule(
    id="images-are-judged",
    title="Filters judge images as they judge text, where the Region has it",
    why="without IMAGE the guardrail answers NONE for a picture that it did not look at",
    severity="high",
    fix="set InputModalities and OutputModalities to TEXT and IMAGE",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html",
    controls=controls(nist="SI-10", owasp="LLM01", ai600="2.3 2.11", aws="AI-01", lens="GENSEC02-BP01"),
    check=_check,
)
