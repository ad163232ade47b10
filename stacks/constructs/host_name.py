"""A service's own host as a name of an endpoint that has no private DNS."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

_COMMENT = "Leads one host to the deployment's endpoint for it"


class HostName(Construct):
    """A private hosted zone for one host, which answers with the addresses of an endpoint.

    Everybody in the VPC who calls the host gets to this endpoint: it is for a VPC that is the deployment's alone.
    Elsewhere an endpoint is called by its own name. The record is an alias, as those of `BucketNames` are.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC whose resolver answers.
    endpoint
        The interface endpoint, without private DNS.
    host
        The host, such as ``dynamodb.us-east-1.amazonaws.com``.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> tables = PrivateEndpoint(
    ...     stack,
    ...     "Tables",
    ...     vpc=network.vpc,
    ...     service="dynamodb",
    ...     statements=endpoint_policies.keep_ledgers(
    ...         stack,
    ...         tables="arn:aws:dynamodb:us-east-1:111122223333:table/Cloister-Team-*",
    ...         roles="arn:aws:iam::111122223333:role/proxies/*",
    ...     ),
    ... )
    >>> name = HostName(
    ...     stack, "Name", vpc=network.vpc, endpoint=tables.endpoint, host="dynamodb.us-east-1.amazonaws.com"
    ... )
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, endpoint: ec2.InterfaceVpcEndpoint, host: str
    ) -> None:
        super().__init__(scope, construct_id)
        target = route53.RecordTarget.from_alias(targets.InterfaceVpcEndpointTarget(endpoint))
        lead(self, "Zone", host=host, vpc=vpc, target=target, comment=_COMMENT)


def lead(
    scope: Construct, construct_id: str, *, host: str, vpc: ec2.IVpc, target: route53.RecordTarget, comment: str
) -> None:
    """Make a private hosted zone of one name, and the record that leads from it to an endpoint."""
    zone = route53.PrivateHostedZone(scope, construct_id, zone_name=host, vpc=vpc, comment=comment)
    route53.ARecord(zone, "Alias", zone=zone, target=target)
