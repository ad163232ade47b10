"""Every alarm is about a part of these templates, or about the deployment and the team whose tags it carries."""

from __future__ import annotations

from collections.abc import Iterable

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import ALARM, Metric, metrics, tags
from review.rules.facts import FUNCTION, is_a_teams_own
from review.rules.rule import Rule, controls, each

#: By namespace of AWS's: the dimension that says which part, and its type.
_PARTS = {
    "AWS/Lambda": ("FunctionName", FUNCTION),
    "AWS/Logs": ("LogGroupName", "AWS::Logs::LogGroup"),
}
_OWNERS = ("deployment", "team")


@each(ALARM)
def _check(deployment: Deployment, alarm: Resource) -> str:
    carried = tags(deployment, alarm)
    wrong = [_judge(deployment, alarm, metric, carried) for metric in metrics(deployment, alarm)]
    return next(filter(None, wrong), "")


def _judge(deployment: Deployment, alarm: Resource, metric: Metric, carried: dict[str, str]) -> str:
    if metric.namespace in _PARTS:
        dimension, kind = _PARTS[metric.namespace]
        parts = deployment.assembly.within(alarm.stack, kind)
        names = (deployment.resolver.reference(part.id, part.stack) for part in parts)
        value = metric.dimensions.get(dimension)
        if is_a_teams_own(alarm) and value not in deployment.once(_named):
            return ""  # of something that no template makes: others' parts are what it is kept from
        return "" if value in set(names) else f"it looks at {metric.name} of {dimension} {value}, no part of its stack"
    if metric.namespace.startswith("AWS/") or _is_made_here(deployment, alarm, metric):
        return ""
    for owner in _OWNERS:
        if carried.get(owner, metric.dimensions.get(owner)) != metric.dimensions.get(owner):
            return f"it looks at {metric.name} of {owner} {metric.dimensions.get(owner)}: it is {carried[owner]}'s"
    return ""


def _named(deployment: Deployment) -> set[str]:
    """The names of all parts that have metrics of their own."""
    parts = deployment.assembly.of_type(*(kind for _, kind in _PARTS.values()))
    return {deployment.resolver.reference(part.id, part.stack) for part in parts}


def _is_made_here(deployment: Deployment, alarm: Resource, metric: Metric) -> bool:
    """Whether a filter of a log group of its own stack makes the metric, which has no dimensions then."""
    filters = deployment.assembly.within(alarm.stack, "AWS::Logs::MetricFilter")
    return not metric.dimensions and any(
        metric.name in _made(deployment.resolver.of(each, "MetricTransformations")) for each in filters
    )


def _made(transformations: Iterable[dict[str, str]] | None) -> set[str]:
    return {each["MetricName"] for each in transformations or []}


RULE = Rule(
    id="alarms-are-about-their-own",
    title="Every alarm is about a part of its own stack, or about the deployment and the team whose tags it carries",
    why="an alarm on another team's metric is silent about its own",
    severity="medium",
    fix="name the part, or the deployment and the team, in the metric's dimensions",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
    controls=controls(nist="SI-4", soc2="CC7.2", aws="DETECT-05"),
    check=_check,
)
