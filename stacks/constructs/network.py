"""A VPC that nothing leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from aws_cdk import Annotations, Fn
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

# A subnet takes an eighth of the range, or a /26 of a small one, whatever the number of zones: adding a zone moves
# no subnet that is in use.
_SUBNET_BITS = 3
_SMALLEST_SUBNET = 26


class IsolatedNetwork(Construct):
    """A VPC of isolated subnets: no internet gateway, no NAT, no route but the local one.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    cidr
        IPv4 range of the VPC, with room for a ``/26`` subnet in each zone.
    zones
        Availability Zones, one isolated subnet each: ids (``use1-az4``), which mean the same zone in every account, or
        names (``us-east-1a``); or how many, which are then the account's first when it is deployed. Synthesis looks
        nothing up either way.

    Raises
    ------
    ValueError
        When no zone is named, or the range has no room for a subnet in each.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    """

    def __init__(self, scope: Construct, construct_id: str, *, cidr: str, zones: Sequence[str] | int) -> None:
        super().__init__(scope, construct_id)
        if isinstance(zones, int):
            zones = [Fn.select(number, Fn.get_azs()) for number in range(zones)]
        prefix = IPv4Network(cidr).prefixlen
        mask = min(prefix + _SUBNET_BITS, _SMALLEST_SUBNET)
        room = 2 ** (mask - prefix) if mask >= prefix else 0
        if not 1 <= len(zones) <= room:
            raise ValueError(f"{cidr} has room for {room} subnets of /{mask}, and {len(zones)} zones are named")
        self.cidr = cidr
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            availability_zones=list(zones),
            nat_gateways=0,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Isolated",
                    subnet_type=ec2.SubnetType.PRIVATE_ISOLATED,
                    cidr_mask=mask,
                    map_public_ip_on_launch=None,
                )
            ],
            # Emptying it takes a helper function outside the VPC with rights on every security group of the account.
            # No function or endpoint of this kit is a member of the default group; docs/isolation.md says the rest.
            restrict_default_security_group=False,
        )
        for subnet, zone in zip(self.vpc.isolated_subnets, zones, strict=True):
            if "-az" in zone:
                _by_id(subnet, zone)


def _by_id(subnet: ec2.ISubnet, zone: str) -> None:
    """Put a subnet into a zone that is known by its id, which CDK's construct has no parameter for."""
    resource = subnet.node.default_child
    assert isinstance(resource, ec2.CfnSubnet)  # noqa: S101 - what the construct is made of
    resource.add_property_deletion_override("AvailabilityZone")
    resource.add_property_override("AvailabilityZoneId", zone)


class ExistingNetwork(Construct):
    """A VPC that is there already, by its ids: nothing is looked up when the template is made, and nothing changed.

    Whether its subnets are isolated is for the company to see to.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc_id
        The VPC.
    cidr
        Its IPv4 range.
    subnets
        Ids of its isolated subnets by Availability Zone, one a zone.

    Raises
    ------
    ValueError
        When no subnet is named.

    Example
    -------
    >>> network = ExistingNetwork(
    ...     stack,
    ...     "Network",
    ...     vpc_id="vpc-0123456789abcdef0",
    ...     cidr="10.0.0.0/16",
    ...     subnets={"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"},
    ... )
    >>> clients = ClosedSecurityGroup(stack, "Clients", vpc=network.vpc, description="Who calls")
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc_id: str, cidr: str, subnets: Mapping[str, str]
    ) -> None:
        super().__init__(scope, construct_id)
        if not subnets:
            raise ValueError(f"{vpc_id} is given without a subnet: name one in each zone")
        self.cidr = cidr
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=vpc_id,
            vpc_cidr_block=cidr,
            availability_zones=list(subnets),
            isolated_subnet_ids=list(subnets.values()),
        )
        for subnet in self.vpc.isolated_subnets:
            # No route is made here, so no route table is asked for.
            Annotations.of(subnet).acknowledge_warning("@aws-cdk/aws-ec2:noSubnetRouteTableId")


@dataclass(frozen=True, slots=True)
class FunctionNetwork:
    """Where a function stands: a VPC's isolated subnets, and the security group that says whom it may reach."""

    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    #: The account that the subnets belong to, where another account shares them; `None` for the function's own.
    owner: str | None = None
