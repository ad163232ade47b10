"""Log groups refuse to be deleted."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::Logs::LogGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    if is_on(deployment.resolver.of(group, "DeletionProtectionEnabled")):
        return ""
    if not deployment.once(_protects):
        raise NotApplicableError("no stack of this deployment refuses to be deleted, as in one for development")
    return "it can be deleted by one call"


def _protects(deployment: Deployment) -> bool:
    known = [t.properties for t in deployment.assembly.templates if t.properties is not None]
    return not known or any(is_on(properties.get("terminationProtection")) for properties in known)


RULE = Rule(
    id="log-group-refuses-deletion",
    title="Log groups refuse to be deleted",
    why="one call would take the record of everything before it",
    severity="medium",
    fix="set DeletionProtectionEnabled",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html",
    controls=controls(nist="AU-9", soc2="CC7.2"),
    check=_check,
)
