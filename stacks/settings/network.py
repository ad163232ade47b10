"""``network`` in ``cloister.yaml``: where the functions and the endpoints stand, and who may come to the APIs."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from stacks.catalogue import Frozen
from stacks.settings.endpoints import HEX, EndpointId, HubEndpoints, ToGateways
from stacks.settings.kinds import listed, text, wrong

__all__ = [
    "MODES",
    "ZONE_PREFIX",
    "Clients",
    "Development",
    "Existing",
    "GroupOfClients",
    "Hub",
    "HubClients",
    "Isolated",
    "Network",
    "Subnet",
]

MODES = ("isolated", "existing", "hub", "development")
# An isolated subnet holds a network interface for each endpoint and those of the functions: 59 free addresses do.
ZONE_PREFIX = 26
_PRIVATE = tuple(ipaddress.IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))

# A name means another zone in another account, an id means the same zone in all of them
# (https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html).
Zone = Annotated[
    str,
    *text(
        r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]|[a-z]{3,6}[0-9]-az[0-9]{1,2}",
        "needs the id of an Availability Zone, such as 'use1-az4', or its name, such as 'us-east-1a'",
        32,
    ),
]
SubnetsAccount = Annotated[str, *text(r"[0-9]{12}", "needs 12 digits in quotes, as '123456789012'", 12)]
VpcId = Annotated[str, *text(f"vpc-{HEX}", "needs the id of a VPC, such as 'vpc-0123456789abcdef0'", 21)]
SubnetId = Annotated[str, *text(f"subnet-{HEX}", "needs the id of a subnet, such as 'subnet-0123456789abcdef0'", 24)]
GroupId = Annotated[str, *text(f"sg-{HEX}", "needs the id of a security group, such as 'sg-0123456789abcdef0'", 20)]


def _private(value: str, largest: int, smallest: int, size: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise wrong("needs an IPv4 network such as '10.80.0.0/20'") from None
    if str(network) != value:
        raise wrong(f"did you mean '{network}'? (the first address and the length, no host bits set)")
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise wrong(f"needs a private range: within {', '.join(map(str, _PRIVATE))}")
    if not largest <= network.prefixlen <= smallest:
        raise wrong(size)
    return value


def _vpc_range(value: str) -> str:
    return _private(value, 16, 28, "needs a size that a VPC can have: /16 to /28")


def _client_range(value: str) -> str:
    return _private(value, 12, 32, "needs a named network, /12 or smaller")


VpcRange = Annotated[str, AfterValidator(_vpc_range)]
ClientRange = Annotated[str, AfterValidator(_client_range)]


class GroupOfClients(Frozen):
    """A security group whose members may call the APIs."""

    id: GroupId = Field(description="The security group, of this VPC or of a peered one.")
    cidr: ClientRange | None = Field(
        default=None,
        description="Range of the peered network that the members are in; left out when they are in this VPC.",
    )


class HubClients(Frozen):
    """Who may call the APIs, beyond the hub's own execute-api endpoint."""

    endpoints: Annotated[tuple[EndpointId, ...], *listed(0, 20, "needs at most 20 endpoints, each once")] = Field(
        default=(),
        description="Other VPCs' execute-api endpoints, by id: the teams' APIs accept requests through them.",
    )


class Clients(HubClients):
    """Who may call the APIs, beyond the members of the deployment's own group of callers."""

    security_groups: Annotated[
        tuple[GroupOfClients, ...], *listed(0, 8, "needs at most 8 groups, each once", key=lambda group: group.id)
    ] = Field(default=(), description="Security groups of workloads in this VPC or in a peered one.")
    cidrs: Annotated[tuple[ClientRange, ...], *listed(0, 8, "needs at most 8 networks, each once")] = Field(
        default=(), description="Ranges of peered or Transit Gateway networks."
    )

    @property
    def ranges(self) -> tuple[str, ...]:
        """The ranges outside the VPC that clients connect from, each once."""
        peered = [group.cidr for group in self.security_groups if group.cidr is not None]
        return tuple(dict.fromkeys([*self.cidrs, *peered]))


class Subnet(Frozen):
    """A subnet that is there already."""

    id: SubnetId = Field(description="The subnet; it must have no route to an internet gateway or a NAT.")
    zone: Zone = Field(description="Its Availability Zone, by id or by name.")


class _Made(ToGateways):
    # A VPC that is made here has all of it: there is nobody else to see to them.
    subnets_account: ClassVar[None] = None
    flow_logs: ClassVar[Literal["here"]] = "here"
    dns_firewall: ClassVar[Literal["here"]] = "here"

    cidr: VpcRange = Field(description="The VPC's IPv4 range: private, /16 at most, with room for a /26 in every zone.")
    clients: Clients = Field(default_factory=Clients, description="Who may call the APIs from elsewhere.")
    all_bedrock_endpoints: bool = Field(
        default=False,
        description="Whether to add the Bedrock endpoints that nothing calls, closed, for scanners that want all five.",
    )


def _none_or_several(zones: tuple[str, ...]) -> tuple[str, ...]:
    if len(zones) == 1:
        raise wrong("needs two to six zones, each once", "found 1 of them")
    return zones


class Isolated(_Made):
    """A new VPC without any way out, in two zones or more."""

    mode: Literal["isolated"] = Field(default="isolated", description="A new isolated VPC.")
    unnamed_zones: ClassVar[int] = 2
    zones: Annotated[
        tuple[Zone, ...],
        *listed(0, 6, "needs two to six zones, each once"),
        AfterValidator(_none_or_several),
    ] = Field(
        default=(),
        description="Availability Zones of the Region, by id or by name, two at least; left out, the first two that "
        "the account has, as CloudFormation lists them when it deploys.",
    )


class Development(_Made):
    """A new VPC without any way out, in one zone: half the endpoints' price, and it stops when the zone does."""

    mode: Literal["development"] = Field(description="A new isolated VPC in one zone: not for production.")
    unnamed_zones: ClassVar[int] = 1
    zones: Annotated[tuple[Zone, ...], *listed(0, 1, "needs one zone in this mode")] = Field(
        default=(),
        description="One Availability Zone of the Region, by id or by name; left out, the first that the account has.",
    )


class _Given(Frozen):
    vpc: VpcId = Field(description="The VPC.")
    cidr: VpcRange = Field(description="Its IPv4 range.")
    subnets: Annotated[
        tuple[Subnet, ...], *listed(2, 6, "needs two to six subnets, one a zone", key=lambda subnet: subnet.zone)
    ] = Field(description="Isolated subnets, one in each of two zones or more.")
    subnets_account: SubnetsAccount | None = Field(
        default=None,
        description="The account that the subnets belong to, in quotes, where another account shares them (AWS RAM).",
    )
    flow_logs: Literal["here", "elsewhere"] = Field(
        default="here", description="'elsewhere' when the VPC has flow logs of all traffic already."
    )
    dns_firewall: Literal["here", "elsewhere"] = Field(
        default="here",
        description="'elsewhere' when other workloads of the VPC resolve other names: it covers the whole VPC.",
    )

    @property
    def zones(self) -> tuple[str, ...]:
        """Availability Zones of the subnets."""
        return tuple(subnet.zone for subnet in self.subnets)


class Existing(_Given, ToGateways):
    """A VPC that the company has: the endpoints are added to it."""

    mode: Literal["existing"] = Field(description="A VPC that is there already.")
    clients: Clients = Field(default_factory=Clients, description="Who may call the APIs from elsewhere.")
    all_bedrock_endpoints: bool = Field(
        default=False,
        description="Whether to add the Bedrock endpoints that nothing calls, closed, for scanners that want all five.",
    )


class Hub(_Given):
    """A VPC that is routed to a hub, where the endpoints and their private hosted zones are."""

    mode: Literal["hub"] = Field(
        description="Central endpoints in a hub VPC, reached from a VPC that is there already."
    )
    endpoints: HubEndpoints = Field(description="The hub's endpoints.")
    clients: HubClients = Field(default_factory=HubClients, description="Who may call the APIs beside the hub's users.")


def _mode(value: Any) -> str:
    """Name the mode of what stands under ``network``; without the key it is the first."""
    found = value.get("mode", MODES[0]) if isinstance(value, Mapping) else getattr(value, "mode", MODES[0])
    return found if isinstance(found, str) else str(found)


Network = Annotated[
    Annotated[Isolated, Tag("isolated")]
    | Annotated[Existing, Tag("existing")]
    | Annotated[Hub, Tag("hub")]
    | Annotated[Development, Tag("development")],
    Discriminator(_mode),
]
"""The network, by its ``mode``."""
