"""Every VPC resolves the endpoints' own names: its resolver answers, and private names are on."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::VPC")
def _check(deployment: Deployment, vpc: Resource) -> str:
    if deployment.resolver.of(vpc, "EnableDnsSupport") in (False, "false"):
        return "its resolver answers nothing, and the DNS firewall sees no question"
    if not is_on(deployment.resolver.of(vpc, "EnableDnsHostnames")):
        return "private names are off: services' names lead to their public addresses"
    return ""


RULE = Rule(
    id="vpc-answers-private-names",
    title="Every VPC resolves the endpoints' own names: its resolver answers, and private names are on",
    why="private DNS of an endpoint works with both alone; without it requests look for a public address",
    severity="medium",
    fix="set EnableDnsHostnames, and leave EnableDnsSupport on",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
    controls=controls(nist="SC-20 SC-7", soc2="CC6.6", aws="INFRA-01"),
    check=_check,
)
