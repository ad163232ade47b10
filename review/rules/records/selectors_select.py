"""Every selector of a trail says what it selects; changes and invocations by hand are among it, or another trail's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.finding import Status
from review.rules.facts import functions, output
from review.rules.rule import WHOLE, Result, Rule, controls, judged

Json = Any
_SAYS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")


def _check(deployment: Deployment) -> Iterator[Result]:
    trails = list(deployment.assembly.of_type("AWS::CloudTrail::Trail"))
    for trail in trails:
        yield judged(_formed, deployment, trail)
    if not trails:
        return
    chosen = [s for trail in trails for s in deployment.resolver.of(trail, "AdvancedEventSelectors") or []]
    yield _changes(deployment, chosen)
    for function in functions(deployment):
        arn = deployment.resolver.arn(function.resource)
        seen = any(_kind(s) == "AWS::Lambda::Function" and _begins(s, arn) for s in chosen)
        said = "" if seen else "no trail records who invokes it by hand"
        yield Result(function.resource.place, Status.PASS if seen else Status.FAIL, said, function.resource.type)


def _formed(deployment: Deployment, trail: Resource) -> str:
    for number, selector in enumerate(deployment.resolver.of(trail, "AdvancedEventSelectors") or []):
        fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
        category = (fields.get("eventCategory") or {}).get("Equals")
        if category not in (["Data"], ["Management"]):
            return f"its selector {number} says no category of events: CloudTrail refuses it"
        if category == ["Data"] and not _kind(selector):
            return f"its selector {number} says no type of resource: CloudTrail refuses it"
        if any(not f.get(word) for f in fields.values() for word in [next((w for w in _SAYS if w in f), "")]):
            return f"a field of its selector {number} is compared with nothing: CloudTrail refuses it"
    return ""


def _changes(deployment: Deployment, chosen: list[Json]) -> Result:
    said = output(deployment, "ManagementEvents")
    for selector in chosen:
        fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
        whole = set(fields) <= {"eventCategory", "readOnly"} and (fields.get("readOnly") or {}).get("Equals") in (
            None,
            ["false"],
        )
        if (fields.get("eventCategory") or {}).get("Equals") == ["Management"] and whole:
            return Result(WHOLE, Status.PASS, "changes of the account are recorded")
    if said.startswith("elsewhere"):
        return Result(WHOLE, Status.NOT_APPLICABLE, f"the deployment says in its output ManagementEvents: {said}")
    return Result(WHOLE, Status.FAIL, "no trail records who changes what")


def _kind(selector: Json) -> str:
    fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
    return str(next(iter((fields.get("resources.type") or {}).get("Equals") or []), ""))


def _begins(selector: Json, arn: str) -> bool:
    fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
    starts = (fields.get("resources.ARN") or {}).get("StartsWith")
    return "resources.ARN" not in fields or any(arn.startswith(start) for start in starts or [])


RULE = Rule(
    id="selectors-select",
    title="Every selector of a trail says what it selects; changes and invocations by hand are among it",
    why="a selector that is missing or refused is noticed when its events are looked for",
    severity="medium",
    fix="select management events and the functions' invocations, or name the trail that does in an output",
    source="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html",
    controls=controls(nist="AU-2 AU-12 AC-6(9)", soc2="CC7.2", aws="DETECT-01", iso="A.6.2.8"),
    check=_check,
)
