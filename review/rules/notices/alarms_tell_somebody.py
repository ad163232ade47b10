"""Every alarm tells a topic, or is part of one that does."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import listed
from review.rules.rule import Rule, controls, each

_KINDS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


@each(*_KINDS)
def _check(deployment: Deployment, alarm: Resource) -> str:
    if _tells(deployment, alarm):
        return ""
    name = deployment.resolver.of(alarm, "AlarmName") or deployment.resolver.reference(alarm.id, alarm.stack)
    if str(name) in deployment.once(_heard):
        return ""
    return "it tells nobody when it is raised, and no composite alarm that does looks at it"


def _tells(deployment: Deployment, alarm: Resource) -> bool:
    resolver = deployment.resolver
    off = str(resolver.of(alarm, "ActionsEnabled")).lower() == "false"
    return not off and bool(listed(resolver.of(alarm, "AlarmActions")))


def _heard(deployment: Deployment) -> set[str]:
    """The names of the alarms that a composite alarm looks at which tells a topic."""
    return {
        name
        for composite in deployment.assembly.of_type("AWS::CloudWatch::CompositeAlarm")
        if _tells(deployment, composite)
        for name in _named(str(deployment.resolver.of(composite, "AlarmRule") or ""))
    }


def _named(rule: str) -> list[str]:
    """The alarms whose being raised a rule looks at, which it names by themselves or by their ARNs."""
    parts = (part.partition(")")[0].strip("\"' ") for part in rule.split("ALARM(")[1:])
    return [part.rpartition(":alarm:")[2] for part in parts]


RULE = Rule(
    id="alarms-tell-somebody",
    title="Every alarm tells a topic, or is part of one that does",
    why="an alarm that nobody is told of is a fault that nobody sees",
    severity="medium",
    fix="name the topic in AlarmActions, or the alarm in the rule of a composite alarm that has it",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html",
    controls=controls(nist="SI-4 AU-5", soc2="CC7.2", aws="DETECT-05"),
    check=_check,
)
