"""An endpoint that is somebody else's: in a hub VPC, for all the networks around it."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class HubEndpoint(Construct):
    """The way from this VPC's functions to an endpoint in a hub VPC, by group or by list, and never by range.

    The endpoint, its policy, its private hosted zone and its security group are the hub's. Here it is only said who may
    go there. A security group of the hub can be named when the hub is a peered VPC of the same account and Region; over
    a Transit Gateway rules for the way out cannot name groups, nor can CloudFormation name one of another account:
    a prefix list with the addresses of the endpoint's interfaces takes its place
    (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    reach
        The endpoint's security group (``sg-…``), or a prefix list of its addresses (``pl-…``).

    Raises
    ------
    ValueError
        When it is neither.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> functions = ClosedSecurityGroup(stack, "Functions", vpc=network.vpc, description="Who asks STS")
    >>> sts = HubEndpoint(stack, "Sts", reach="pl-0123456789abcdef0")
    >>> sts.allow_from(functions.group, "Functions to STS")
    """

    def __init__(self, scope: Construct, construct_id: str, *, reach: str) -> None:
        super().__init__(scope, construct_id)
        if not reach.startswith(("sg-", "pl-")):
            raise ValueError(f"{reach} is no security group and no prefix list; needs 'sg-…' or 'pl-…'")
        self.reach = reach

    def allow_from(self, peer: ec2.ISecurityGroup, description: str) -> None:
        """Let the members of a security group out to the endpoint, on 443; the way in is the hub's to open.

        Parameters
        ----------
        peer
            Security group of the functions.
        description
            Why, as shown beside the rule.
        """
        is_group = self.reach.startswith("sg-")
        ec2.CfnSecurityGroupEgress(
            self,
            f"From{peer.node.addr[-8:]}",
            group_id=peer.security_group_id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description=description,
            destination_security_group_id=self.reach if is_group else None,
            destination_prefix_list_id=None if is_group else self.reach,
        )
