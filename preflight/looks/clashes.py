"""What stands in a given VPC that the deployment's own names and rules would clash with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.account import Account
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.looks.stacks import is_deployed
from preflight.plan import Plan
from review.finding import Finding
from review.words import many

_SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html"
_ZONES = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html"
_FIREWALL = (
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html"
)
_PLACE = 101
"""The priority of the deployment's DNS firewall: the first that an association may have."""


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    network = plan.given_vpc
    if network is None:
        yield ok("clash", "what else stands in the VPC", "nothing: it is made by the deployment")
        return
    if plan.makes_endpoints:
        yield from attempt(LOOK, "interface endpoints", _endpoints(account, plan, network.vpc))
        yield from attempt(LOOK, "private hosted zones", _hosted_zones(account, plan, network.vpc))
    yield from attempt(LOOK, "DNS firewall", _firewall(account, plan, network.vpc))
    if network.flow_logs == "elsewhere":
        yield from attempt(LOOK, "flow logs", _flow_logs(account, plan, network.vpc))


def _endpoints(account: Account, plan: Plan, vpc: str) -> Iterator[Finding]:
    there = account.all("ec2", "DescribeVpcEndpoints", "VpcEndpoints", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ours = plan.stack("Network")
    for service in plan.endpoints:
        if not service.private_dns:
            continue
        name = plan.service_name(service.name)
        clash = [e for e in there if e["ServiceName"] == name and e.get("PrivateDnsEnabled") and _stack(e) != ours]
        if not clash:
            yield ok("endpoint-clash", name, f"no other endpoint of {vpc} has its private names")
            continue
        other = clash[0]["VpcEndpointId"]
        yield stops(
            "endpoint-clash",
            name,
            f"{other} in {vpc} has its private names already",
            why="A VPC knows a private name of one endpoint: EC2 refuses a second, and that one's policy is not ours.",
            cure=f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {other} --no-private-dns-enabled --region "
            f"{plan.region}, once what uses it can do without; or 'mode: hub' in {plan.deployment_file}, with it",
            source=_SOURCE,
        )


def _stack(endpoint: dict[str, Any]) -> str | None:
    tags = {tag["Key"]: tag["Value"] for tag in endpoint.get("Tags", ())}
    return tags.get("aws:cloudformation:stack-name")


def _hosted_zones(account: Account, plan: Plan, vpc: str) -> Iterator[Finding]:
    zones = account.all("route53", "ListHostedZonesByVPC", "HostedZoneSummaries", VPCId=vpc, VPCRegion=plan.region)
    there = is_deployed(account, plan.stack("Network"))
    # The zones that the deployment has made itself are its own.
    services = [service for service in plan.endpoints if service.private_dns or not there]
    wanted = {name.removeprefix("*.") for service in services for name in plan.private_names(service)}
    # The zone that AWS itself makes for an endpoint has a service for its owner.
    clash = [zone for zone in zones if zone["Name"].rstrip(".") in wanted and "OwningAccount" in zone.get("Owner", {})]
    if not clash:
        yield ok("hosted-zone-clash", vpc, "no private hosted zone of the VPC has a name of the deployment's")
    for zone in clash:
        yield stops(
            "hosted-zone-clash",
            f"{zone['Name']} ({zone['HostedZoneId']})",
            f"the zone of account {zone['Owner']['OwningAccount']} answers for that name in {vpc}",
            why="A VPC has one zone of a name: the one that the deployment makes is refused.",
            cure=f"aws route53 disassociate-vpc-from-hosted-zone --hosted-zone-id {zone['HostedZoneId']} --vpc "
            f"VPCRegion={plan.region},VPCId={vpc}",
            source=_ZONES,
        )


def _firewall(account: Account, plan: Plan, vpc: str) -> Iterator[Finding]:
    there = account.all(
        "route53resolver", "ListFirewallRuleGroupAssociations", "FirewallRuleGroupAssociations", VpcId=vpc
    )
    others = [each for each in there if each.get("Name") != plan.name]
    if plan.query_policy is None:
        if others:
            yield ok(
                "dns-firewall",
                vpc,
                f"'dns_firewall: elsewhere', and {many(len(others), 'rule group covers', 'rule groups cover')} the VPC",
            )
        else:
            yield warning(
                "dns-firewall",
                vpc,
                "'dns_firewall: elsewhere', and no rule group covers the VPC",
                why="A name is data: the functions could ask for names below anybody's domain.",
                cure=f"'dns_firewall: here' in {plan.deployment_file}, or a rule group of your own on {vpc}",
                source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html",
            )
        return
    first = [each for each in others if each["Priority"] == _PLACE]
    if not first:
        yield ok("dns-firewall", vpc, f"no other rule group of the VPC has priority {_PLACE}")
        return
    yield stops(
        "dns-firewall",
        vpc,
        f"the rule group {first[0]['FirewallRuleGroupId']} has priority {_PLACE} there already",
        why="Two associations of a VPC cannot have one priority, and the deployment's is asked first.",
        cure=f"aws route53resolver update-firewall-rule-group-association --firewall-rule-group-association-id "
        f"{first[0]['Id']} --priority 200 --region {plan.region}, or 'dns_firewall: elsewhere' in "
        f"{plan.deployment_file}",
        source=_FIREWALL,
    )


def _flow_logs(account: Account, plan: Plan, vpc: str) -> Iterator[Finding]:
    logs = account.all("ec2", "DescribeFlowLogs", "FlowLogs", Filter=[{"Name": "resource-id", "Values": [vpc]}])
    if any(log.get("TrafficType") == "ALL" and log.get("FlowLogStatus") == "ACTIVE" for log in logs):
        yield ok("flow-logs", vpc, "flow logs of all its traffic are there")
        return
    yield warning(
        "flow-logs",
        vpc,
        "'flow_logs: elsewhere', and the VPC has no active flow log of all its traffic",
        why="Nobody could say afterwards what went where.",
        cure=f"'flow_logs: here' in {plan.deployment_file}, or a flow log of your own on {vpc} or its subnets",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    )


LOOK = Look(
    "clash",
    "What else stands in the VPC",
    "A VPC has one private name, one zone of a name and one firewall of a priority.",
    _SOURCE,
    _ask,
)
