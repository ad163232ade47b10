"""A way to an AWS service by a route of its own, for the services that have no other one that costs nothing."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.hub_endpoint import HubEndpoint


class GatewayEndpoint(Construct):
    """A gateway VPC endpoint with a policy: a route in the tables of the isolated subnets, to the service's addresses.

    The service keeps its public names and addresses, so its names must be resolved, and a network ACL that has to let
    requests through cannot name them (`IsolatedNetworkAcl`, ``gateways``). Nobody may go there until `allow_from` says
    so. CloudFormation has no attribute that gives the service's prefix list, and a look-up would ask an account at
    synthesis: its id, which differs between Regions, is given
    (https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC; its isolated subnets' route tables get the route.
    service
        Service name after ``com.amazonaws.{region}.``, for example ``dynamodb``.
    statements
        The endpoint policy. Required: without one AWS lets every principal do everything through the endpoint.
    prefix_list
        Id of the list that AWS keeps of the service's addresses in the Region (``pl-…``).

    Raises
    ------
    ValueError
        When there is no statement, or the list is none.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> writers = ClosedSecurityGroup(stack, "Writers", vpc=network.vpc, description="Who writes to tables")
    >>> tables = GatewayEndpoint(
    ...     stack,
    ...     "Tables",
    ...     vpc=network.vpc,
    ...     service="dynamodb",
    ...     statements=endpoint_policies.nothing(),
    ...     prefix_list="pl-0123456789abcdef0",
    ... )
    >>> tables.allow_from(writers.group, "Writers to the tables")
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        service: str,
        statements: Sequence[iam.PolicyStatement],
        prefix_list: str,
    ) -> None:
        super().__init__(scope, construct_id)
        if not statements:
            raise ValueError(f"the endpoint for {service} has no policy statement; without one AWS allows everything")
        if not prefix_list.startswith("pl-"):
            raise ValueError(f"{prefix_list} is no prefix list of {service}; needs 'pl-…'")
        self.service = service
        self.endpoint = ec2.GatewayVpcEndpoint(
            self,
            "Endpoint",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService(service),
            subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        )
        for statement in statements:
            self.endpoint.add_to_policy(statement)
        self._way = HubEndpoint(self, "Way", reach=prefix_list)

    @property
    def endpoint_id(self) -> str:
        """Id of the endpoint (``vpce-…``)."""
        return self.endpoint.vpc_endpoint_id

    def allow_from(self, peer: ec2.ISecurityGroup, description: str) -> None:
        """Let the members of a security group out to the service, on 443.

        Parameters
        ----------
        peer
            Security group of the clients.
        description
            Why, as shown beside the rule.
        """
        self._way.allow_from(peer, description)
