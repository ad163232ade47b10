"""The four modes of the network: what each makes, what it leaves to others, and who may come to the APIs."""

import json

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.stacks.assembly import Assembly, Json, normalise, one, resources
from tests.stacks.deployments import MODES
from tests.stacks.promised import ALWAYS, INTERFACES
from tests.stacks.test_endpoint_policies import policy
from tests.stacks.test_network import acl, group_name, interfaces, rules, services

SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
ALL = set(ALWAYS)


@pytest.fixture
def existing(modes: Assembly) -> Json:
    """Template of the network in a VPC that is there."""
    return modes.templates["Existing-Network"]


@pytest.fixture
def hub(modes: Assembly) -> Json:
    """Template of the network whose endpoints are a hub's."""
    return modes.templates["Hub-Network"]


@pytest.fixture
def wide(modes: Assembly) -> Json:
    """Template of the isolated network with every kind of client."""
    return modes.templates["Wide-Network"]


@pytest.mark.parametrize("name", MODES)
def test_mode(name: str, modes: Assembly, snapshot: SnapshotAssertion) -> None:
    assert normalise(modes.templates[f"{name}-Network"]) == snapshot(extension_class=JSONSnapshotExtension)


def test_a_given_vpc_is_taken_by_its_ids_and_not_changed(existing: Json, hub: Json) -> None:
    made = {"VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "NetworkAcl", "NetworkAclEntry", "Route"}
    made |= {"SubnetNetworkAclAssociation"}
    for template in (existing, hub):
        used = {resource["Type"] for resource in template["Resources"].values()}
        assert not used & {f"AWS::EC2::{name}" for name in made}
        assert template["Outputs"]["VpcId"]["Value"] == "vpc-0123456789abcdef0"
        for group in resources(template, "AWS::EC2::SecurityGroup").values():
            assert group["VpcId"] == "vpc-0123456789abcdef0"


def test_nothing_is_looked_up(modes: Assembly) -> None:
    manifest = modes.read("manifest.json")
    assert "missing" not in manifest
    assert not [key for key in json.dumps(manifest) if "context-provider" in key]
    for name, template in modes.templates.items():
        assert "dummy" not in json.dumps(template), name


def test_endpoints_stand_in_the_given_subnets(existing: Json) -> None:
    assert services(existing) == set(INTERFACES)
    for endpoint in interfaces(existing):
        assert endpoint["SubnetIds"] == SUBNETS
        assert endpoint["PrivateDnsEnabled"] is True


@pytest.mark.parametrize("name", ["Existing", "Hub"])
def test_functions_stand_in_the_given_subnets(name: str, modes: Assembly) -> None:
    for function in resources(modes.templates[f"{name}-Team-beacon"], "AWS::Lambda::Function").values():
        assert function["VpcConfig"]["SubnetIds"] == SUBNETS
        assert len(function["VpcConfig"]["SecurityGroupIds"]) == 1


def test_a_given_vpc_is_watched_unless_somebody_else_does(existing: Json, modes: Assembly) -> None:
    assert one(existing, "AWS::EC2::FlowLog")["ResourceId"] == "vpc-0123456789abcdef0"
    assert one(existing, "AWS::EC2::FlowLog")["TrafficType"] == "ALL"
    watching = {"AWS::EC2::FlowLog", "AWS::Route53Resolver::FirewallRuleGroupAssociation", "AWS::Logs::LogGroup"}
    elsewhere = {resource["Type"] for resource in modes.templates["Elsewhere-Network"]["Resources"].values()}
    assert not elsewhere & watching
    assert services(modes.templates["Elsewhere-Network"]) == set(INTERFACES)


def test_nothing_of_an_endpoint_is_made_where_a_hub_has_it(hub: Json) -> None:
    assert services(hub) == set()
    groups = {name.partition("Group")[0] for name in resources(hub, "AWS::EC2::SecurityGroup")}
    assert groups == {"Proxies", "Authorizers"}
    assert not rules(hub, "Ingress")


def test_functions_reach_the_hubs_endpoints_by_group_or_list_and_nothing_else(hub: Json) -> None:
    reached = {
        (
            rule["GroupId"]["Fn::GetAtt"][0],
            rule.get("DestinationSecurityGroupId") or rule.get("DestinationPrefixListId"),
            rule["FromPort"],
            rule["ToPort"],
        )
        for rule in rules(hub, "Egress")
    }
    proxies, authorizers = group_name(hub, "Proxies"), group_name(hub, "Authorizers")
    assert reached == {
        (proxies, "sg-0bbbbbbbbbbbbbbbb", 443, 443),
        (proxies, "pl-0cccccccccccccccc", 443, 443),
        (authorizers, "pl-0dddddddddddddddd", 443, 443),
    }


def test_the_outputs_say_what_the_hubs_policies_must_be(hub: Json, network: Json) -> None:
    """They are those that the endpoints have where they are made here."""

    def text(value: Json) -> str:
        parts = value["Fn::Join"][1] if isinstance(value, dict) else [value]
        return "".join(
            p if isinstance(p, str) else f"<{json.dumps(p, sort_keys=True)}>".replace('"', "'") for p in parts
        )

    def resolved(value: Json) -> Json:
        if isinstance(value, dict) and ("Fn::Join" in value or "Fn::GetStackOutput" in value or "Ref" in value):
            return text(value) if "Fn::Join" in value else text({"Fn::Join": ["", [value]]})
        if isinstance(value, dict):
            return {key: resolved(inner) for key, inner in value.items()}
        return [resolved(inner) for inner in value] if isinstance(value, list) else value

    outputs = {promise.id: service for service, promise in ALWAYS.items()}
    # The guardrail's stack says the policy that names the guardrail.
    del outputs["BedrockRuntime"]
    assert {name for name in hub["Outputs"] if name.startswith("HubPolicy")} == {f"HubPolicy{n}" for n in outputs}
    for name, service in outputs.items():
        said = json.loads(text(hub["Outputs"][f"HubPolicy{name}"]["Value"]))["Statement"]
        here = json.dumps(resolved(policy(network, service)))
        assert said == json.loads(here.replace("Cloister", "Hub")), "but for the deployment's name"


def test_no_output_of_a_hub_reads_another_stack_and_the_guardrails_own_says_its_policy(modes: Assembly) -> None:
    for name, template in modes.templates.items():
        for output in template["Outputs"].values():
            assert "Fn::GetStackOutput" not in json.dumps(output), name
    outputs = modes.templates["Hub-Guardrails"]["Outputs"]
    (guardrail,) = resources(modes.templates["Hub-Guardrails"], "AWS::Bedrock::Guardrail")
    parts = outputs["HubPolicyBedrockRuntime"]["Value"]["Fn::Join"][1]
    assert {"Fn::GetAtt": [guardrail, "GuardrailArn"]} in parts
    assert '"Sid":"ApplyGuardrailsOfThisDeployment"' in "".join(part for part in parts if isinstance(part, str))
    assert "HubPolicyBedrockRuntime" not in modes.templates["Existing-Guardrails"]["Outputs"]


def test_development_says_that_it_has_one_zone_and_no_other_mode_can(modes: Assembly, network: Json) -> None:
    template = modes.templates["Development-Network"]
    assert "ONE Availability Zone" in template["Outputs"]["Mode"]["Value"]
    assert "Not for production" in template["Outputs"]["Mode"]["Value"]
    assert len(resources(template, "AWS::EC2::Subnet")) == 1
    assert services(template) == ALL
    for name, other in (modes.templates | {"Cloister-Network": network}).items():
        if name.endswith("-Network") and name != "Development-Network":
            assert "Not for production" not in other["Outputs"]["Mode"]["Value"]
            subnets = resources(other, "AWS::EC2::Subnet") or SUBNETS
            assert len(subnets) >= 2


def test_clients_come_by_named_group_or_named_range(wide: Json) -> None:
    door = group_name(wide, "ExecuteApi")
    groups = {
        rule["SourceSecurityGroupId"]
        for rule in rules(wide, "Ingress")
        if rule["GroupId"]["Fn::GetAtt"][0] == door and isinstance(rule["SourceSecurityGroupId"], str)
    }
    assert groups == {"sg-0123456789abcdef0", "sg-0123456789abcdef1"}
    ranges = {
        name: [(rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in found]
        for name, group in resources(wide, "AWS::EC2::SecurityGroup").items()
        if (found := group.get("SecurityGroupIngress"))
    }
    assert ranges == {door: [("10.2.0.0/16", "tcp", 443, 443)]}


def test_the_network_acl_agrees_with_the_security_groups_on_clients(wide: Json) -> None:
    inside = {
        (way, "10.80.0.0/20", first, last) for way in ("in", "out") for first, last in ((443, 443), (1024, 65535))
    }
    clients = {
        rule for cidr in ("10.1.0.0/16", "10.2.0.0/16") for rule in (("in", cidr, 443, 443), ("out", cidr, 1024, 65535))
    }
    assert acl(wide) == inside | clients


@pytest.mark.parametrize(
    ("name", "own", "others"),
    [
        ("Existing", None, []),
        ("Wide", None, ["vpce-0123456789abcdef0"]),
        ("Hub", "vpce-0aaaaaaaaaaaaaaaa", ["vpce-0eeeeeeeeeeeeeeee"]),
    ],
)
def test_an_api_takes_requests_through_the_named_endpoints_alone(
    name: str, own: str | None, others: list[str], modes: Assembly
) -> None:
    allow, *_, deny = one(modes.templates[f"{name}-Team-beacon"], "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    through = allow["Condition"]["StringEquals"]["aws:SourceVpce"]
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": through}}
    assert (deny["Effect"], deny["Principal"], deny["Resource"]) == ("Deny", "*", "execute-api:/*")
    first, *rest = through if isinstance(through, list) else [through]
    assert rest == others
    if own is not None:
        assert first == own
    else:
        assert "ExecuteApiEndpoint" in first["Fn::ImportValue"]
