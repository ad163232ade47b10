"""Every subnet has a route table of its own deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::Subnet")
def _check(deployment: Deployment, subnet: Resource) -> str:
    own = deployment.resolver.reference(subnet.id, subnet.stack)
    tables = {deployment.resolver.reference(t.id, t.stack) for t in deployment.assembly.of_type("AWS::EC2::RouteTable")}
    for association in deployment.assembly.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        if deployment.resolver.of(association, "SubnetId") == own:
            table = deployment.resolver.of(association, "RouteTableId")
            return "" if table in tables else f"its route table is {table}, which no template makes"
    return "it uses the VPC's main route table, whose routes no template says"


RULE = Rule(
    id="subnet-has-a-route-table",
    title="Every subnet has a route table of its own deployment",
    why="a route that somebody adds to the main route table is a way out of every subnet that has none of its own",
    severity="high",
    fix="associate the subnet with a route table of the templates",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html",
    controls=controls(nist="SC-7 AC-4", soc2="CC6.6", aws="INFRA-01"),
    check=_check,
)
