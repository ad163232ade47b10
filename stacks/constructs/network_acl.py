"""A network ACL that says what the security groups say, for whoever is outside of them."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

_HTTPS = ec2.AclTraffic.tcp_port(443)
# Network ACLs keep no state: an answer needs a rule of its own. 1024 is the lowest port that a client of any system
# sends from (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports).
_ANSWERS = ec2.AclTraffic.tcp_port_range(1024, 65535)
_STEP = 10


class IsolatedNetworkAcl(Construct):
    """HTTPS within the VPC and from named ranges, the answers to it, and nothing else, for the isolated subnets.

    It is the floor below the security groups: it holds for an interface in the wrong group too, the VPC's default group
    among them, whose rules CloudFormation cannot take away. It does not filter what is asked of the VPC's resolver:
    that is what `DnsFirewall` is for.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC.
    cidr
        Its IPv4 range.
    clients
        Ranges outside the VPC whose members may connect, and be answered.
    gateways
        Whether the VPC has a gateway endpoint. Its service keeps public addresses that change, and an ACL cannot name a
        prefix list, so HTTPS may then leave for any address: there is a route to those of the service alone, and the
        endpoint's policy says for whom and what
        (https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html).

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> acl = IsolatedNetworkAcl(stack, "Acl", vpc=network.vpc, cidr=network.cidr, clients=["10.1.0.0/16"])
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        cidr: str,
        clients: Sequence[str] = (),
        gateways: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.acl = ec2.NetworkAcl(
            self, "Acl", vpc=vpc, subnet_selection=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        )
        reached = [cidr, *(["0.0.0.0/0"] if gateways else [])]
        self._allow("Https", _HTTPS, [cidr, *clients], ec2.TrafficDirection.INGRESS, 100)
        self._allow("Answers", _ANSWERS, reached, ec2.TrafficDirection.INGRESS, 1000)
        self._allow("Https", _HTTPS, reached, ec2.TrafficDirection.EGRESS, 100)
        self._allow("Answers", _ANSWERS, [cidr, *clients], ec2.TrafficDirection.EGRESS, 1000)

    def _allow(
        self, name: str, traffic: ec2.AclTraffic, ranges: Sequence[str], direction: ec2.TrafficDirection, first: int
    ) -> None:
        way = "In" if direction is ec2.TrafficDirection.INGRESS else "Out"
        for position, cidr in enumerate(ranges):
            self.acl.add_entry(
                f"{name}{way}{position}",
                cidr=ec2.AclCidr.ipv4(cidr),
                traffic=traffic,
                direction=direction,
                rule_number=first + position * _STEP,
                rule_action=ec2.Action.ALLOW,
            )
