"""Every VPC's default security group is without rules."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::VPC")
def _check(deployment: Deployment, vpc: Resource) -> str:
    closed = deployment.assembly.of_type("Custom::VpcRestrictDefaultSG")
    own = deployment.resolver.reference(vpc.id, vpc.stack)
    if any(
        str(own) in str(of(deployment, resource)) or "DefaultSecurityGroupId" in of(deployment, resource)
        for resource in closed
    ):
        return ""
    return "its default security group keeps the rules that EC2 gives it: from its members, and out to anywhere"


RULE = Rule(
    id="default-group-is-closed",
    title="Every VPC's default security group is without rules",
    why="whoever starts something in the VPC and names no group lands in it",
    severity="medium",
    fix="take its rules away by hand after the first deployment, and say so in a waiver",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
    controls=controls(nist="SC-7(5) CM-7", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
