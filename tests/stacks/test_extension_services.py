"""What the network opens to functions of the teams' own: each team's bucket and queue, for its own functions alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aws_cdk import App, Duration
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from review.assembly import Assembly as Reviewed
from review.deployment import Deployment
from review.finding import Status
from review.proof.claims.nothing_written import CLAIM
from review.rules.catalogue import by_id
from stacks.extension import TeamExtension
from stacks.extension_services import OpenedQueue
from stacks.kit import assemble
from stacks.settings import SettingsError, load
from tests.clone import copy_settings
from tests.stacks.assembly import Assembly, Json, context, different, packages, resources
from tests.stacks.deployments import ACCOUNT, OPENED, settings
from tests.stacks.policies.evaluate import Request, allowed
from tests.stacks.test_dns import domains
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
    """Template of the network of a deployment that opens two buckets and two queues."""
    return opened.templates["Cloister-Network"]


def test_no_team_is_changed_by_it(opened: Assembly, deployed: Assembly) -> None:
    assert [name for name in deployed.templates if opened.templates[name] != deployed.templates[name]] == [
        "Cloister-Network"
    ]


def test_s3_sqs_and_a_group_that_reaches_them_and_the_apis_are_all_that_is_added(
    network_opened: Json, network: Json
) -> None:
    assert services(network_opened) == services(network) | {"s3", "sqs"}
    assert not network["Resources"].keys() - network_opened["Resources"].keys()
    own = group_name(network_opened, "Extensions")
    ways = {
        rule["DestinationSecurityGroupId"]["Fn::GetAtt"][0]
        for rule in rules(network_opened, "Egress")
        if rule["GroupId"]["Fn::GetAtt"][0] == own
    }
    assert ways == {group_name(network_opened, name) for name in ("S3", "Sqs", "ExecuteApi")}
    assert not [rule for rule in rules(network_opened, "Ingress") if rule["GroupId"]["Fn::GetAtt"][0] == own]
    for name in ("S3", "Sqs"):
        into = [
            rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
            for rule in rules(network_opened, "Ingress")
            if rule["GroupId"]["Fn::GetAtt"][0] == group_name(network_opened, name)
        ]
        assert into == [own], "the proxies have no images here"
    (group,) = (found for name, found in resources(network_opened, "AWS::EC2::SecurityGroup").items() if name == own)
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]


def test_the_names_of_the_buckets_are_resolved_and_no_others_of_s3(network_opened: Json) -> None:
    assert names(network_opened) == [f"acme-{name}.s3.us-east-1.amazonaws.com" for name in ("drafts", "minutes")]
    found = {zone["Name"] for zone in resources(network_opened, "AWS::Route53::HostedZone").values()}
    zones = {f"acme-{name}.s3.us-east-1.amazonaws.com." for name in ("drafts", "minutes")}
    assert found == zones | {"sqs.us-east-1.amazonaws.com."}


def test_the_one_name_of_sqs_leads_to_the_endpoint_and_no_other_name_is_taken(
    network_opened: Json, network: Json
) -> None:
    def resolved(template: Json) -> set[str]:
        (allowed,) = (found for found in domains(template).values() if found != ["*"])
        return {name for name in allowed if ".s3." not in name}

    assert resolved(network_opened) - resolved(network) == {"sqs.us-east-1.amazonaws.com"}
    (endpoint,) = (
        id
        for id, made in resources(network_opened, "AWS::EC2::VPCEndpoint").items()
        if made["PrivateDnsEnabled"] is False and "sqs" in json.dumps(made["ServiceName"])
    )
    (zone,) = (
        id
        for id, made in resources(network_opened, "AWS::Route53::HostedZone").items()
        if made["Name"].startswith("sqs.")
    )
    records = resources(network_opened, "AWS::Route53::RecordSet").values()
    (record,) = (record for record in records if record["HostedZoneId"] == {"Ref": zone})
    assert endpoint in json.dumps(record["AliasTarget"])


def test_in_a_vpc_of_others_nobodys_sqs_is_taken(opened_elsewhere: Assembly) -> None:
    template = opened_elsewhere.templates["Existing-Network"]
    assert "sqs" in services(template)
    assert not [zone for zone in resources(template, "AWS::Route53::HostedZone").values() if "sqs" in zone["Name"]]
    (allowed,) = (found for found in domains(template).values() if found != ["*"])
    assert "sqs.us-east-1.amazonaws.com" not in allowed, "who else asks for it is not led to this endpoint"
    assert [name for name in allowed if "DnsEntries" in json.dumps(name)] == [template["Outputs"]["SqsHost"]["Value"]]


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
    asked = {"action": "s3:GetObject", "resource": "arn:aws:s3:::acme-minutes/incoming/a", **change}
    assert passing(policy(network_opened, "s3"), asked) is passes


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({}, True),
        ({"action": "sqs:ReceiveMessage"}, True),
        ({"action": "sqs:DeleteMessage"}, True),
        ({"action": "sqs:PurgeQueue"}, False),
        ({"action": "sqs:SetQueueAttributes"}, False),
        ({"action": "sqs:AddPermission"}, False),
        ({"action": "sqs:CreateQueue"}, False),
        ({"action": "sqs:ListQueues", "resource": "*"}, False),
        ({"resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:atlas-jobs"}, False),
        ({"resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs-too"}, False),
        ({"resource": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:beacon-jobs"}, False),
        ({"resource": "arn:aws:sqs:us-east-1:210987654321:beacon-jobs"}, False),
        ({"aws:ResourceAccount": "210987654321"}, False),
        ({"aws:PrincipalAccount": "210987654321"}, False),
        ({"aws:PrincipalArn": OWN.replace("beacon", "atlas")}, False),
        ({"aws:PrincipalArn": OWN.replace("extension/beacon", "proxy")}, False),
        ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/developer"}, False),
    ],
)
def test_what_passes_the_endpoint_of_queues(change: dict[str, str | None], passes: bool, network_opened: Json) -> None:
    asked = {"action": "sqs:SendMessage", "resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", **change}
    assert passing(policy(network_opened, "sqs"), asked) is passes


def passing(written: Json, change: dict[str, str | None]) -> bool:
    """Whether a request of a function of team beacon's, changed so, passes a policy."""
    asked = {
        "aws:ResourceAccount": ACCOUNT,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": OWN,
        **change,
    }
    keys = {key: value for key, value in asked.items() if key.startswith("aws:") and value is not None}
    return allowed(plain(written), Request(str(asked["action"]), str(asked["resource"]), keys))


def reviewed(assembly: Assembly | Reviewed, name: str, team: str, action: str, resource: str) -> Status:
    """What the claim on changes says when a function of a team's own may do something."""
    return CLAIM.prove(deployment(assembly, name, team, action, resource)).status


def deployment(assembly: Assembly | Reviewed, name: str, team: str, action: str, resource: str) -> Deployment:
    """A deployment with a role of a team's own that may do something."""
    read = assembly if isinstance(assembly, Reviewed) else Reviewed.read(assembly.folder)
    principal = {"Service": "lambda.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    right = {"Effect": "Allow", "Action": action, "Resource": {"Fn::Sub": resource}}
    role = {
        "Path": f"/cloister/{name}/extension/{team}/",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [right]}}],
    }
    (network,) = (template for template in read.templates if template.stack == f"{name}-Network")
    network.body["Resources"]["Own"] = {"Type": "AWS::IAM::Role", "Properties": role}
    return Deployment(Reviewed(read.templates))


@pytest.mark.parametrize(
    ("team", "action", "resource", "passes"),
    [
        ("beacon", "s3:PutObject", "arn:aws:s3:::acme-minutes/summaries/*", True),
        ("beacon", "s3:PutObject", "arn:aws:s3:::acme-drafts/summaries/*", False),
        ("beacon", "s3:DeleteObject", "arn:aws:s3:::acme-minutes/summaries/*", False),
        ("beacon", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", True),
        ("beacon", "sqs:DeleteMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", True),
        ("atlas", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", False),
        ("beacon", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-*", False),
        ("beacon", "sqs:SendMessage", "arn:aws:sqs:us-east-1:210987654321:beacon-jobs", False),
        ("beacon", "sqs:PurgeQueue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", False),
    ],
)
def test_the_review_lets_a_function_change_what_is_opened_to_its_team_and_nothing_else(
    team: str, action: str, resource: str, passes: bool, opened: Assembly
) -> None:
    found = reviewed(opened, "Cloister", team, action, resource.replace(ACCOUNT, "${AWS::AccountId}"))
    assert found is (Status.PASS if passes else Status.FAIL)


@pytest.mark.parametrize(
    ("team", "action", "resource", "passes"),
    [
        ("beacon", "sqs:ReceiveMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", True),
        ("atlas", "sqs:ReceiveMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:beacon-jobs", False),
        ("beacon", "sqs:ReceiveMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:*", False),
        ("beacon", "sqs:Receive*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:others", False),
        ("beacon", "s3:GetObject", "arn:aws:s3:::acme-minutes/incoming/*", True),
        ("beacon", "s3:GetObject", "arn:aws:s3:::*/incoming/*", False),
        ("beacon", "logs:GetLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:Cloister-*", False),
    ],
)
def test_the_review_lets_a_function_read_what_is_opened_to_its_team_and_nothing_of_another_stack(
    team: str, action: str, resource: str, passes: bool, opened: Assembly
) -> None:
    made = deployment(opened, "Cloister", team, action, resource.replace(ACCOUNT, "${AWS::AccountId}"))
    found = {r.where: r.status for r in by_id()["data-is-read-by-its-own"].results(made)}
    assert found["Cloister-Network/Own"] is (Status.PASS if passes else Status.FAIL)


class Asking(TeamExtension):
    """Asks for the bucket that is opened to team beacon."""

    def extend(self) -> None:
        self.service("s3", bucket="acme-minutes")


class AskingForAQueue(TeamExtension):
    """Asks for the queue that is opened to team beacon, as one that is there already."""

    def extend(self) -> None:
        self.service("sqs", queue="beacon-jobs")


class MakingAQueue(TeamExtension):
    """Makes a queue that is opened to nobody."""

    def extend(self) -> None:
        self.queue("others", hidden=Duration.minutes(1))


class Guessing(TeamExtension):
    """Asks for a service that the network does not open."""

    def extend(self) -> None:
        self.service("sns", queue="beacon-jobs")  # type: ignore[call-overload]


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


@pytest.mark.parametrize("host", [None, "vpce-1.sqs.us-east-1.vpce.amazonaws.com"])
def test_a_queue_is_named_by_its_own_url_whatever_sqs_is_called_by(host: str | None) -> None:
    network = SimpleNamespace(host=lambda service: host if service == "sqs" else "another")
    stack: Any = SimpleNamespace(region="us-east-1", account=ACCOUNT, platform=SimpleNamespace(network=network))
    queue = OpenedQueue("beacon-jobs", stack)
    assert queue.endpoint == f"https://{host or 'sqs.us-east-1.amazonaws.com'}"
    assert queue.url == f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/beacon-jobs"
    with pytest.raises(ValueError, match="is not made here"):
        _ = queue.aside


@pytest.mark.parametrize(
    ("extension", "changes", "said"),
    [
        (Asking, {}, "add '- {bucket: acme-minutes, team: atlas}' below 'extensions:' in cloister.yaml"),
        (Asking, OPENED, "add '- {bucket: acme-minutes, team: atlas}' below 'extensions:' in cloister.yaml"),
        (AskingForAQueue, OPENED, "add '- {queue: beacon-jobs, team: atlas}' below 'extensions:' in cloister.yaml"),
        (MakingAQueue, OPENED, "add '- {queue: others, team: atlas}' below 'extensions:' in cloister.yaml"),
        (Guessing, OPENED, "found the service 'sns'; the network opens 's3' with a bucket, and 'sqs' with a queue"),
        (Running, {}, "the network is closed to functions of the teams' own: add a bucket or a queue below"),
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
            "needs up to 10 buckets and queues, each once",
        ),
        ("extensions: [{queue: jobs, team: nobody}]\n", "found 'nobody'"),
        ("extensions: [{queue: jobs.fifo, team: atlas}]\n", "needs up to 80 letters, digits, '-' and '_'"),
        ("extensions: [{team: atlas}]\n", "found neither of them"),
        ("extensions: [{bucket: scans, queue: jobs, team: atlas}]\n", "needs either 'bucket' or 'queue'"),
    ],
)
def test_what_cannot_be_opened_is_a_mistake(more: str, said: str, tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    deployment = folder / "cloister.yaml"
    deployment.write_text(deployment.read_text() + more)
    with pytest.raises(SettingsError) as refused:
        load(folder)
    assert said in str(refused.value)


def test_what_is_different_is_of_the_network_alone(
    network_opened: Json, network: Json, snapshot: SnapshotAssertion
) -> None:
    assert different(network_opened, network) == snapshot(extension_class=JSONSnapshotExtension)
    kinds = {network_opened["Resources"][name]["Type"] for name in different(network_opened, network)}
    assert kinds == {
        *(f"AWS::EC2::{kind}" for kind in ("SecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress")),
        *("AWS::EC2::VPCEndpoint", "AWS::Route53::HostedZone", "AWS::Route53::RecordSet"),
        *(f"AWS::Route53Resolver::Firewall{kind}" for kind in ("DomainList", "RuleGroupAssociation")),
    }
