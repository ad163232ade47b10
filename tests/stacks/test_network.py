"""Nothing leaves the network but through its endpoints, and each of those lets one kind of call through."""

import pytest

from tests.stacks.assembly import Assembly, Json, one, resources, statements

ACCOUNT = {"Ref": "AWS::AccountId"}

#: Everything of EC2 that the network is made of. A gateway, a route, a peering, an address or a VPN is not in it.
PARTS = {
    "AWS::EC2::FlowLog",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
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


def arn(service: str, resource: str) -> Json:
    return {"Fn::Join": ["", [f"arn:aws:{service}:us-east-1:", ACCOUNT, f":{resource}"]]}


def endpoint(network: Json, service: str) -> Json:
    name = f"com.amazonaws.us-east-1.{service}"
    found = [e for e in resources(network, "AWS::EC2::VPCEndpoint").values() if e["ServiceName"] == name]
    assert len(found) == 1, f"{len(found)} endpoints for {service}"
    return found[0]


def policy(network: Json, service: str) -> Json:
    document = endpoint(network, service)["PolicyDocument"]
    assert len(document["Statement"]) == 1
    return document["Statement"][0]


def group_id(network: Json, start: str) -> Json:
    names = [name for name in resources(network, "AWS::EC2::SecurityGroup") if name.startswith(start)]
    assert len(names) == 1
    return {"Fn::GetAtt": [names[0], "GroupId"]}


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


def test_endpoints_are_those_that_are_called_and_no_other(network: Json) -> None:
    services = {
        endpoint["ServiceName"].removeprefix("com.amazonaws.us-east-1.")
        for endpoint in resources(network, "AWS::EC2::VPCEndpoint").values()
    }
    assert services == {"execute-api", "bedrock-mantle", "bedrock-runtime", "sts"}


def test_endpoints_answer_to_the_services_own_names_in_every_zone(network: Json) -> None:
    subnets = set(resources(network, "AWS::EC2::Subnet"))
    for properties in resources(network, "AWS::EC2::VPCEndpoint").values():
        assert properties["PrivateDnsEnabled"] is True
        assert properties["VpcEndpointType"] == "Interface"
        assert {subnet["Ref"] for subnet in properties["SubnetIds"]} == subnets
        assert len(properties["SecurityGroupIds"]) == 1


def test_execute_api_refuses_principals_of_other_accounts_and_lets_anonymous_ones_to_the_authorizer(
    network: Json,
) -> None:
    statement = policy(network, "execute-api")
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"] == arn("execute-api", "*/v1/*")
    assert statement["Condition"] == {"StringEqualsIfExists": {"aws:PrincipalAccount": [ACCOUNT, "anonymous"]}}


def test_mantle_infers_with_the_regions_models_in_projects_of_this_account(network: Json) -> None:
    statement = policy(network, "bedrock-mantle")
    assert statement["Action"] == "bedrock-mantle:CreateInference"
    assert statement["Resource"] == arn("bedrock-mantle", "project/*")
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:PrincipalAccount": ACCOUNT,
            "bedrock-mantle:Model": ["google.gemma-4-26b-a4b", "google.gemma-4-31b", "google.gemma-4-e2b"],
        }
    }


@pytest.mark.parametrize(
    ("service", "action", "resource"),
    [
        ("bedrock-runtime", "bedrock:ApplyGuardrail", arn("bedrock", "guardrail/*")),
        ("sts", "sts:GetCallerIdentity", "*"),
    ],
)
def test_an_endpoint_lets_one_action_through_for_this_account(
    network: Json, service: str, action: str, resource: Json
) -> None:
    statement = policy(network, service)
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == action
    assert statement["Resource"] == resource
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_every_security_group_is_made_closed(deployed: Assembly) -> None:
    groups = [
        group
        for template in deployed.templates.values()
        for group in resources(template, "AWS::EC2::SecurityGroup").values()
    ]
    assert len(groups) == 7
    assert all(group["SecurityGroupEgress"] == [NO_TRAFFIC] for group in groups)


def test_egress_is_443_from_a_group_to_a_group(network: Json) -> None:
    rules = list(resources(network, "AWS::EC2::SecurityGroupEgress").values())
    assert rules
    for rule in rules:
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
        assert not {"CidrIp", "CidrIpv6", "DestinationPrefixListId"} & set(rule)


def test_who_reaches_which_endpoint(network: Json) -> None:
    allowed = {("Callers", "ExecuteApi"), ("Proxies", "BedrockMantle"), ("Proxies", "BedrockRuntime")}
    allowed |= {("Authorizers", "Sts")}
    names = {
        group_id(network, name)["Fn::GetAtt"][0]: name
        for name in ("Callers", "Proxies", "Authorizers", "ExecuteApi", "BedrockMantle", "BedrockRuntime", "Sts")
    }
    out = {
        (names[rule["GroupId"]["Fn::GetAtt"][0]], names[rule["DestinationSecurityGroupId"]["Fn::GetAtt"][0]])
        for rule in resources(network, "AWS::EC2::SecurityGroupEgress").values()
    }
    into = {
        (names[rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]], names[rule["GroupId"]["Fn::GetAtt"][0]])
        for rule in resources(network, "AWS::EC2::SecurityGroupIngress").values()
    }
    assert out == into == allowed


def test_addresses_reach_the_callers_door_from_the_vpc_alone(network: Json) -> None:
    by_address = [
        (name.removesuffix("SecurityGroup" + name[-8:]), rule["CidrIp"], rule["FromPort"], rule["ToPort"])
        for name, group in resources(network, "AWS::EC2::SecurityGroup").items()
        for rule in group.get("SecurityGroupIngress", [])
    ]
    assert [entry[1:] for entry in by_address] == [("10.80.0.0/20", 443, 443)]
    assert by_address[0][0].startswith("ExecuteApi")


def test_flow_logs_record_all_traffic_under_the_logs_key(network: Json) -> None:
    log = one(network, "AWS::EC2::FlowLog")
    assert log["TrafficType"] == "ALL"
    group = resources(network, "AWS::Logs::LogGroup")[log["LogGroupName"]["Ref"]]
    assert "LogsKey" in group["KmsKeyId"]["Fn::ImportValue"]
    assert group["RetentionInDays"] == 400


def test_flow_logs_of_another_account_cannot_use_the_role(network: Json) -> None:
    trust = one(network, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": arn("ec2", "vpc-flow-log/*")},
    }


def test_no_endpoint_policy_is_empty_or_denies_by_accident(network: Json) -> None:
    found = [statement for path, statement in statements(network) if "Endpoint" in path]
    assert len(found) == 4
    assert all(statement["Effect"] == "Allow" for statement in found)
