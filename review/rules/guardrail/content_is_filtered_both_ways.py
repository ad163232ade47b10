"""Every kind of harmful content is filtered, in prompts and in answers."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each

_FILTERS = ("HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT")


@each("AWS::Bedrock::Guardrail")
def _check(deployment: Deployment, guardrail: Resource) -> str:
    filters = {
        f.get("Type"): f
        for f in (deployment.resolver.of(guardrail, "ContentPolicyConfig") or {}).get("FiltersConfig") or []
    }
    for name in _FILTERS:
        known = filters.get(name)
        if known is None:
            return f"it has no filter of {name}"
        for way in ("Input", "Output"):
            if (
                known.get(f"{way}Strength") not in ("LOW", "MEDIUM", "HIGH")
                or known.get(f"{way}Enabled") is False
                or known.get(f"{way}Action") == "NONE"
            ):
                return f"its filter of {name} lets everything through on the way {'in' if way == 'Input' else 'out'}"
    return ""


RULE = Rule(
    id="content-is-filtered-both-ways",
    title="Every kind of harmful content is filtered, in prompts and in answers",
    why="a filter that is left out is off, and nothing of an answer shows it",
    severity="medium",
    fix="name every filter with a strength for input and output",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-content-filters.html",
    controls=controls(
        nist="SI-10", owasp="LLM01", ai600="2.3 2.11", iso="A.9.4", soc2="CC6.8", aws="AI-01", lens="GENSEC02-BP01"
    ),
    check=_check,
)
