"""Every log group keeps its records for the time that the deployment states."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each
from review.words import many


@each("AWS::Logs::LogGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    days = deployment.resolver.of(group, "RetentionInDays")
    if days is None:
        return "its records rest for ever"
    used = {
        str(deployment.resolver.of(g, "RetentionInDays"))
        for g in deployment.assembly.within(group.stack, "AWS::Logs::LogGroup")
    }
    return (
        ""
        if len(used) == 1
        else f"its records rest for {many(int(days), 'day')}, and others of its stack for other times"
    )


RULE = Rule(
    id="log-group-has-an-end",
    title="Every log group keeps its records for the time that the deployment states",
    why="records that end early are no evidence, and records without an end are a liability",
    severity="medium",
    fix="set RetentionInDays, as 'audit.retention_days' has it",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    controls=controls(nist="AU-11 SI-12", soc2="C1.2 CC7.2", iso="A.6.2.8"),
    check=_check,
)
