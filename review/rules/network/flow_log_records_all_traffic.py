"""The traffic of every VPC is recorded, refused and accepted."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::VPC")
def _check(deployment: Deployment, vpc: Resource) -> str:
    own = deployment.resolver.reference(vpc.id, vpc.stack)
    for log in deployment.assembly.of_type("AWS::EC2::FlowLog"):
        known = of(deployment, log)
        if known.get("ResourceId") != own:
            continue
        if known.get("TrafficType") != "ALL":
            return f"its flow log records {known.get('TrafficType')} traffic alone"
        if str(known.get("MaxAggregationInterval")) != "60":
            return "its flow log comes after ten minutes: sixty seconds is right"
        group = known.get("LogGroupName") or known.get("LogDestination")
        kept = {
            deployment.resolver.reference(g.id, g.stack) for g in deployment.assembly.of_type("AWS::Logs::LogGroup")
        }
        return "" if group in kept else f"its flow log goes to {group}, which is no log group of these templates"
    return "nothing records its traffic"


RULE = Rule(
    id="flow-log-records-all-traffic",
    title="The traffic of every VPC is recorded, refused and accepted",
    why="what went which way is seen in flow logs alone",
    severity="medium",
    fix="add a flow log of the VPC with TrafficType ALL, to a log group of the deployment",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    controls=controls(nist="AU-2 AU-12 SI-4", soc2="CC7.2", iso="A.6.2.8", aws="INFRA-08", lens="GENSEC03-BP01"),
    check=_check,
)
