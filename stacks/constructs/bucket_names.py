"""The names of a few buckets, and no other name of S3, as names of an endpoint."""

from collections.abc import Collection

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from stacks.constructs.host_name import lead
from stacks.services import private_names

_COMMENT = "Leads one bucket to the deployment's endpoint for S3"


class BucketNames(Construct):
    """A private hosted zone for each named bucket's own name, which answers with the addresses of an S3 endpoint.

    A zone is asked for its own name and what is below it. Where zones overlap, the one that matches more of a name is
    asked: so no other name of S3 changes in the VPC, whoever answers it there, and the named ones lead to the endpoint
    even where another endpoint has private DNS
    (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html). What a zone has
    no record for is not asked anywhere else. The VPC must have both of its DNS attributes on.

    The record is an alias to the endpoint's first DNS entry. An alias is no redirection: the answer holds addresses,
    and no other name for a firewall to look at
    (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC whose resolver answers.
    endpoint
        The interface endpoint for S3, without private DNS.
    buckets
        Names of the buckets, which must be of the stack's Region.

    Raises
    ------
    ValueError
        When no bucket is named.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> s3 = PrivateEndpoint(
    ...     stack,
    ...     "S3",
    ...     vpc=network.vpc,
    ...     service="s3",
    ...     statements=endpoint_policies.read_images(
    ...         stack, buckets=["acme-pictures"], roles="arn:aws:iam::111122223333:role/readers/*"
    ...     ),
    ... )
    >>> names = BucketNames(stack, "Names", vpc=network.vpc, endpoint=s3.endpoint, buckets=["acme-pictures"])
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        endpoint: ec2.InterfaceVpcEndpoint,
        buckets: Collection[str],
    ) -> None:
        super().__init__(scope, construct_id)
        if not buckets:
            raise ValueError("no bucket is named, so no name leads to the endpoint: name one, or leave this out")
        # The first entry is the Regional one
        # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcendpoint.html). That of S3
        # starts with `*.` (https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html),
        # and is taken as it stands: Route 53 knows the record by that name, and shows it as `\052.`
        # (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html,
        # https://github.com/hashicorp/terraform-provider-aws/issues/21845).
        target = route53.RecordTarget.from_alias(targets.InterfaceVpcEndpointTarget(endpoint))
        for bucket in buckets:
            (name,) = private_names(["s3"], Stack.of(self).region, [bucket])
            lead(self, bucket, host=name, vpc=vpc, target=target, comment=_COMMENT)
