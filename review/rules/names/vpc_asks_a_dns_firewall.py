"""Every VPC asks its DNS firewall, before any other rule group."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::VPC")
def _check(deployment: Deployment, vpc: Resource) -> str:
    own = deployment.resolver.reference(vpc.id, vpc.stack)
    held = [
        of(deployment, a) for a in deployment.assembly.of_type("AWS::Route53Resolver::FirewallRuleGroupAssociation")
    ]
    priorities = [int(a["Priority"]) for a in held if a.get("VpcId") == own]
    if not priorities:
        return "no DNS firewall is asked: a prompt goes out as the labels of somebody's domain"
    return (
        ""
        if min(priorities) == 101
        else f"its DNS firewall is asked at {min(priorities)}: 101 is asked before any other"
    )


RULE = Rule(
    id="vpc-asks-a-dns-firewall",
    title="Every VPC asks its DNS firewall, before any other rule group",
    why="a name that is looked up carries data out, from a subnet without any route",
    severity="high",
    fix="associate the deployment's rule group with the VPC, at priority 101",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html",
    controls=controls(nist="SC-7 SC-20 AC-4", owasp="LLM02", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
