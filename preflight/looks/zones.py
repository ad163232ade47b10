"""In which Availability Zones the endpoints can stand: an endpoint service is not offered in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.account import Account
from preflight.looks._base import Look, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding
from stacks.services import Service

_SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"
_IDS = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    if not plan.endpoints:
        yield ok("zones", "zones of the endpoints", "the endpoints are the hub's: none is made here")
        return
    here = {
        zone["ZoneName"]: zone["ZoneId"]
        for zone in account.ask("ec2", "DescribeAvailabilityZones")["AvailabilityZones"]
        if zone.get("ZoneType", "availability-zone") == "availability-zone"
    }
    names = [plan.service_name(service.name) for service in plan.endpoints]
    # S3 has a gateway endpoint service of the same name. Filters, since a name that the Region lacks is an error.
    filters = [{"Name": "service-name", "Values": names}, {"Name": "service-type", "Values": ["Interface"]}]
    details = account.all("ec2", "DescribeVpcEndpointServices", "ServiceDetails", Filters=filters)
    known = {detail["ServiceName"]: detail for detail in details}
    offered: dict[str, frozenset[str]] = {}
    for service in plan.endpoints:
        detail = known.get(plan.service_name(service.name))
        if detail is None:
            yield _not_offered(plan, service.name)
            continue
        offered[service.name] = _zones(detail, here)
        yield from _as_needed(plan, service, detail)
    yield from _each_zone(plan, here, offered)


def _zones(detail: Mapping[str, Any], here: Mapping[str, str]) -> frozenset[str]:
    """Ids of the zones of a service: names mean other zones in other accounts, ids do not."""
    if ids := detail.get("AvailabilityZoneIds"):
        return frozenset(ids)
    return frozenset(here[name] for name in detail.get("AvailabilityZones", ()) if name in here)


def _not_offered(plan: Plan, service: str) -> Finding:
    return stops(
        "service-offered",
        plan.service_name(service),
        f"{plan.region} offers no interface endpoint for {service}",
        why="Without its endpoint nothing in the isolated network reaches the service.",
        cure=f"set 'region' in {plan.deployment_file} to one that lists it: aws ec2 describe-vpc-endpoint-services "
        f"--region REGION --service-names com.amazonaws.REGION.{service}",
        source=_SOURCE,
    )


def _as_needed(plan: Plan, service: Service, detail: Mapping[str, Any]) -> Iterator[Finding]:
    where = plan.service_name(service.name)
    if detail.get("VpcEndpointPolicySupported") is False:
        yield stops(
            "endpoint-policy",
            where,
            "the service takes no endpoint policy",
            why="The policy keeps other accounts' principals and resources out; EC2 refuses an endpoint that has one.",
            cure=f"set 'region' in {plan.deployment_file} to one whose service takes it",
            source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
        )
    if not service.private_dns:
        return
    names = {str(entry.get("PrivateDnsName")) for entry in detail.get("PrivateDnsNames") or ()}
    names |= {str(detail["PrivateDnsName"])} if detail.get("PrivateDnsName") else set()
    bare = {name.removeprefix("*.") for name in names}
    missing = [name for name in plan.private_names(service) if name.removeprefix("*.") not in bare]
    if names and missing:
        yield warning(
            "private-name",
            where,
            f"its private names are {', '.join(sorted(names))}, without {', '.join(missing)}",
            why="The functions ask for that name, and the DNS firewall lets no other through.",
            cure=f"dig +short {missing[0]} in the VPC after deploying: it must answer with the endpoint's addresses",
            source="https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html",
        )


def _each_zone(plan: Plan, here: Mapping[str, str], offered: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    names = {identifier: name for name, identifier in here.items()}
    good = sorted(identifier for identifier in names if all(identifier in zones for zones in offered.values()))
    choice = ", ".join(f"{identifier} ({names[identifier]} here)" for identifier in good) or "none"
    # As the file spells them: what it takes for a zone, it takes for another.
    named = plan.settings.deployment.network.zones
    by_id = not named or any(zone in names for zone in named)
    written = ", ".join(good[:3] if by_id else [names[identifier] for identifier in good[:3]])
    given = plan.given_vpc is not None
    # Where none is named, CloudFormation takes the first that it lists.
    first = sorted(here)[: getattr(plan.settings.deployment.network, "unnamed_zones", 2)]
    for zone in named or first:
        identifier = here.get(zone, zone)
        if identifier not in names:
            yield stops(
                "zone-exists",
                zone,
                f"the account has no zone {zone}; it has {', '.join(sorted(here))}",
                why="Zone names differ from account to account; a subnet cannot be made in one that is not there.",
                cure=f"in {plan.deployment_file}, network: {{zones: [{written}]}}",
                source=_IDS,
            )
            continue
        missing = sorted(service for service, zones in offered.items() if identifier not in zones)
        if not missing:
            yield ok("zone-serves-all", identifier, f"{names[identifier]} here: every endpoint can stand in it")
            continue
        cure = (
            f"in {plan.deployment_file}, name a subnet in one of {choice}"
            if given
            else f"in {plan.deployment_file}, network: {{zones: [{written}]}}, or two of them"
        )
        yield stops(
            "zone-serves-all",
            identifier,
            f"{', '.join(missing)} not offered in it ({names[identifier]} here); all are in: {choice}",
            why="EC2 refuses an endpoint in a subnet of a zone that its service is not in, and the stack rolls back.",
            cure=cure,
            source=_SOURCE,
        )


LOOK = Look(
    "zones",
    "Zones of every endpoint service",
    "EC2 refuses an endpoint in a zone that its service is not in.",
    _SOURCE,
    _ask,
)
