"""Nothing leaves the network but through its endpoints, and nobody comes to the APIs unnamed."""

import re

import pytest

from tests.clone import ROOT
from tests.stacks.assembly import Assembly, Json, one, resources
from tests.stacks.promised import ALWAYS, IMAGES, INTERFACES, LISTS, SIGNING

ACCOUNT = {"Ref": "AWS::AccountId"}

#: Everything of EC2 that the network is made of. A gateway, a route, a peering, an address or a VPN is not in it.
PARTS = {
    "AWS::EC2::FlowLog",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
}
NO_TRAFFIC = {
    "CidrIp": "255.255.255.255/32",
    "Description": "Matches no traffic",
    "IpProtocol": "icmp",
    "FromPort": 252,
    "ToPort": 86,
}
#: Who makes a name of a host in the functions' code, and the service that it is of.
_HOST = re.compile(r'f"(?:https://)?(?:\{[\w.]+\}\.)?([a-z0-9-]+)\.\{(?:self\.)?region\}\.(?:amazonaws\.com|api\.aws)')


def arn(service: str, resource: str) -> Json:
    return {"Fn::Join": ["", [f"arn:aws:{service}:us-east-1:", ACCOUNT, f":{resource}"]]}


def service_of(endpoint: Json) -> str:
    """The service of an endpoint; CDK puts the name of a gateway's together at deployment."""
    name = endpoint["ServiceName"]
    end: str = name if isinstance(name, str) else name["Fn::Join"][1][-1]
    return end.rpartition(".")[2]


def services(template: Json) -> set[str]:
    """Services that a template has an endpoint for."""
    return {service_of(endpoint) for endpoint in resources(template, "AWS::EC2::VPCEndpoint").values()}


def interfaces(template: Json) -> list[Json]:
    """Interface endpoints of a template."""
    made = resources(template, "AWS::EC2::VPCEndpoint").values()
    assert {endpoint["VpcEndpointType"] for endpoint in made} <= {"Interface", "Gateway"}
    return [endpoint for endpoint in made if endpoint["VpcEndpointType"] == "Interface"]


def group_name(template: Json, start: str) -> str:
    names = [name for name in resources(template, "AWS::EC2::SecurityGroup") if name.startswith(start)]
    assert len(names) == 1
    return names[0]


def rules(template: Json, kind: str) -> list[Json]:
    """Rules of the security groups that are resources of their own."""
    return list(resources(template, f"AWS::EC2::SecurityGroup{kind}").values())


def acl(template: Json) -> set[tuple[str, str, int, int]]:
    """Rules of the network ACL, as (way, range, first port, last port)."""
    entries = resources(template, "AWS::EC2::NetworkAclEntry").values()
    assert all((entry["RuleAction"], entry["Protocol"]) == ("allow", 6) for entry in entries)
    return {
        (
            "out" if entry["Egress"] else "in",
            entry["CidrBlock"],
            entry["PortRange"]["From"],
            entry["PortRange"]["To"],
        )
        for entry in entries
    }


def test_the_network_has_no_way_out(network: Json, deployed: Assembly) -> None:
    used = {
        resource["Type"]
        for template in deployed.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"].startswith("AWS::EC2::")
    }
    assert used == PARTS
    for table in resources(network, "AWS::EC2::RouteTable").values():
        assert set(table) <= {"VpcId", "Tags"}


def test_a_subnet_in_each_zone_and_no_public_address(network: Json, pinned: Assembly) -> None:
    subnets = list(resources(network, "AWS::EC2::Subnet").values())
    assert [subnet["AvailabilityZone"] for subnet in subnets] == ["us-east-1a", "us-east-1b"]
    assert [subnet["CidrBlock"] for subnet in subnets] == ["10.80.0.0/23", "10.80.2.0/23"]
    assert all(subnet["MapPublicIpOnLaunch"] is False for subnet in subnets)
    small = resources(pinned.templates["Cloister-Network"], "AWS::EC2::Subnet").values()
    assert [subnet["CidrBlock"] for subnet in small] == ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26"]


def test_endpoints_are_those_that_the_code_calls_and_the_callers_door(network: Json) -> None:
    sources = [path for path in (ROOT / "lambdas").rglob("*.py") if "tests" not in path.parts]
    called = {service for path in sources for service in _HOST.findall(path.read_text())}
    called -= {IMAGES, SIGNING}  # called where buckets are named for images, and only there is there an endpoint
    assert called
    assert services(network) == called | {"execute-api"} == set(ALWAYS)


def test_endpoints_answer_to_the_services_own_names_in_every_zone(network: Json) -> None:
    subnets = set(resources(network, "AWS::EC2::Subnet"))
    vpc = one(network, "AWS::EC2::VPC")
    assert vpc["EnableDnsHostnames"] is vpc["EnableDnsSupport"] is True
    assert len(interfaces(network)) == len(INTERFACES)
    for properties in interfaces(network):
        assert properties["PrivateDnsEnabled"] is True
        assert {subnet["Ref"] for subnet in properties["SubnetIds"]} == subnets
        assert len(properties["SecurityGroupIds"]) == 1


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "modes", "pictures", "pictures_elsewhere"])
def test_every_security_group_is_made_closed(fixture: str, request: pytest.FixtureRequest) -> None:
    groups = [
        group
        for template in request.getfixturevalue(fixture).templates.values()
        for group in resources(template, "AWS::EC2::SecurityGroup").values()
    ]
    assert len(groups) >= 7
    assert all(group["SecurityGroupEgress"] == [NO_TRAFFIC] for group in groups)


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "modes", "pictures", "pictures_elsewhere"])
def test_no_address_is_a_way_out(fixture: str, request: pytest.FixtureRequest) -> None:
    for name, template in request.getfixturevalue(fixture).templates.items():
        for rule in rules(template, "Egress"):
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443), name
            assert not {"CidrIp", "CidrIpv6"} & set(rule), name
            # A prefix list is a list of addresses too: it may name a hub's endpoints, and nothing where there is none.
            assert rule.get("DestinationPrefixListId") in {None, *LISTS} or name == "Hub-Network"


def test_who_reaches_which_endpoint(network: Json) -> None:
    allowed = {(promise.reached_by, promise.id) for promise in INTERFACES.values()}
    names = {group_name(network, name): name for name in {name for pair in allowed for name in pair}}
    out = {
        (names[rule["GroupId"]["Fn::GetAtt"][0]], names[rule["DestinationSecurityGroupId"]["Fn::GetAtt"][0]])
        for rule in rules(network, "Egress")
        if rule.get("DestinationPrefixListId") not in LISTS
    }
    into = {
        (names[rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]], names[rule["GroupId"]["Fn::GetAtt"][0]])
        for rule in rules(network, "Ingress")
    }
    assert out == into == allowed
    assert all((rule["FromPort"], rule["ToPort"]) == (443, 443) for rule in rules(network, "Ingress"))


def test_nobody_comes_in_by_address_who_is_not_named(network: Json) -> None:
    for group in resources(network, "AWS::EC2::SecurityGroup").values():
        assert "SecurityGroupIngress" not in group


def test_nothing_is_a_member_of_the_default_group(deployed: Assembly, modes: Assembly) -> None:
    """CloudFormation cannot empty it: so nothing may be in it, and the network ACL holds for whatever comes to be."""
    members = 0
    for template in (deployed.templates | modes.templates).values():
        for endpoint in interfaces(template):
            assert endpoint["SecurityGroupIds"]
            members += 1
        for function in resources(template, "AWS::Lambda::Function").values():
            assert function["VpcConfig"]["SecurityGroupIds"]
            members += 1
        assert "DefaultSecurityGroup" not in str(template["Resources"])
    assert members > 10


def test_the_network_acl_lets_https_and_its_answers_through_within_the_vpc(network: Json) -> None:
    vpc = "10.80.0.0/20"
    assert acl(network) == {
        ("in", vpc, 443, 443),
        ("in", vpc, 1024, 65535),
        ("out", vpc, 443, 443),
        ("out", vpc, 1024, 65535),
    }


def test_every_subnet_is_under_the_network_acl(network: Json) -> None:
    (name,) = resources(network, "AWS::EC2::NetworkAcl")
    associations = resources(network, "AWS::EC2::SubnetNetworkAclAssociation").values()
    assert {a["SubnetId"]["Ref"] for a in associations} == set(resources(network, "AWS::EC2::Subnet"))
    assert all(a["NetworkAclId"] == {"Ref": name} for a in associations)


def test_flow_logs_record_all_traffic_under_the_logs_key(network: Json) -> None:
    log = one(network, "AWS::EC2::FlowLog")
    assert log["TrafficType"] == "ALL"
    assert log["ResourceId"] == {"Ref": next(iter(resources(network, "AWS::EC2::VPC")))}
    group = resources(network, "AWS::Logs::LogGroup")[log["LogGroupName"]["Ref"]]
    assert "LogsKey" in group["KmsKeyId"]["Fn::ImportValue"]
    assert group["RetentionInDays"] == 400


def test_flow_logs_of_another_account_cannot_use_the_role(network: Json) -> None:
    trust = one(network, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": arn("ec2", "vpc-flow-log/*")},
    }


def test_the_outputs_say_the_mode(network: Json) -> None:
    assert set(network["Outputs"]) >= {"Mode", "VpcId", "ExecuteApiEndpoint", "CallersSecurityGroup", "RouteTables"}
    assert network["Outputs"]["Mode"]["Value"].startswith("isolated: ")
