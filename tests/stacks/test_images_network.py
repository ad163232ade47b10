"""Buckets for images: one endpoint more, for the proxies alone, for reading the named buckets alone."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.kit import assemble
from stacks.policies.documents import all_documents
from tests.stacks.assembly import Assembly, Json, context, different, one, packages, resources
from tests.stacks.deployments import ACCOUNT, IMAGES, IMAGES_ELSEWHERE, MODES, settings
from tests.stacks.policies.attempts import NAMES, PROXY
from tests.stacks.policies.evaluate import Request, allowed, denials
from tests.stacks.test_dns import domains
from tests.stacks.test_endpoint_policies import PROXIES, policy
from tests.stacks.test_network import ACCOUNT as OPEN
from tests.stacks.test_network import group_name, rules, services
from tests.stacks.test_network_modes import SUBNETS

ENDPOINT = "AWS::EC2::VPCEndpoint"
READER = f"arn:aws:iam::{ACCOUNT}:role/cloister/Europe/proxy/atlas"


@pytest.fixture
def with_images(pictures: Assembly) -> Json:
    """Template of the network of a deployment that names buckets."""
    return pictures.templates["Cloister-Network"]


def endpoint(template: Json, service: str = "s3") -> Json:
    """The only endpoint for a service, in whatever Region."""
    found = [e for e in resources(template, ENDPOINT).values() if e["ServiceName"].rpartition(".")[2] == service]
    assert len(found) == 1
    return found[0]


def names(template: Json) -> list[str]:
    """Names of buckets that are resolved."""
    (allow,) = (found for found in domains(template).values() if found != ["*"])
    return [name for name in allow if ".s3." in name or name.startswith("s3.")]


def test_what_images_add_to_the_network(with_images: Json, network: Json, snapshot: SnapshotAssertion) -> None:
    assert different(with_images, network) == snapshot(extension_class=JSONSnapshotExtension)


def test_one_endpoint_and_one_way_to_it_are_all_that_is_added(with_images: Json, network: Json) -> None:
    assert services(with_images) == services(network) | {"s3"}
    assert not network["Resources"].keys() - with_images["Resources"].keys()
    assert {name.rstrip("0123456789ABCDEF")[:30] for name in different(with_images, network)} == {
        "S3Endpoint",
        "S3SecurityGroup",
        "S3SecurityGroupfromCloisterNet",
        "ProxiesGrouptoCloisterNetworkS",
        "DnsFirewallAllowed",
    }
    assert with_images["Outputs"].keys() - network["Outputs"].keys() == {"S3Endpoint"}
    (name,) = (n for n in resources(with_images, ENDPOINT) if n.startswith("S3"))
    assert with_images["Outputs"]["S3Endpoint"]["Value"] == {"Ref": name}


def test_private_dns_answers_the_vpc_itself_and_needs_no_gateway_endpoint(with_images: Json) -> None:
    """By default S3's private DNS is for queries from outside, and EC2 refuses it without a gateway endpoint."""
    assert endpoint(with_images)["VpcEndpointType"] == "Interface"
    assert endpoint(with_images)["PrivateDnsEnabled"] is True
    assert endpoint(with_images)["DnsOptions"] == {"PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers"}
    for name, found in resources(with_images, ENDPOINT).items():
        assert ("DnsOptions" in found) is name.startswith("S3"), "EC2 takes the option for no other service"


def test_reading_objects_of_the_named_buckets_is_all_that_passes(with_images: Json) -> None:
    (statement,) = policy(with_images, "s3")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "s3:GetObject"
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}/*" for bucket in ("acme-pictures", "scans", "unused")]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": OPEN, "aws:ResourceAccount": OPEN},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
    }


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({}, True),
        ({"action": "s3:PutObject"}, False),
        ({"action": "s3:GetObjectVersion"}, False),
        ({"action": "s3:ListBucket", "resource": "arn:aws:s3:::scans"}, False),
        ({"resource": "arn:aws:s3:::scans-2/cat.png"}, False),
        ({"resource": "arn:aws:s3:::elsewhere/scans/cat.png"}, False),
        ({"aws:ResourceAccount": "210987654321"}, False),
        ({"aws:ResourceAccount": None}, False),
        ({"aws:PrincipalAccount": "210987654321"}, False),
        ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/developer"}, False),
        ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/cloister/Europe/authorizer/atlas"}, False),
    ],
)
def test_what_passes_the_endpoint(change: dict[str, str | None], passes: bool, pictures_elsewhere: Assembly) -> None:
    statements = endpoint(pictures_elsewhere.templates["Europe-Network"])["PolicyDocument"]["Statement"]
    asked = {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::scans/cat.png",
        "aws:ResourceAccount": ACCOUNT,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": READER,
        **change,
    }
    keys = {key: value for key, value in asked.items() if key.startswith("aws:") and value is not None}
    assert allowed(statements, Request(str(asked["action"]), str(asked["resource"]), keys)) is passes


def test_the_proxies_alone_reach_it(with_images: Json) -> None:
    group, proxies = group_name(with_images, "S3"), group_name(with_images, "Proxies")
    (into,) = [rule for rule in rules(with_images, "Ingress") if rule["GroupId"]["Fn::GetAtt"][0] == group]
    assert into["SourceSecurityGroupId"]["Fn::GetAtt"][0] == proxies
    (out,) = [r for r in rules(with_images, "Egress") if r["DestinationSecurityGroupId"]["Fn::GetAtt"][0] == group]
    assert out["GroupId"]["Fn::GetAtt"][0] == proxies
    assert "SecurityGroupIngress" not in resources(with_images, "AWS::EC2::SecurityGroup")[group]
    assert endpoint(with_images)["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]


@pytest.mark.parametrize(
    ("where", "region", "buckets"),
    [
        ("pictures/Cloister", "us-east-1", ["acme-pictures", "scans", "unused"]),
        ("pictures_elsewhere/Existing", "us-east-1", ["acme-pictures", "scans", "unused"]),
        ("pictures_elsewhere/Hub", "us-east-1", ["acme-pictures", "scans", "unused"]),
        ("pictures_elsewhere/Europe", "eu-central-1", ["acme-pictures", "scans"]),
        ("pictures_elsewhere/Gov", "us-gov-west-1", ["acme-pictures", "scans"]),
    ],
)
def test_the_named_buckets_names_are_resolved_and_no_others(
    where: str, region: str, buckets: list[str], request: pytest.FixtureRequest, network: Json
) -> None:
    fixture, _, name = where.partition("/")
    template = request.getfixturevalue(fixture).templates[f"{name}-Network"]
    assert names(template) == [f"{bucket}.s3.{region}.amazonaws.com" for bucket in buckets]
    assert names(network) == []


@pytest.mark.parametrize(("name", "partition"), [("Europe", "aws"), ("Gov", "aws-us-gov")])
def test_other_regions_and_partitions(name: str, partition: str, pictures_elsewhere: Assembly) -> None:
    found = endpoint(pictures_elsewhere.templates[f"{name}-Network"])
    assert found["ServiceName"] == f"com.amazonaws.{IMAGES_ELSEWHERE[name]['region']}.s3"
    assert found["DnsOptions"] == {"PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers"}
    (statement,) = found["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [f"arn:{partition}:s3:::{bucket}/*" for bucket in ("acme-pictures", "scans")]
    for stack in ("Network", "Team-atlas"):
        text = json.dumps(pictures_elsewhere.templates[f"{name}-{stack}"])
        assert "us-east-1" not in text
        assert ("arn:aws:" in text) is (partition == "aws")


def test_it_stands_in_the_subnets_of_a_given_vpc(pictures_elsewhere: Assembly) -> None:
    existing = pictures_elsewhere.templates["Existing-Network"]
    assert services(existing) == {"execute-api", "bedrock-mantle", "bedrock-runtime", "sts", "s3"}
    assert endpoint(existing)["SubnetIds"] == SUBNETS
    assert endpoint(existing)["DnsOptions"] == {"PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers"}


def test_a_hubs_endpoint_is_reached_by_the_proxies_and_its_policy_said(
    pictures_elsewhere: Assembly, modes: Assembly
) -> None:
    hub, before = pictures_elsewhere.templates["Hub-Network"], modes.templates["Hub-Network"]
    assert services(hub) == set()
    added = hub["Resources"].keys() - before["Resources"].keys()
    (way,) = (hub["Resources"][name]["Properties"] for name in added)
    assert way["DestinationPrefixListId"] == "pl-0ffffffffffffffff"
    assert way["GroupId"]["Fn::GetAtt"][0] == group_name(hub, "Proxies")
    assert (way["IpProtocol"], way["FromPort"], way["ToPort"]) == ("tcp", 443, 443)
    said_before = {name for name in before["Outputs"] if name.startswith("HubPolicy")}
    assert {name for name in hub["Outputs"] if name.startswith("HubPolicy")} == said_before | {"HubPolicyS3"}
    said = json.loads(
        "".join(p if isinstance(p, str) else "<account>" for p in hub["Outputs"]["HubPolicyS3"]["Value"]["Fn::Join"][1])
    )["Statement"]
    existing = json.dumps(policy(pictures_elsewhere.templates["Existing-Network"], "s3"))
    here = existing.replace("Existing", "Hub").replace(json.dumps(OPEN), '"<account>"')
    assert said[0]["Condition"].pop("ArnLike")["aws:PrincipalArn"].endswith(":role/cloister/Hub/proxy/*")
    (expected,) = json.loads(here)
    expected["Condition"].pop("ArnLike")
    assert said == [expected], "what the endpoint has where it is made here"


def test_a_hub_without_the_endpoint_is_refused(tmp_path: Path) -> None:
    wrong = settings({"network": MODES["Hub"]["network"], **IMAGES})
    with pytest.raises(ValueError, match="the hub has no s3 endpoint: name it, 'sg-…' or 'pl-…'"):
        assemble(App(context=context()), replace(wrong, teams=()), packages(tmp_path))


def test_the_parts_are_those_of_a_network_without_images(pictures: Assembly, deployed: Assembly) -> None:
    """No gateway endpoint, no route, no hosted zone comes with it."""

    def kinds(assembly: Assembly) -> set[str]:
        return {r["Type"] for template in assembly.templates.values() for r in template["Resources"].values()}

    assert kinds(pictures) == kinds(deployed)
    assert one(pictures.templates["Cloister-Network"], "AWS::EC2::VPC")


@pytest.mark.parametrize("name", list(all_documents(NAMES)))
def test_the_organisations_documents_leave_reading_images_to_the_proxies(name: str) -> None:
    statements = json.loads(all_documents(NAMES)[name])["Statement"]
    context = {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false"}
    assert not denials(statements, Request("s3:GetObject", "arn:aws:s3:::acme-pictures/cat.png", context).by(PROXY))
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    assert not denials(statements, Request("kms:Decrypt", key, context).by(PROXY))
