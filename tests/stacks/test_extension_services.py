"""What the network opens to functions of the teams' own: each team's bucket, for its own functions alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App, Duration

from stacks.extension import TeamExtension
from stacks.kit import assemble
from stacks.settings import SettingsError, load
from tests.clone import copy_settings
from tests.stacks.assembly import Assembly, Json, context, different, packages, resources
from tests.stacks.deployments import ACCOUNT, OPENED, settings
from tests.stacks.policies.evaluate import Request, allowed
from tests.stacks.test_endpoint_policies import policy
from tests.stacks.test_images_network import names
from tests.stacks.test_network import group_name, rules, services

OWN = f"arn:aws:iam::{ACCOUNT}:role/cloister/Cloister/extension/beacon/Cloister-Team-beacon-Role-X"


def plain(value: Json) -> Json:
    """A value of a template with the account in it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": "AWS::AccountId"}:
        return ACCOUNT
    return "".join(plain(value["Fn::Join"][1])) if "Fn::Join" in value else {k: plain(v) for k, v in value.items()}


@pytest.fixture
def network_opened(opened: Assembly) -> Json:
    """Template of the network of a deployment that opens two buckets."""
    return opened.templates["Cloister-Network"]


def test_no_team_is_changed_by_it(opened: Assembly, deployed: Assembly) -> None:
    assert [name for name in deployed.templates if opened.templates[name] != deployed.templates[name]] == [
        "Cloister-Network"
    ]


def test_s3_and_a_group_that_reaches_it_and_the_apis_are_all_that_is_added(network_opened: Json, network: Json) -> None:
    assert services(network_opened) == services(network) | {"s3"}
    assert not network["Resources"].keys() - network_opened["Resources"].keys()
    own = group_name(network_opened, "Extensions")
    ways = {
        rule["DestinationSecurityGroupId"]["Fn::GetAtt"][0]
        for rule in rules(network_opened, "Egress")
        if rule["GroupId"]["Fn::GetAtt"][0] == own
    }
    assert ways == {group_name(network_opened, "S3"), group_name(network_opened, "ExecuteApi")}
    assert not [rule for rule in rules(network_opened, "Ingress") if rule["GroupId"]["Fn::GetAtt"][0] == own]
    into = [
        rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for rule in rules(network_opened, "Ingress")
        if rule["GroupId"]["Fn::GetAtt"][0] == group_name(network_opened, "S3")
    ]
    assert into == [own], "the proxies have no images here"
    (group,) = (found for name, found in resources(network_opened, "AWS::EC2::SecurityGroup").items() if name == own)
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]


def test_the_names_of_the_buckets_are_resolved_and_no_others_of_s3(network_opened: Json) -> None:
    assert names(network_opened) == [f"acme-{name}.s3.us-east-1.amazonaws.com" for name in ("drafts", "minutes")]
    zones = {zone["Name"] for zone in resources(network_opened, "AWS::Route53::HostedZone").values()}
    assert zones == {f"acme-{name}.s3.us-east-1.amazonaws.com." for name in ("drafts", "minutes")}


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({}, True),
        ({"action": "s3:PutObject"}, True),
        ({"action": "s3:ListBucket", "resource": "arn:aws:s3:::acme-minutes"}, True),
        ({"action": "s3:DeleteObject"}, False),
        ({"action": "s3:PutObjectAcl"}, False),
        ({"action": "s3:PutBucketPolicy", "resource": "arn:aws:s3:::acme-minutes"}, False),
        ({"resource": "arn:aws:s3:::acme-drafts/incoming/a"}, False),
        ({"resource": "arn:aws:s3:::elsewhere/acme-minutes/a"}, False),
        ({"aws:ResourceAccount": "210987654321"}, False),
        ({"aws:ResourceAccount": None}, False),
        ({"aws:PrincipalAccount": "210987654321"}, False),
        ({"aws:PrincipalArn": OWN.replace("beacon", "atlas")}, False),
        ({"aws:PrincipalArn": OWN.replace("extension/beacon", "proxy")}, False),
        ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/developer"}, False),
    ],
)
def test_what_passes_the_endpoint(change: dict[str, str | None], passes: bool, network_opened: Json) -> None:
    statements = plain(policy(network_opened, "s3"))
    asked = {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::acme-minutes/incoming/a",
        "aws:ResourceAccount": ACCOUNT,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": OWN,
        **change,
    }
    keys = {key: value for key, value in asked.items() if key.startswith("aws:") and value is not None}
    assert allowed(statements, Request(str(asked["action"]), str(asked["resource"]), keys)) is passes


class Asking(TeamExtension):
    """Asks for the bucket that is opened to team beacon."""

    def extend(self) -> None:
        self.service("s3", bucket="acme-minutes")


class Running(TeamExtension):
    """Makes a function that may do nothing."""

    def extend(self) -> None:
        self.function(
            "Idle",
            code=str(Path(__file__).parent),
            handler="a.b",
            rights=[],
            environment={},
            timeout=Duration.minutes(1),
        )


@pytest.mark.parametrize(
    ("extension", "changes", "said"),
    [
        (Asking, {}, "add '- {bucket: acme-minutes, team: atlas}' below 'extensions:' in cloister.yaml"),
        (Asking, OPENED, "add '- {bucket: acme-minutes, team: atlas}' below 'extensions:' in cloister.yaml"),
        (Running, {}, "the network is closed to functions of the teams' own: add a bucket below 'extensions:'"),
    ],
)
def test_a_refusal_says_the_setting_to_add(
    extension: type[TeamExtension], changes: Json, said: str, tmp_path: Path
) -> None:
    whole = settings(changes)
    with pytest.raises(ValueError) as refused:
        assemble(
            App(context=context()),
            replace(whole, teams=whole.teams[:1]),
            packages(tmp_path),
            extensions={"atlas": extension},
        )
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("extensions: [{bucket: acme-minutes, team: nobody}]\n", "found 'nobody'"),
        ("extensions: [{bucket: cloister-audit-x, team: atlas}]\n", "named as the deployment's own evidence is"),
        ("extensions: [{bucket: scans, team: atlas}]\nimages: [{bucket: scans}]\n", "which 'images' names too"),
        (
            "extensions: [{bucket: scans, team: atlas}, {bucket: scans, team: beacon}]\n",
            "needs up to 10 buckets, each once",
        ),
    ],
)
def test_a_bucket_that_cannot_be_opened_is_a_mistake(more: str, said: str, tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    deployment = folder / "cloister.yaml"
    deployment.write_text(deployment.read_text() + more)
    with pytest.raises(SettingsError) as refused:
        load(folder)
    assert said in str(refused.value)


def test_a_hubs_network_is_not_opened(tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    deployment = folder / "cloister.yaml"
    deployment.write_text(
        deployment.read_text().replace("network:\n", "network:\n  mode: hub\n")
        + "extensions: [{bucket: scans, team: atlas}]\n"
    )
    with pytest.raises(SettingsError, match="found buckets, and the endpoints are a hub's"):
        load(folder)


def test_what_is_different_is_of_the_network_alone(network_opened: Json, network: Json) -> None:
    kinds = {network_opened["Resources"][name]["Type"] for name in different(network_opened, network)}
    assert kinds == {
        *(f"AWS::EC2::{kind}" for kind in ("SecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress")),
        *("AWS::EC2::VPCEndpoint", "AWS::Route53::HostedZone", "AWS::Route53::RecordSet"),
        *(f"AWS::Route53Resolver::Firewall{kind}" for kind in ("DomainList", "RuleGroupAssociation")),
    }
