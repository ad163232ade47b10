"""A security group that starts closed."""

from typing import cast

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

# EC2 lets a new group send everywhere unless the group itself is created with an outbound rule. A rule that matches no
# traffic keeps it closed, even for the moment before other rules are attached
# (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html).
_NO_TRAFFIC = ec2.CfnSecurityGroup.EgressProperty(
    cidr_ip="255.255.255.255/32", description="Matches no traffic", ip_protocol="icmp", from_port=252, to_port=86
)


class ClosedSecurityGroup(Construct):
    """A security group with nothing in and nothing out, until rules between it and other groups are added.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC.
    description
        Who its members are.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> clients = ClosedSecurityGroup(stack, "Clients", vpc=network.vpc, description="Who calls")
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, description: str) -> None:
        super().__init__(scope, construct_id)
        self.group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=vpc,
            description=description,
            allow_all_outbound=False,
            allow_all_ipv6_outbound=False,
        )
        # CDK drops its own such rule as soon as another is attached, trusting that EC2 then drops the default too.
        cast(ec2.CfnSecurityGroup, self.group.node.default_child).security_group_egress = [_NO_TRAFFIC]

    @property
    def group_id(self) -> str:
        """Id of the group (``sg-…``)."""
        return self.group.security_group_id
