"""A VPC that is there already: whether endpoints and functions can stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.account import Account
from preflight.looks._base import Look, ok, stops
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
_SHARED = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html"
_ATTRIBUTES = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    network = plan.given_vpc
    if network is None:
        yield ok("vpc", "VPC", "it is made by the deployment")
        return
    answer = account.ask("ec2", "DescribeVpcs", VpcIds=[network.vpc], absent=("InvalidVpcID.NotFound",))
    if not answer or not answer["Vpcs"]:
        yield stops(
            "vpc",
            network.vpc,
            f"account {plan.account} sees no such VPC in {plan.region}",
            why="The endpoints and the functions are to stand in it.",
            cure=f"in {plan.deployment_file}, network: {{vpc: …}}: one of aws ec2 describe-vpcs --region {plan.region}",
            source=_SHARED,
        )
        return
    vpc = answer["Vpcs"][0]
    yield from _itself(plan, vpc, network.cidr)
    if plan.makes_endpoints:
        yield from _names(account, plan, network.vpc)


def _itself(plan: Plan, vpc: dict[str, Any], cidr: str) -> Iterator[Finding]:
    where = vpc["VpcId"]
    ranges = {vpc["CidrBlock"]} | {entry["CidrBlock"] for entry in vpc.get("CidrBlockAssociationSet", ())}
    if cidr in ranges:
        yield ok("vpc", where, f"it is there, with {cidr}")
    else:
        yield stops(
            "vpc",
            where,
            f"its ranges are {', '.join(sorted(ranges))}, and not {cidr}",
            why="Rules of security groups are written for the range of the settings: they would let nobody in.",
            cure=f"in {plan.deployment_file}, network: {{cidr: {vpc['CidrBlock']}}}",
            source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
        )
    if vpc.get("InstanceTenancy", "default") == "default":
        yield ok("vpc-tenancy", where, "its tenancy is 'default'")
    else:
        yield stops(
            "vpc-tenancy",
            where,
            f"its tenancy is '{vpc['InstanceTenancy']}'",
            why="Lambda puts no network interface into a VPC with dedicated tenancy.",
            cure=f"aws ec2 modify-vpc-tenancy --vpc-id {where} --instance-tenancy default --region {plan.region}",
            source=_LAMBDA,
        )


def _names(account: Account, plan: Plan, vpc: str) -> Iterator[Finding]:
    for attribute, member in _ATTRIBUTES.items():
        answer = account.ask("ec2", "DescribeVpcAttribute", VpcId=vpc, Attribute=attribute)
        if answer[member]["Value"]:
            yield ok("vpc-dns", vpc, f"{attribute} is on")
        else:
            yield stops(
                "vpc-dns",
                vpc,
                f"{attribute} is off",
                why="EC2 refuses private DNS of an endpoint without it: the functions would not find their services.",
                cure=f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --{_option(attribute)} Value=true "
                f"--region {plan.region}",
                source=_SOURCE,
            )


def _option(attribute: str) -> str:
    return {"enableDnsSupport": "enable-dns-support", "enableDnsHostnames": "enable-dns-hostnames"}[attribute]


LOOK = Look(
    "vpc",
    "The VPC that is there already",
    "Endpoints need the VPC's DNS, functions its default tenancy.",
    _SOURCE,
    _ask,
)
