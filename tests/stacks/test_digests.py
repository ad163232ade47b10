"""Keys of digests: one for each team, for its proxy and the auditors alone; and the one way to them."""

import json

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template
from pydantic import ValidationError

from stacks.constructs import DigestKey
from tests.stacks.assembly import Assembly, Json, listed, resources
from tests.stacks.deployments import ACCOUNT, DEPLOYMENT, SIGNED, settings
from tests.stacks.promised import SIGNING
from tests.stacks.test_endpoint_policies import policy

HMAC = {"kms:MacAlgorithm": "HMAC_SHA_256"}
PROXIES = f"arn:aws:iam::{ACCOUNT}:role/cloister/Cloister/proxy/*"
AUDITORS = f"arn:aws:iam::{ACCOUNT}:role/cloister-auditors/Cloister/*"


@pytest.fixture
def team(pinned: Assembly) -> Json:
    return pinned.templates["Cloister-Team-atlas"]


def key(template: Json) -> tuple[str, Json]:
    keys = resources(template, "AWS::KMS::Key").items()
    ((name, found),) = [(name, made) for name, made in keys if made["KeyUsage"] == "GENERATE_VERIFY_MAC"]
    return name, found


def statements(template: Json, action: str, kinds: tuple[str, ...]) -> list[Json]:
    return [
        statement
        for kind in kinds
        for made in resources(template, kind).values()
        for document in [made["PolicyDocument"]]
        if "PolicyDocument" in made
        for statement in document["Statement"]
        if action in listed(statement["Action"])
    ]


def test_each_team_has_an_hmac_key_of_its_own_that_stays(team: Json) -> None:
    name, made = key(team)
    assert made["KeySpec"] == "HMAC_256"
    assert team["Resources"][name]["DeletionPolicy"] == "Retain", "records outlive the stack, and what confirms them"
    aliases = {alias["AliasName"] for alias in resources(team, "AWS::KMS::Alias").values()}
    assert aliases == {"alias/cloister/records/atlas", "alias/cloister/digests/atlas"}
    assert team["Outputs"]["DigestKeyArn"]["Value"] == {"Fn::GetAtt": [name, "Arn"]}


def test_nobody_but_proxies_and_auditors_uses_it_and_administrators_alone_manage(team: Json) -> None:
    _, made = key(team)
    managing, using, denial = made["KeyPolicy"]["Statement"]
    assert not {"kms:GenerateMac", "kms:VerifyMac"} & set(listed(managing["Action"]))
    assert (using["Action"], using["Condition"]) == ("kms:GenerateMac", {"StringEquals": HMAC})
    assert (denial["Effect"], denial["Principal"]) == ("Deny", {"AWS": "*"})
    assert denial["Action"] == ["kms:GenerateMac", "kms:VerifyMac"]
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [PROXIES, AUDITORS]}}


def test_a_key_without_administrators_serves_them_alone_too() -> None:
    stack = Stack(App(), "S")
    DigestKey(stack, "Key", alias="a", team="t", users=[PROXIES])
    (found,) = Template.from_stack(stack).find_resources("AWS::KMS::Key").values()
    open_, denial = found["Properties"]["KeyPolicy"]["Statement"]
    assert open_["Action"] == "kms:*"
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [PROXIES]}}


def test_the_proxy_uses_its_own_key_alone(team: Json) -> None:
    name, _ = key(team)
    found = statements(team, "kms:GenerateMac", ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"))
    allowed = [statement for statement in found if statement["Effect"] == "Allow"]
    assert len(allowed) == 2, "in its policy, and in its boundary"
    for statement in allowed:
        assert statement["Action"] == "kms:GenerateMac"
        assert statement["Resource"] == {"Fn::GetAtt": [name, "Arn"]}
        assert statement["Condition"] == {"StringEquals": HMAC}
    assert [statement["Sid"] for statement in found if statement["Effect"] == "Deny"]


def test_the_function_is_told_its_key(team: Json) -> None:
    name, _ = key(team)
    (function,) = (f for f in resources(team, "AWS::Lambda::Function").values() if "Proxy" in f["FunctionName"])
    told = json.dumps(function["Environment"]["Variables"]["CLOISTER_TEAM"])
    assert "digest_key" in told
    assert json.dumps({"Fn::GetAtt": [name, "Arn"]}) in told


def test_the_auditors_use_the_keys_of_digests_and_no_other(pinned: Assembly) -> None:
    roles = resources(pinned.templates["Cloister-Audit"], "AWS::IAM::Role").values()
    (role,) = [role for role in roles if role.get("Path") == "/cloister-auditors/Cloister/"]
    found = [
        statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if any(a.startswith(("kms:G", "kms:V")) and "Mac" in a for a in listed(statement["Action"]))
    ]
    (statement,) = found
    assert statement["Action"] == "kms:GenerateMac"
    assert statement["Condition"] == {
        "StringEquals": HMAC,
        "ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/cloister/digests/*"},
    }


def test_nobody_else_has_the_right_in_any_template(pinned: Assembly) -> None:
    """All of it is in the policies above: no other statement of any template says anything of it."""
    for name, template in pinned.templates.items():
        count = json.dumps(template).count("kms:GenerateMac")
        if "-Team-" in name:
            assert count == 6, "the key's policy twice, the proxy's policy and boundary, and their two denials"
        else:
            assert count == {"Cloister-Audit": 1, "Cloister-Network": 1}.get(name, 0), name


def test_signing_and_making_keys_of_digests_are_all_that_passes_the_endpoint(pinned: Assembly) -> None:
    signing, making = policy(pinned.templates["Cloister-Network"], SIGNING)
    assert signing["Action"] == "kms:Sign"
    assert (making["Effect"], making["Action"]) == ("Allow", "kms:GenerateMac")
    assert making["Resource"] == f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/*"
    assert making["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT, **HMAC},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
    }


def test_nothing_of_it_is_there_unless_it_is_asked_for(deployed: Assembly) -> None:
    for name, template in deployed.templates.items():
        # The auditors' role is without a key until a team has one.
        assert name == "Cloister-Audit" or "kms:GenerateMac" not in json.dumps(template)
        assert "digest_key" not in json.dumps(template)


def test_digests_without_signed_records_are_refused() -> None:
    with pytest.raises(ValidationError, match="set 'sign_records: true' too"):
        settings({"audit": {**DEPLOYMENT["audit"], "digest_requests": True}})
    settings({"audit": {**SIGNED["audit"], "digest_requests": True}})
