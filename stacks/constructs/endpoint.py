"""A private door to one AWS service."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.security_group import ClosedSecurityGroup

_HTTPS = ec2.Port.tcp(443)

# Private DNS of S3 would take every name of S3 in the Region, for everybody in the VPC: the zone that EC2 makes for it
# covers all buckets (https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html#private-dns).
# `BucketNames` leads the names of single buckets there instead.
_WITHOUT_PRIVATE_DNS = frozenset({"s3"})

#: The names by which a service is called, that private DNS answers with the endpoint's own addresses. A zone that is
#: private covers all names below it too, so a query for one of these never leaves the VPC
#: (https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html).
PRIVATE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "bedrock-mantle": "bedrock-mantle.{region}.api.aws",
        "bedrock-runtime": "bedrock-runtime.{region}.amazonaws.com",
        "execute-api": "*.execute-api.{region}.amazonaws.com",
        "sts": "sts.{region}.amazonaws.com",
    }
)


def private_names(services: Iterable[str], region: str, buckets: Iterable[str] = ()) -> list[str]:
    """Return the names that a VPC must resolve in order to reach services, and buckets, through their endpoints.

    Parameters
    ----------
    services
        Service names, as in ``bedrock-mantle``.
    region
        The Region.
    buckets
        Buckets in S3, which has a name for each: those of other buckets need not be resolved.

    Examples
    --------
    >>> private_names(["sts"], "us-east-1", ["acme-pictures"])
    ['acme-pictures.s3.us-east-1.amazonaws.com', 'sts.us-east-1.amazonaws.com']
    """
    names = [PRIVATE_NAMES[service].format(region=region) for service in services]
    return sorted([*names, *(f"{bucket}.s3.{region}.amazonaws.com" for bucket in buckets)])


class PrivateEndpoint(Construct):
    """An interface VPC endpoint with a policy, private DNS and a security group of its own.

    Nobody may reach it until `allow_from` or `allow_network` says so. For S3 there is no private DNS, and no name leads
    to the endpoint until `BucketNames` makes one.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC; the endpoint stands in its isolated subnets.
    service
        Service name after ``com.amazonaws.{region}.``, for example ``bedrock-mantle``.
    statements
        The endpoint policy. Required: without one AWS lets every principal do everything through the endpoint.

    Raises
    ------
    ValueError
        When there is no statement.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> clients = ClosedSecurityGroup(stack, "Clients", vpc=network.vpc, description="Who asks STS")
    >>> sts = PrivateEndpoint(
    ...     stack, "Sts", vpc=network.vpc, service="sts", statements=endpoint_policies.identify_callers(stack)
    ... )
    >>> sts.allow_from(clients.group, "Clients to STS")
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        service: str,
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, construct_id)
        if not statements:
            raise ValueError(f"the endpoint for {service} has no policy statement; without one AWS allows everything")
        self.service = service
        self.security_group = ClosedSecurityGroup(
            self, "SecurityGroup", vpc=vpc, description=f"Interface endpoint for {service}"
        ).group
        self.endpoint = ec2.InterfaceVpcEndpoint(
            self,
            "Endpoint",
            vpc=vpc,
            service=ec2.InterfaceVpcEndpointAwsService(service),
            subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[self.security_group],
            private_dns_enabled=service not in _WITHOUT_PRIVATE_DNS,
            open=False,
        )
        for statement in statements:
            self.endpoint.add_to_policy(statement)

    @property
    def endpoint_id(self) -> str:
        """Id of the endpoint (``vpce-…``)."""
        return self.endpoint.vpc_endpoint_id

    def allow_from(self, peer: ec2.ISecurityGroup, description: str) -> None:
        """Open 443 between the members of a security group and the endpoint, on both sides.

        Parameters
        ----------
        peer
            Security group of the clients; of one that was imported as immutable, the own side is its owner's.
        description
            Why, as shown beside the rule.
        """
        self.security_group.connections.allow_from(peer, _HTTPS, description)

    def allow_network(self, cidr: str, description: str) -> None:
        """Open 443 from an address range; the range's own side is not touched.

        Parameters
        ----------
        cidr
            IPv4 range.
        description
            Why, as shown beside the rule.
        """
        self.security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), _HTTPS, description)
