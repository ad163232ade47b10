"""Signing keys: one for each team, for its proxy alone, for digests alone; and the one way to them."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from stacks.constructs import SigningKey
from stacks.services import by_name
from tests.stacks.assembly import Assembly, Json, listed, resources
from tests.stacks.deployments import ACCOUNT, MODES, SIGNED, settings
from tests.stacks.promised import SIGNING
from tests.stacks.test_endpoint_policies import policy
from tests.stacks.test_network import group_name, rules, service_of, services

DIGESTS = {"kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256"}
PROXIES = f"arn:aws:iam::{ACCOUNT}:role/cloister/Cloister/proxy/*"


@pytest.fixture
def team(pinned: Assembly) -> Json:
    return pinned.templates["Cloister-Team-atlas"]


def key(template: Json) -> tuple[str, Json]:
    keys = resources(template, "AWS::KMS::Key").items()
    ((name, found),) = [(name, made) for name, made in keys if made["KeyUsage"] == "SIGN_VERIFY"]
    return name, found


def test_each_team_has_a_key_of_its_own_that_signs_and_does_nothing_else(team: Json) -> None:
    name, made = key(team)
    assert (made["KeySpec"], made["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert team["Resources"][name]["DeletionPolicy"] == "Retain", "records outlive the stack, and what verifies them"
    aliases = resources(team, "AWS::KMS::Alias").values()
    (mine,) = [alias for alias in aliases if alias["TargetKeyId"] == {"Fn::GetAtt": [name, "Arn"]}]
    assert mine["AliasName"] == "alias/cloister/records/atlas"
    assert team["Outputs"]["SigningKeyArn"]["Value"] == {"Fn::GetAtt": [name, "Arn"]}


def test_nobody_but_a_proxy_signs_and_administrators_alone_manage(team: Json) -> None:
    _, made = key(team)
    managing, signing, reading, denial = made["KeyPolicy"]["Statement"]
    assert "kms:Sign" not in listed(managing["Action"])
    assert managing["Condition"]["ArnEquals"]["aws:PrincipalArn"][1] == f"arn:aws:iam::{ACCOUNT}:role/platform"
    assert (signing["Action"], signing["Condition"]) == ("kms:Sign", {"StringEquals": DIGESTS})
    assert set(reading["Action"]) == {"kms:DescribeKey", "kms:GetPublicKey", "kms:Verify"}
    assert (denial["Effect"], denial["Action"], denial["Principal"]) == ("Deny", "kms:Sign", {"AWS": "*"})
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": PROXIES}}


def test_a_key_without_administrators_is_signed_with_by_proxies_alone_too() -> None:
    stack = Stack(App(), "S")
    SigningKey(stack, "Key", alias="a", team="t", signers=PROXIES)
    made = Template.from_stack(stack).find_resources("AWS::KMS::Key")
    (found,) = made.values()
    open_, denial = found["Properties"]["KeyPolicy"]["Statement"]
    assert open_["Action"] == "kms:*"
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": PROXIES}}


def _statements(team: Json, sid: str) -> list[tuple[str, Json]]:
    found = []
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, made in resources(team, kind).items():
            found += [(name, s) for s in made["PolicyDocument"]["Statement"] if s.get("Sid") == sid]
    return found


def test_the_proxy_signs_digests_with_its_own_key_and_has_no_other_right_on_it(team: Json) -> None:
    name, _ = key(team)
    found = _statements(team, "SignOwnRecords")
    assert len(found) == 2, "in its policy, and in its boundary"
    for _, statement in found:
        assert statement["Action"] == "kms:Sign"
        assert statement["Resource"] == {"Fn::GetAtt": [name, "Arn"]}
        assert statement["Condition"] == {"StringEquals": DIGESTS}
    for _, denial in _statements(team, "SignOwnRecordsFromItsFunctionOnly"):
        assert (denial["Effect"], denial["Action"]) == ("Deny", "kms:Sign")
    others = [
        statement
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for made in resources(team, kind).values()
        for statement in made["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and any(a.startswith("kms:") for a in listed(statement["Action"]))
    ]
    assert {json.dumps(s["Resource"]) for s in others if "kms:Sign" in listed(s["Action"])} == {
        json.dumps({"Fn::GetAtt": [name, "Arn"]})
    }


def test_the_function_is_told_its_key(team: Json) -> None:
    name, _ = key(team)
    (function,) = (f for f in resources(team, "AWS::Lambda::Function").values() if "Proxy" in f["FunctionName"])
    told = json.dumps(function["Environment"]["Variables"]["CLOISTER_TEAM"])
    assert "signing_key" in told
    assert json.dumps({"Fn::GetAtt": [name, "Arn"]}) in told


def test_signing_a_digest_is_all_that_passes_the_endpoint(pinned: Assembly) -> None:
    network = pinned.templates["Cloister-Network"]
    assert SIGNING in services(network)
    statement, _ = policy(network, SIGNING)  # the other is of digests' keys: `test_digests`
    assert (statement["Effect"], statement["Action"]) == ("Allow", "kms:Sign")
    assert statement["Resource"] == f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/*"
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT, **DIGESTS},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
    }


def test_the_proxies_alone_reach_it(pinned: Assembly) -> None:
    network = pinned.templates["Cloister-Network"]
    door = {"Fn::GetAtt": [group_name(network, "KmsSecurityGroup"), "GroupId"]}
    proxies = {"Fn::GetAtt": [group_name(network, "ProxiesGroup"), "GroupId"]}
    (inward,) = (rule for rule in rules(network, "Ingress") if rule["GroupId"] == door)
    (outward,) = (rule for rule in rules(network, "Egress") if rule.get("DestinationSecurityGroupId") == door)
    assert (inward["SourceSecurityGroupId"], outward["GroupId"]) == (proxies, proxies)
    assert all((rule["FromPort"], rule["ToPort"]) == (443, 443) for rule in (inward, outward))


def test_nothing_of_it_is_there_unless_it_is_asked_for(deployed: Assembly) -> None:
    assert SIGNING not in services(deployed.templates["Cloister-Network"])
    for name, template in deployed.templates.items():
        if "-Team-" in name:
            assert not resources(template, "AWS::KMS::Key")
            assert "kms:Sign" not in json.dumps(template)


def test_a_hub_without_an_endpoint_for_it_is_refused() -> None:
    network = settings({**MODES["Hub"], **SIGNED}).deployment.network
    with pytest.raises(ValueError, match=r"'audit\.sign_records' is true, and network\.endpoints\.kms is missing"):
        network.endpoints.reach(by_name(SIGNING))  # type: ignore[union-attr]  # it is a hub's


def test_in_a_vpc_of_others_nobodys_kms_is_taken(tmp_path: Path) -> None:
    """The endpoint answers for no name of KMS's there: the proxies call it by its own, and that name is resolved."""
    made = Assembly.of(settings({**MODES["Existing"], **SIGNED, "name": "Theirs"}), tmp_path)
    network = made.templates["Theirs-Network"]
    (endpoint,) = (e for e in resources(network, "AWS::EC2::VPCEndpoint").values() if service_of(e) == SIGNING)
    assert endpoint["PrivateDnsEnabled"] is False
    assert not resources(network, "AWS::Route53::HostedZone")
    team = made.templates["Theirs-Team-atlas"]
    (function,) = (f for f in resources(team, "AWS::Lambda::Function").values() if "Proxy" in f["FunctionName"])
    assert "signing_host" in json.dumps(function["Environment"]["Variables"]["CLOISTER_TEAM"])
