"""A rule of EventBridge says which kind of event it takes, and takes no calls on what is somebody else's."""

from __future__ import annotations

from collections.abc import Mapping

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.calls import CALL, event, kinds
from review.rules.facts import listed
from review.rules.patterns import matches
from review.rules.rule import NotApplicableError, Rule, controls, each

_SOMEBODYS = "somebodys-own-and-none-of-these-templates"


@each("AWS::Events::Rule")
def _check(deployment: Deployment, rule: Resource) -> str:
    pattern = deployment.resolver.of(rule, "EventPattern")
    if pattern is None:
        raise NotApplicableError("it goes by the clock")
    if not listed(pattern.get("detail-type")):
        return "it takes events of every kind: detail-type is missing"
    if CALL not in listed(pattern["detail-type"]):
        return ""
    detail = pattern.get("detail")
    missing = [n for n in ("eventSource", "eventName") if not isinstance(detail, Mapping) or not listed(detail.get(n))]
    if missing:
        return f"it takes calls of every {missing[0]}"
    for said in (entry for several in kinds().values() for entry in several if entry["named"]):
        if f"{said['service']}.amazonaws.com" not in listed(detail["eventSource"]):
            continue
        for call in said["calls"]:
            for parameter in said["named"]:
                if matches(pattern, event(said["service"], call, {parameter: _SOMEBODYS})):
                    return f"it takes {call} of whichever {parameter}: others' changes raise it too"
    return ""


RULE = Rule(
    id="events-are-of-this-deployment",
    title="A rule of EventBridge says which kind of event it takes, and takes no calls on what is somebody else's",
    why="an alarm that others' work raises is soon one that nobody reads",
    severity="low",
    fix="name detail-type, eventSource, eventName, and the part in requestParameters",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html",
    controls=controls(nist="SI-4(5) AU-6(1)", soc2="CC7.2", aws="DETECT-05"),
    check=_check,
)
