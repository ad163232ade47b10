"""The taught types that a request for a name or a packet meets: network ACLs and the DNS firewall."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.embedded import Embedded
from local.types import _endpoint_names
from local.types.emulator import EmulatorError
from stacks.services import SERVICES
from tests.local.stack import Stack, Template


def test_a_network_acl_holds_its_rules_and_its_subnet(aws: Embedded, stack: Stack) -> None:
    def resources(number: int, cidr: str) -> Template:
        entry = {
            "NetworkAclId": {"Ref": "Acl"},
            "RuleNumber": number,
            "Protocol": 6,
            "RuleAction": "allow",
            "Egress": True,
            "CidrBlock": cidr,
            "PortRange": {"From": 443, "To": 443},
        }
        association = {"NetworkAclId": {"Ref": "Acl"}, "SubnetId": {"Ref": "Subnet"}}
        return {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Subnet": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
            },
            "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}},
            "Entry": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": entry},
            "Under": {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": association},
        }

    def acl() -> tuple[list[tuple[int, str, bool]], list[str]]:
        found = aws.client("ec2").describe_network_acls(NetworkAclIds=[stack.physical("Acl")])["NetworkAcls"][0]
        entries = [(entry["RuleNumber"], entry["CidrBlock"], entry["Egress"]) for entry in found["Entries"]]
        return entries, [association["SubnetId"] for association in found["Associations"]]

    stack.apply(resources(100, "10.0.0.0/16"))
    first = stack.physical("Entry")
    assert acl() == ([(100, "10.0.0.0/16", True)], [stack.physical("Subnet")])
    stack.apply(resources(100, "10.1.0.0/16"))
    assert stack.physical("Entry") == first
    assert acl()[0] == [(100, "10.1.0.0/16", True)]
    stack.apply(resources(200, "10.1.0.0/16"))
    assert stack.physical("Entry") != first
    assert acl()[0] == [(200, "10.1.0.0/16", True)]
    identifier = stack.physical("Acl")
    stack.delete()
    left = aws.client("ec2").describe_network_acls()["NetworkAcls"]
    assert identifier not in [found["NetworkAclId"] for found in left]


def firewall(priority: int = 101, action: str = "BLOCK", **rule: Any) -> Template:
    names = {"Name": "everything", "Domains": ["*"]}
    rules = [{"Action": action, "Priority": 100, "FirewallDomainListId": {"Fn::GetAtt": ["Names", "Id"]}, **rule}]
    association = {
        "FirewallRuleGroupId": {"Fn::GetAtt": ["Rules", "Id"]},
        "VpcId": {"Ref": "Vpc"},
        "Priority": priority,
        "MutationProtection": "ENABLED",
    }
    config = {"Name": "queries", "DestinationArn": {"Fn::GetAtt": ["Group", "Arn"]}}
    observed = {"ResolverQueryLogConfigId": {"Fn::GetAtt": ["Config", "Id"]}, "ResourceId": {"Ref": "Vpc"}}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "Names": {"Type": "AWS::Route53Resolver::FirewallDomainList", "Properties": names},
        "Rules": {
            "Type": "AWS::Route53Resolver::FirewallRuleGroup",
            "Properties": {"Name": "rules", "FirewallRules": rules},
        },
        "Before": {"Type": "AWS::Route53Resolver::FirewallRuleGroupAssociation", "Properties": association},
        "Config": {"Type": "AWS::Route53Resolver::ResolverQueryLoggingConfig", "Properties": config},
        "Observed": {"Type": "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation", "Properties": observed},
    }


def test_a_dns_firewall_is_made_changed_in_place_and_goes(stack: Stack) -> None:
    parts = {
        "Names": "rslvr-fdl-",
        "Rules": "rslvr-frg-",
        "Before": "rslvr-frgassoc-",
        "Config": "rqlc-",
        "Observed": "rqlca-",
    }
    stack.apply(firewall(BlockResponse="NXDOMAIN"), {"Arn": {"Fn::GetAtt": ["Rules", "Arn"]}})
    first = {name: stack.physical(name) for name in parts}
    assert all(first[name].startswith(prefix) for name, prefix in parts.items())
    assert stack.outputs()["Arn"].endswith(f":firewall-rule-group/{first['Rules']}")
    stack.apply(firewall(102, BlockResponse="NODATA"))
    assert {name: stack.physical(name) for name in parts} == first
    stack.delete()


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        (firewall(), "needs a BlockResponse"),
        (firewall(100, BlockResponse="NODATA"), "above 100 and below 9900"),
        (firewall(BlockResponse="NODATA", FirewallDomainListId="rslvr-fdl-none"), "there is no rslvr-fdl-none"),
    ],
    ids=["block without an answer", "priority", "list"],
)
def test_a_dns_firewall_that_aws_would_refuse_is_refused(stack: Stack, resources: Template, reason: str) -> None:
    assert reason in stack.fails(resources)
    stack.delete()


def named(services: dict[str, str], alias: bool) -> Template:
    def endpoint(service: str) -> Template:
        properties = {
            "VpcId": {"Ref": "Vpc"},
            "VpcEndpointType": "Interface",
            "ServiceName": f"com.amazonaws.us-east-1.{service}",
            "PrivateDnsEnabled": service != "s3",
        }
        return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}

    entry = {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["S3", "DnsEntries"]}]}]}
    record = {
        "HostedZoneId": {"Ref": "Zone"},
        "Name": "acme-pictures.s3.us-east-1.amazonaws.com.",
        "Type": "A",
        "AliasTarget": {"HostedZoneId": {"Fn::Select": [0, entry]}, "DNSName": {"Fn::Select": [1, entry]}},
    }
    zone = {
        "Name": "acme-pictures.s3.us-east-1.amazonaws.com.",
        "VPCs": [{"VPCId": {"Ref": "Vpc"}, "VPCRegion": "us-east-1"}],
    }
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        **{name: endpoint(service) for name, service in services.items()},
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": zone},
        **({"Record": {"Type": "AWS::Route53::RecordSet", "Properties": record}} if alias else {}),
    }


def test_a_record_leads_to_the_name_of_an_endpoint(aws: Embedded, stack: Stack) -> None:
    def aliases() -> list[str]:
        found = aws.client("route53").list_resource_record_sets(HostedZoneId=stack.physical("Zone"))
        return [record["AliasTarget"]["DNSName"] for record in found["ResourceRecordSets"] if record["Type"] == "A"]

    services = {"S3": "s3", "Sts": "sts"}
    first = {f"{name}Entry": {"Fn::Select": [0, {"Fn::GetAtt": [name, "DnsEntries"]}]} for name in services}
    stack.apply(named(services, alias=True), first)
    s3, sts = stack.outputs()["S3Entry"].split(":")[1], stack.outputs()["StsEntry"].split(":")[1]
    assert s3.startswith(f"*.{stack.physical('S3')}-") and s3.endswith(".s3.us-east-1.vpce.amazonaws.com")
    assert sts.startswith(f"{stack.physical('Sts')}-") and sts.endswith(".sts.us-east-1.vpce.amazonaws.com")
    assert [name.removesuffix(".").replace("\\052", "*") for name in aliases()] == [s3]
    stack.apply(named(services, alias=False), first)
    assert aliases() == []
    assert stack.outputs()["S3Entry"].endswith(f":{s3}"), "an update leaves the name"
    zone = stack.physical("Zone")
    stack.delete()
    assert zone not in json.dumps(aws.client("route53").list_hosted_zones()["HostedZones"])


def test_names_that_ministack_came_to_give_are_not_replaced_unseen() -> None:
    entries = {"DnsEntries": ["Z1:vpce-1.sts.us-east-1.vpce.amazonaws.com"]}
    create = _endpoint_names.named(lambda *_: ("vpce-1", entries))
    with pytest.raises(EmulatorError, match=r"names endpoints already; remove local\.types\._endpoint_names"):
        create("Sts", {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.sts"}, "stack")
    assert create("Gateway", {"VpcEndpointType": "Gateway"}, "stack") == ("vpce-1", entries)


def test_the_endpoint_services_of_bedrock_are_listed_in_the_zones_that_they_are_in(aws: Embedded) -> None:
    ec2 = aws.client("ec2")
    mantle, sts, gateway = (f"com.amazonaws.{aws.region}.{name}" for name in ("bedrock-mantle", "sts", "dynamodb"))

    def zones(**asked: Any) -> dict[str, list[str]]:
        found = ec2.describe_vpc_endpoint_services(**asked)["ServiceDetails"]
        return {each["ServiceName"]: each["AvailabilityZones"] for each in found}

    some = zones(Filters=[{"Name": "service-name", "Values": [mantle, sts]}])
    assert set(some) == {mantle, sts} and len(some[mantle]) < len(some[sts])
    assert set(zones(ServiceNames=[mantle])) == {mantle}
    assert mantle not in zones(Filters=[{"Name": "service-type", "Values": ["Gateway"]}])
    assert {mantle, sts, gateway} <= set(zones())


def test_each_service_that_the_network_may_have_an_endpoint_of_is_listed(aws: Embedded) -> None:
    ec2 = aws.client("ec2")
    names = {f"com.amazonaws.{aws.region}.{service.name}": service for service in SERVICES}
    asked = [{"Name": "service-name", "Values": list(names)}, {"Name": "service-type", "Values": ["Interface"]}]
    found = ec2.describe_vpc_endpoint_services(Filters=asked)["ServiceDetails"]
    assert sorted(each["ServiceName"] for each in found) == sorted(names)
    assert all(each["VpcEndpointPolicySupported"] for each in found)
    gateways = ec2.describe_vpc_endpoint_services(Filters=[{"Name": "service-type", "Values": ["Gateway"]}])
    assert {each.rpartition(".")[2] for each in gateways["ServiceNames"]} == {"s3", "dynamodb"}


def test_configurations_that_record_queries_are_listed_and_no_other_question_is_answered(
    aws: Embedded, stack: Stack
) -> None:
    resolver = aws.client("route53resolver")

    def names() -> list[str]:
        return [each["Name"] for each in resolver.list_resolver_query_log_configs()["ResolverQueryLogConfigs"]]

    before = names()
    stack.apply(firewall(BlockResponse="NXDOMAIN"))
    assert sorted(names()) == sorted([*before, "queries"])
    stack.delete()
    assert names() == before
    with pytest.raises(ClientError, match="and no other question") as refused:
        resolver.list_firewall_rule_groups()
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"


def test_the_limit_of_hosted_zones_is_told_with_how_many_there_are(aws: Embedded) -> None:
    route53 = aws.client("route53")

    def count() -> int:
        found = route53.get_account_limit(Type="MAX_HOSTED_ZONES_BY_OWNER")
        assert found["Limit"] == {"Type": "MAX_HOSTED_ZONES_BY_OWNER", "Value": 500}
        return int(found["Count"])

    before = count()
    made = route53.create_hosted_zone(Name="one.example", CallerReference="one")["HostedZone"]["Id"]
    assert count() == before + 1
    route53.delete_hosted_zone(Id=made)
    assert count() == before


def test_a_type_that_aws_lacks_in_a_region_is_lacking_there(aws: Embedded) -> None:
    project = "AWS::BedrockMantle::Project"
    here = aws.client("cloudformation")
    assert here.describe_type(Type="RESOURCE", TypeName=project)["TypeName"] == project
    elsewhere = Embedded(aws.state, int(aws.endpoint.rpartition(":")[2]), "eu-central-1").client("cloudformation")
    for client, name in ((elsewhere, project), (here, "AWS::No::Such")):
        with pytest.raises(ClientError) as refused:
            client.describe_type(Type="RESOURCE", TypeName=name)
        assert refused.value.response["Error"]["Code"] == "TypeNotFoundException"
