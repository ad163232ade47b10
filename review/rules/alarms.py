"""What alarms look at: their metrics, with the dimensions that say whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on, of

Json = Any
ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"


@dataclass(frozen=True)
class Metric:
    """A metric that an alarm looks at.

    Attributes
    ----------
    namespace, name
        What is measured.
    dimensions
        Whose, by name.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]


def metrics(deployment: Deployment, alarm: Resource) -> Iterator[Metric]:
    """Yield the metrics of an alarm: its one, or those that its expression is made of."""
    known = of(deployment, alarm)
    for written in (known, *(m["MetricStat"]["Metric"] for m in known.get("Metrics") or [] if "MetricStat" in m)):
        if written.get("MetricName"):
            dimensions = {str(d["Name"]): str(d["Value"]) for d in written.get("Dimensions") or []}
            yield Metric(str(written.get("Namespace")), str(written["MetricName"]), dimensions)


def is_looked_at(deployment: Deployment, namespace: str, name: str, dimensions: Mapping[str, str]) -> bool:
    """Whether an alarm that is not switched off looks at a metric of these dimensions.

    Parameters
    ----------
    namespace
        One of AWS's; empty for whichever the deployment's own code writes to.
    name, dimensions
        The metric, and whose it is: all of its dimensions.
    """
    return (namespace, name, frozenset(dimensions.items())) in deployment.once(_looked_at)


def _looked_at(deployment: Deployment) -> frozenset[tuple[str, str, frozenset[tuple[str, str]]]]:
    return frozenset(
        (m.namespace if m.namespace.startswith("AWS/") else "", m.name, frozenset(m.dimensions.items()))
        for alarm in deployment.assembly.of_type(ALARM)
        if "ActionsEnabled" not in alarm.properties or is_on(deployment.resolver.of(alarm, "ActionsEnabled"))
        for m in metrics(deployment, alarm)
    )


def tags(deployment: Deployment, part: Resource) -> dict[str, str]:
    """The tags of a part."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in deployment.resolver.of(part, "Tags") or []}
