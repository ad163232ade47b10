"""Network: no way out but endpoints, each with a policy."""

from __future__ import annotations

from collections.abc import Iterator

from review.finding import Finding
from stacks.promises.template import Broken, Stack, is_on, listed, statements

__all__ = ["network"]

_OUT = Broken(
    "network-has-no-way-out",
    "Whoever is in the subnets could send prompts anywhere.",
    "remove it: the functions reach AWS's services by endpoints alone",
    "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
)
_POLICY = Broken(
    "endpoint-has-a-policy",
    "An endpoint without a policy of its own lets every principal do everything in the service, in any account.",
    "give it the statements of stacks.constructs.endpoint_policies",
    "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
_DOORS_OUT = (
    "AWS::EC2::InternetGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPNGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::CarrierGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::Route",
)
_ANYWHERE = ("0.0.0.0/0", "::/0")


def network(stack: Stack) -> Iterator[Finding]:
    """Find ways out, and endpoints that anybody may use."""
    for kind in _DOORS_OUT:
        for name, _ in stack.of(kind):
            yield _OUT.at(stack, name, f"is a way out: {kind}")
    for name, subnet in stack.of("AWS::EC2::Subnet"):
        if is_on(subnet.get("MapPublicIpOnLaunch")):
            yield _OUT.at(stack, name, "gives public addresses")
    for name, group in stack.of("AWS::EC2::SecurityGroup"):
        if any(_is_anywhere(rule) for rule in listed(group.get("SecurityGroupEgress"))):
            yield _OUT.at(stack, name, "lets its members out to anywhere")
    for name, rule in stack.of("AWS::EC2::SecurityGroupEgress"):
        if _is_anywhere(rule):
            yield _OUT.at(stack, name, "lets members out to anywhere")
    for name, endpoint in stack.of("AWS::EC2::VPCEndpoint"):
        known = statements(endpoint.get("PolicyDocument"))
        if not known or any(_lets_all(statement) for statement in known):
            yield _POLICY.at(stack, name, "has no policy, or one that allows everything")


def _is_anywhere(rule: object) -> bool:
    return isinstance(rule, dict) and (rule.get("CidrIp") in _ANYWHERE or rule.get("CidrIpv6") in _ANYWHERE)


def _lets_all(statement: object) -> bool:
    return isinstance(statement, dict) and statement.get("Effect") == "Allow" and "*" in listed(statement.get("Action"))
