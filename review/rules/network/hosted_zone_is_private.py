"""Every hosted zone is one VPC's own."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import listed
from review.rules.rule import Rule, controls, each


@each("AWS::Route53::HostedZone")
def _check(deployment: Deployment, zone: Resource) -> str:
    vpcs = listed(deployment.resolver.of(zone, "VPCs"))
    return "" if vpcs and all(vpc.get("VPCId") for vpc in vpcs) else "it is of no VPC, and answers the internet"


RULE = Rule(
    id="hosted-zone-is-private",
    title="Every hosted zone is one VPC's own",
    why="a public zone tells the internet which buckets are read",
    severity="medium",
    fix="name the VPC in VPCs",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html",
    controls=controls(nist="SC-20 SC-7", soc2="CC6.6"),
    check=_check,
)
