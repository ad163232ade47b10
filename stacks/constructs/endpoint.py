"""A private endpoint of one AWS service."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.security_group import ClosedSecurityGroup
from stacks.services import by_name

_HTTPS = ec2.Port.tcp(443)


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
            private_dns_enabled=by_name(service).private_dns,
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
