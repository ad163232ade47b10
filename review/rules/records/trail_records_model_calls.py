"""Inference and guardrail calls are recorded by a trail, as data events."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.finding import Status
from review.rules.facts import output
from review.rules.rule import WHOLE, Result, Rule, controls

#: https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html
_NEEDED = ("AWS::BedrockMantle::Project", "AWS::Bedrock::Guardrail")


def _check(deployment: Deployment) -> Iterator[Result]:
    if not deployment.assembly.by_type.get("AWS::Bedrock::Guardrail"):
        return
    trails = list(deployment.assembly.of_type("AWS::CloudTrail::Trail"))
    said = output(deployment, "ModelEvents")
    recorded = {kind for trail in trails for kind in _recorded(deployment, trail)}
    for kind in _NEEDED:
        if kind in recorded:
            yield Result(trails[0].place, Status.PASS, f"data events of {kind} are recorded")
        elif said.startswith("elsewhere"):
            yield Result(WHOLE, Status.NOT_APPLICABLE, f"the deployment says in its output ModelEvents: {said}")
        else:
            yield Result(WHOLE, Status.FAIL, f"no trail records the data events of {kind}")


def _recorded(deployment: Deployment, trail: Resource) -> set[str]:
    found: set[str] = set()
    for selector in deployment.resolver.of(trail, "AdvancedEventSelectors") or []:
        fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
        # A selector that has more fields leaves some events out.
        if set(fields) == {"eventCategory", "resources.type"} and fields["eventCategory"].get("Equals") == ["Data"]:
            found.update(fields["resources.type"].get("Equals") or [])
    return found


RULE = Rule(
    id="trail-records-model-calls",
    title="Inference and guardrail calls are recorded by a trail, as data events",
    why="no trail records them unless told to, and nothing of AWS's else says who called which model",
    severity="high",
    fix=("set 'audit.data_events', or let the output ModelEvents say which trail of the organisation does it"),
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html",
    controls=controls(
        nist="AU-2 AU-12 AC-6(9)", soc2="CC7.2", iso="A.6.2.8", aws="DETECT-01", lens="GENSEC01-BP04 GENSEC03-BP01"
    ),
    check=_check,
)
