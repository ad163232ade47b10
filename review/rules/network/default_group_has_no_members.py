"""No function and no endpoint is a member of a VPC's default security group."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import ENDPOINT, FUNCTION, listed, of
from review.rules.rule import NotApplicableError, Rule, controls, each


@each(FUNCTION, ENDPOINT)
def _check(deployment: Deployment, resource: Resource) -> str:
    if resource.type == ENDPOINT and deployment.resolver.of(resource, "VpcEndpointType") != "Interface":
        raise NotApplicableError("a gateway endpoint has no group")
    where = (
        deployment.resolver.of(resource, "VpcConfig") or {} if resource.type == FUNCTION else of(deployment, resource)
    )
    groups = listed(where.get("SecurityGroupIds"))
    if not groups or any("DefaultSecurityGroup" in str(group) for group in groups):
        return "it is in the VPC's default group, whose rules let everything out"
    return ""


RULE = Rule(
    id="default-group-has-no-members",
    title="No function and no endpoint is a member of a VPC's default security group",
    why="the default group lets its members out to anywhere, and no template can take its rules away",
    severity="high",
    fix="give it a group of its own, with rules for what it needs alone",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
    controls=controls(nist="SC-7 AC-4", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
