"""What the settings name by its id: security groups, prefix lists and endpoints of others."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding
from stacks.settings.network import Hub

_SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
_HUB = "https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/centralized-access-to-vpc-private-endpoints.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    network = plan.settings.deployment.network
    groups: dict[str, str] = {}
    lists: dict[str, str] = {}
    # Those of a peered VPC may be another account's, which nobody sees from here.
    peered: frozenset[str] = frozenset()
    endpoints = dict.fromkeys(network.clients.endpoints, "network.clients.endpoints")
    if isinstance(network, Hub):
        endpoints[network.endpoints.execute_api] = "network.endpoints.execute_api"
        for service in plan.services:
            if service.is_called(plan.settings.deployment):
                reach = network.endpoints.reach(service)
                (groups if reach.startswith("sg-") else lists)[reach] = f"network.endpoints.{service.way}"
        peered = frozenset(groups)
    else:
        groups = {group.id: "network.clients.security_groups" for group in network.clients.security_groups}
        peered = frozenset(group.id for group in network.clients.security_groups if group.cidr is not None)
        for service in plan.services:
            if service.kind == "gateway":
                lists[network.gateways.prefix_list(service)] = f"network.gateways.{service.field}"
    yield from attempt(LOOK, "security groups", _groups(account, plan, groups, peered))
    yield from attempt(LOOK, "prefix lists", _lists(account, plan, lists))
    yield from attempt(LOOK, "endpoints", _endpoints(account, plan, endpoints))


def _groups(account: Account, plan: Plan, wanted: dict[str, str], peered: frozenset[str]) -> Iterator[Finding]:
    if not wanted:
        return
    there = account.all(
        "ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=[{"Name": "group-id", "Values": sorted(wanted)}]
    )
    known = {group["GroupId"] for group in there}
    for identifier, setting in sorted(wanted.items()):
        if identifier in known:
            yield ok("reference", identifier, f"the security group of {setting} is there")
        elif identifier in peered:
            yield warning(
                "reference",
                identifier,
                f"account {plan.account} sees no such security group, and {setting} names it",
                why="EC2 refuses a rule that names a group which is not there; one of a peered VPC of another account "
                "is not seen from here.",
                cure=f"in the account that has it: aws ec2 describe-security-groups --group-ids {identifier} "
                f"--region {plan.region}",
                source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
            )
        else:
            yield _absent(plan, identifier, setting, "security group", "security-groups")


def _lists(account: Account, plan: Plan, wanted: dict[str, str]) -> Iterator[Finding]:
    if not wanted:
        return
    there = account.all(
        "ec2",
        "DescribeManagedPrefixLists",
        "PrefixLists",
        Filters=[{"Name": "prefix-list-id", "Values": sorted(wanted)}],
    )
    known = {each["PrefixListId"] for each in there}
    for identifier, setting in sorted(wanted.items()):
        if identifier in known:
            yield ok("reference", identifier, f"the prefix list of {setting} is there")
        else:
            yield _absent(plan, identifier, setting, "prefix list", "managed-prefix-lists")


def _absent(plan: Plan, identifier: str, setting: str, kind: str, noun: str) -> Finding:
    return stops(
        "reference",
        identifier,
        f"account {plan.account} sees no such {kind}, and {setting} names it",
        why=f"EC2 refuses a rule that names a {kind} which it does not know.",
        cure=f"in {plan.deployment_file}, {setting}: one of aws ec2 describe-{noun} --region {plan.region}",
        source=_SOURCE,
    )


def _endpoints(account: Account, plan: Plan, wanted: dict[str, str]) -> Iterator[Finding]:
    if not wanted:
        return
    there = account.all(
        "ec2",
        "DescribeVpcEndpoints",
        "VpcEndpoints",
        Filters=[{"Name": "vpc-endpoint-id", "Values": sorted(wanted)}],
    )
    known = {endpoint["VpcEndpointId"]: endpoint for endpoint in there}
    expected = plan.service_name("execute-api")
    for identifier, setting in sorted(wanted.items()):
        endpoint = known.get(identifier)
        if endpoint is None:
            yield warning(
                "reference",
                identifier,
                f"account {plan.account} has no such endpoint, and {setting} names it",
                why="The teams' APIs accept requests through it alone; an endpoint of another account is not seen.",
                cure=f"in the account that has it: aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {identifier} "
                f"--region {plan.region}; it must be one of {expected}",
                source=_HUB,
            )
        elif endpoint["ServiceName"] != expected:
            yield stops(
                "reference",
                identifier,
                f"it is an endpoint of {endpoint['ServiceName']}, and {setting} names it",
                why=f"APIs are reached through an endpoint of {expected}.",
                cure=f"in {plan.deployment_file}, {setting}: one of aws ec2 describe-vpc-endpoints --region "
                f"{plan.region} --filters Name=service-name,Values={expected}",
                source=_HUB,
            )
        else:
            yield ok("reference", identifier, f"the endpoint of {setting} is there")


LOOK = Look(
    "reference",
    "Groups, lists and endpoints that the settings name",
    "A rule that names what is not there is refused, and the stack rolls back.",
    _SOURCE,
    _ask,
)
