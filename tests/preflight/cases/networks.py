"""Answers about a VPC that is there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.preflight.recorded import ACCOUNT, REGION, Answer
from tests.stacks.deployments import MODES

VPC = "vpc-0123456789abcdef0"
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
EXISTING, ELSEWHERE, HUB, WIDE = (MODES[name] for name in ("Existing", "Elsewhere", "Hub", "Wide"))


def a_vpc(**more: Any) -> dict[str, Answer]:
    return {"ec2.DescribeVpcs": {"Vpcs": [{"VpcId": VPC, "CidrBlock": "10.0.0.0/16", "OwnerId": ACCOUNT, **more}]}}


def dns(*, support: bool = True, names: bool = True) -> dict[str, Answer]:
    def answer(asked: Mapping[str, Any]) -> Any:
        is_on = support if asked["Attribute"] == "enableDnsSupport" else names
        member = "EnableDnsSupport" if asked["Attribute"] == "enableDnsSupport" else "EnableDnsHostnames"
        return {"VpcId": VPC, member: {"Value": is_on}}

    return {"ec2.DescribeVpcAttribute": answer}


def subnets_of(*found: Mapping[str, Any], routes: Any = (), main: bool = False) -> dict[str, Answer]:
    plain = {"VpcId": VPC, "OwnerId": ACCOUNT, "AvailableIpAddressCount": 200}
    first = {**plain, "SubnetId": SUBNETS[0], "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az4"}
    second = {**plain, "SubnetId": SUBNETS[1], "AvailabilityZone": "us-east-1b", "AvailabilityZoneId": "use1-az6"}
    changed = [{**first, **(found[0] if found else {})}, second]
    links = [{"Main": True}] if main else [{"SubnetId": name, "Main": False} for name in SUBNETS]
    table = {"RouteTableId": "rtb-1", "Associations": links, "Routes": [{"GatewayId": "local"}, *routes]}
    return {"ec2.DescribeSubnets": {"Subnets": changed}, "ec2.DescribeRouteTables": {"RouteTables": [table]}}


def endpoint(service: str, identifier: str = "vpce-0aaaaaaaaaaaaaaaa", **more: Any) -> dict[str, Any]:
    name = f"com.amazonaws.{REGION}.{service}"
    return {"VpcEndpointId": identifier, "VpcEndpointType": "Interface", "ServiceName": name, **more}


def endpoints(*found: Any) -> dict[str, Answer]:
    return {"ec2.DescribeVpcEndpoints": {"VpcEndpoints": list(found)}}


def zone_of(name: str, **owner: str) -> dict[str, Answer]:
    zone = {"HostedZoneId": "Z1", "Name": name, "Owner": owner or {"OwningAccount": ACCOUNT}}
    return {"route53.ListHostedZonesByVPC": {"HostedZoneSummaries": [zone], "MaxItems": "100"}}


def firewall(priority: int, name: str = "theirs") -> dict[str, Answer]:
    one = {"Id": "rslvr-frgassoc-1", "FirewallRuleGroupId": "rslvr-frg-1", "Priority": priority, "Name": name}
    return {"route53resolver.ListFirewallRuleGroupAssociations": {"FirewallRuleGroupAssociations": [one]}}


def flows(*found: Any) -> dict[str, Answer]:
    return {"ec2.DescribeFlowLogs": {"FlowLogs": list(found)}}


def seen(groups: Any = (), lists: Any = (), *found: Any) -> dict[str, Answer]:
    return {
        "ec2.DescribeSecurityGroups": {"SecurityGroups": [{"GroupId": each} for each in groups]},
        "ec2.DescribeManagedPrefixLists": {"PrefixLists": [{"PrefixListId": each} for each in lists]},
        **endpoints(*found),
    }


INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
OURS = [{"Key": "aws:cloudformation:stack-name", "Value": "Cloister-Network"}]
ALL = {"TrafficType": "ALL", "FlowLogStatus": "ACTIVE"}
GROUPS, LISTS = ["sg-0bbbbbbbbbbbbbbbb"], ["pl-0cccccccccccccccc", "pl-0dddddddddddddddd"]
DOOR = endpoint("execute-api")
OTHER = endpoint("execute-api", "vpce-0eeeeeeeeeeeeeeee")
