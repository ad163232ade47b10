"""Every subnet is under a network ACL of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::Subnet")
def _check(deployment: Deployment, subnet: Resource) -> str:
    own = deployment.resolver.reference(subnet.id, subnet.stack)
    held = {
        deployment.resolver.of(a, "SubnetId")
        for a in deployment.assembly.of_type("AWS::EC2::SubnetNetworkAclAssociation")
    }
    return "" if own in held else "no network ACL of the deployment is on it: the VPC's own lets everything through"


RULE = Rule(
    id="subnet-is-under-the-network-acl",
    title="Every subnet is under a network ACL of the deployment",
    why="the ACL holds where no security group of the deployment does: in the VPC's default group",
    severity="medium",
    fix="associate the subnet with the deployment's network ACL",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
    controls=controls(nist="SC-7 AC-4", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
