"""The subnets that are there already: whose they are, where they are, where they lead, and how full they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.account import Account
from preflight.looks._base import Look, ok, stops
from preflight.looks.stacks import is_deployed
from preflight.plan import Plan
from review.finding import Finding
from review.words import many
from stacks.settings.network import Subnet

_SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html"
_SHARED = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html"
_ROUTES = "https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html"
# What leads out of the company's own networks, by the member of a route that names it, and by an id's beginning.
_MEMBERS = ("NatGatewayId", "EgressOnlyInternetGatewayId", "CarrierGatewayId")
_OUT = ("igw-", "nat-", "eigw-", "cagw-")


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    network = plan.given_vpc
    if network is None:
        yield ok("subnet", "subnets", "they are made by the deployment")
        return
    ids = [subnet.id for subnet in network.subnets]
    listed = account.all("ec2", "DescribeSubnets", "Subnets", Filters=[{"Name": "subnet-id", "Values": ids}])
    there = {subnet["SubnetId"]: subnet for subnet in listed}
    tables = account.all(
        "ec2", "DescribeRouteTables", "RouteTables", Filters=[{"Name": "vpc-id", "Values": [network.vpc]}]
    )
    for given in network.subnets:
        subnet = there.get(given.id)
        if subnet is None or subnet["VpcId"] != network.vpc:
            yield _elsewhere(plan, given, subnet)
            continue
        yield _zone(plan, given, subnet)
        yield _owner(plan, subnet)
        yield _isolated(plan, subnet, tables)
        yield _room(account, plan, subnet)


def _elsewhere(plan: Plan, given: Subnet, subnet: Mapping[str, Any] | None) -> Finding:
    return stops(
        "subnet",
        given.id,
        f"it is in {subnet['VpcId']}" if subnet else f"account {plan.account} sees no such subnet in {plan.region}",
        why="Endpoints and functions are to stand in it.",
        cure=f"in {plan.deployment_file}, under network.subnets, name subnets of the VPC: aws ec2 describe-subnets "
        f"--region {plan.region} --filters Name=vpc-id,Values={plan.given_vpc.vpc if plan.given_vpc else ''}",
        source=_SOURCE,
    )


def _zone(plan: Plan, given: Subnet, subnet: Mapping[str, Any]) -> Finding:
    if given.zone in (subnet["AvailabilityZone"], subnet.get("AvailabilityZoneId")):
        return ok("subnet-zone", given.id, f"it is in {given.zone}")
    return stops(
        "subnet-zone",
        given.id,
        f"it is in {subnet['AvailabilityZone']} ({subnet.get('AvailabilityZoneId', 'no id')}), not in {given.zone}",
        why="The endpoints are put into one subnet a zone; EC2 refuses two in one.",
        cure=f"in {plan.deployment_file}, zone: {subnet['AvailabilityZone']} for {given.id}",
        source=_SOURCE,
    )


def _owner(plan: Plan, subnet: Mapping[str, Any]) -> Finding:
    owner, where = subnet["OwnerId"], subnet["SubnetId"]
    known = getattr(plan.given_vpc, "subnets_account", None) or plan.account
    if owner == known:
        return ok("subnet-owner", where, f"account {owner} owns it, as the settings have it")
    return stops(
        "subnet-owner",
        where,
        f"account {owner} owns it and shares it; the settings have {known}",
        why="The functions' roles may make network interfaces in subnets of that account alone; Lambda checks it.",
        cure=f'in {plan.deployment_file}, network: {{subnets_account: "{owner}"}}'
        if owner != plan.account
        else f"in {plan.deployment_file}, leave 'subnets_account' out of 'network'",
        source=_SHARED,
    )


def _isolated(plan: Plan, subnet: Mapping[str, Any], tables: list[Any]) -> Finding:
    where = subnet["SubnetId"]
    table = _table(where, tables)
    if table is None:
        return stops(
            "subnet-isolated",
            where,
            "its route table cannot be seen",
            why="A route that is not seen may lead to the internet.",
            cure=f"aws ec2 describe-route-tables --region {plan.region} --filters "
            f"Name=vpc-id,Values={subnet['VpcId']}, as somebody of the VPC's account",
            source=_SHARED,
        )
    out = [route for route in table["Routes"] if _leads_out(route)]
    if not out:
        return ok("subnet-isolated", where, f"no route of {table['RouteTableId']} leads to the internet")
    route = out[0]
    target = next(route[name] for name in ("GatewayId", *_MEMBERS) if route.get(name))
    destination = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") or "a prefix list"
    return stops(
        "subnet-isolated",
        where,
        f"{table['RouteTableId']} has a route for {destination} to {target}",
        why="The functions' network has no way out: that is what keeps prompts in the account.",
        cure=f"give it a route table without that route, or name another subnet under network.subnets in "
        f"{plan.deployment_file}",
        source=_ROUTES,
    )


def _table(subnet: str, tables: list[Any]) -> Any:
    """The subnet's own route table, or the VPC's main one."""
    for wanted in ("SubnetId", "Main"):
        for table in tables:
            for association in table.get("Associations", ()):
                if association.get(wanted) == (subnet if wanted == "SubnetId" else True):
                    return table
    return None


def _leads_out(route: Mapping[str, Any]) -> bool:
    return any(route.get(name) for name in _MEMBERS) or str(route.get("GatewayId", "")).startswith(_OUT)


def _room(account: Account, plan: Plan, subnet: Mapping[str, Any]) -> Finding:
    where, free = subnet["SubnetId"], subnet["AvailableIpAddressCount"]
    if is_deployed(account, plan.stack("Network")):
        return ok(
            "subnet-room", where, f"{many(free, 'address is', 'addresses are')} free; the endpoints stand already"
        )
    # An address for each endpoint. Functions with the same security group and subnet share a network interface
    # (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html): the proxies', the authorizers', and one
    # of each while Lambda replaces it.
    needed = len(plan.endpoints) + 4
    if free >= needed:
        return ok(
            "subnet-room",
            where,
            f"{many(free, 'address is', 'addresses are')} free, {many(needed, 'is', 'are')} needed",
        )
    return stops(
        "subnet-room",
        where,
        f"{many(free, 'address is', 'addresses are')} free, and {many(needed, 'is', 'are')} needed",
        why="Each endpoint and each group of functions takes an address in the subnet.",
        cure=f"name a larger subnet in {plan.deployment_file}, or free addresses of this one",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    )


LOOK = Look(
    "subnet",
    "The subnets that are there already",
    "Owner, zone, routes and free addresses of a subnet decide whether anything can stand in it.",
    _SOURCE,
    _ask,
)
