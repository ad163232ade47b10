"""One row and its policy are all that a service needs: two more are made, and every place that knows services has them.

They are what a deployment does not have yet: a gateway endpoint, and a second setting that asks for a service.
"""

import json
import subprocess
import sys

import pytest

from tests.clone import ROOT
from tests.stacks.assembly import Assembly, Json, one, resources
from tests.stacks.more_services import LIST
from tests.stacks.test_dns import domains
from tests.stacks.test_network import acl, group_name, rules, services


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """Templates of the network in each mode, by mode."""
    folder = tmp_path_factory.mktemp("more")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.stacks.more_services", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = Assembly(folder / "cdk.out").templates
    return {name.removesuffix("-Network"): template for name, template in found.items() if name.endswith("-Network")}


def gateway(template: Json) -> Json:
    """The gateway endpoint of a template."""
    made = resources(template, "AWS::EC2::VPCEndpoint").values()
    (found,) = [endpoint for endpoint in made if endpoint["VpcEndpointType"] == "Gateway"]
    return found


def listed(template: Json) -> list[Json]:
    """Rules for the way out that name a prefix list."""
    return [rule for rule in rules(template, "Egress") if "DestinationPrefixListId" in rule]


def names(template: Json) -> list[str]:
    """Names that are resolved."""
    (allowed,) = (found for found in domains(template).values() if found != ["*"])
    return list(allowed)


def test_a_gateway_is_a_route_of_every_subnet_with_its_policy(more: dict[str, Json]) -> None:
    template = more["Isolated"]
    made = gateway(template)
    assert {table["Ref"] for table in made["RouteTableIds"]} == set(resources(template, "AWS::EC2::RouteTable"))
    assert json.dumps(made["ServiceName"]).count("dynamodb") == 1
    (statement,) = made["PolicyDocument"]["Statement"]
    assert statement["Action"] == "dynamodb:UpdateItem"
    assert "Isolated-*" in json.dumps(statement["Resource"])
    assert not {"SecurityGroupIds", "SubnetIds", "PrivateDnsEnabled"} & set(made)


def test_the_proxies_alone_are_let_out_to_its_list(more: dict[str, Json]) -> None:
    for template in (more["Isolated"], more["Existing"]):
        (way,) = listed(template)
        assert way["GroupId"]["Fn::GetAtt"][0] == group_name(template, "Proxies")
        assert (way["DestinationPrefixListId"], way["FromPort"], way["ToPort"]) == (LIST, 443, 443)


def test_the_network_acl_lets_https_out_to_where_a_route_leads(more: dict[str, Json], network: Json) -> None:
    assert acl(more["Isolated"]) - acl(network) == {("out", "0.0.0.0/0", 443, 443), ("in", "0.0.0.0/0", 1024, 65535)}


def test_its_public_name_is_resolved(more: dict[str, Json], network: Json) -> None:
    added = ["dynamodb.us-east-1.amazonaws.com", "kms.us-east-1.amazonaws.com"]
    assert names(more["Isolated"]) == names(more["Hub"]) == sorted([*names(network), *added])
    assert "kms" not in services(more["Existing"]), "its setting is not set there"


def test_two_kinds_of_function_reach_an_interface_endpoint(more: dict[str, Json]) -> None:
    template = more["Isolated"]
    group = group_name(template, "Kms")
    into = [r["SourceSecurityGroupId"] for r in rules(template, "Ingress") if r["GroupId"]["Fn::GetAtt"][0] == group]
    expected = {group_name(template, "Proxies"), group_name(template, "Authorizers")}
    assert {source["Fn::GetAtt"][0] for source in into} == expected


def test_a_given_vpc_keeps_its_routes_and_is_told_the_policy(more: dict[str, Json]) -> None:
    template = more["Existing"]
    assert "dynamodb" not in services(template)
    assert not resources(template, "AWS::EC2::Route") and not resources(template, "AWS::EC2::NetworkAclEntry")
    assert "dynamodb:UpdateItem" in json.dumps(template["Outputs"]["GatewayPolicyDynamoDb"]["Value"])


def test_a_hub_is_reached_and_told_the_policies(more: dict[str, Json]) -> None:
    template = more["Hub"]
    assert services(template) == set()
    out = rules(template, "Egress")
    reached = {rule.get("DestinationSecurityGroupId") or rule.get("DestinationPrefixListId") for rule in out}
    assert {"sg-0123abcd", "pl-0123abcd"} <= reached
    assert {"HubPolicyDynamoDb", "HubPolicyKms"} <= set(template["Outputs"])


def test_what_is_made_still_watches_its_names(more: dict[str, Json]) -> None:
    assert one(more["Isolated"], "AWS::CloudWatch::Alarm")["Threshold"] == 1
