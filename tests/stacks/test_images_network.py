"""Buckets for images: one endpoint more, for the proxies alone, for reading the named buckets alone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.kit import assemble
from stacks.policies.documents import all_documents
from stacks.services import SERVICES
from tests.stacks.assembly import Assembly, Json, context, different, one, packages, resources
from tests.stacks.deployments import ACCOUNT, IMAGES, IMAGES_ELSEWHERE, MODES, settings
from tests.stacks.policies.attempts import NAMES, PROXY
from tests.stacks.policies.evaluate import Request, allowed, denials
from tests.stacks.promised import INTERFACES
from tests.stacks.test_dns import PARTS, domains
from tests.stacks.test_endpoint_policies import PROXIES, policy
from tests.stacks.test_network import ACCOUNT as OPEN
from tests.stacks.test_network import group_name, interfaces, rules, service_of, services
from tests.stacks.test_network_modes import SUBNETS

ENDPOINT = "AWS::EC2::VPCEndpoint"
ZONE, RECORD = "AWS::Route53::HostedZone", "AWS::Route53::RecordSet"
#: Every deployment that makes an endpoint for S3, with its Region and its buckets.
MADE: Mapping[str, tuple[str, list[str]]] = {
    "pictures/Cloister": ("us-east-1", ["acme-pictures", "scans", "unused"]),
    "pictures_elsewhere/Existing": ("us-east-1", ["acme-pictures", "scans", "unused"]),
    "pictures_elsewhere/Development": ("us-east-1", ["acme-pictures", "scans", "unused"]),
    "pictures_elsewhere/Europe": ("eu-central-1", ["acme-pictures", "scans"]),
    "pictures_elsewhere/Gov": ("us-gov-west-1", ["acme-pictures", "scans"]),
}
#: Services that the kit takes no name of for the whole VPC: each has zones of its own for what is called.
OWN_NAMES = {service.name for service in SERVICES if not service.private_dns}
READER = f"arn:aws:iam::{ACCOUNT}:role/cloister/Europe/proxy/atlas"


@pytest.fixture
def with_images(pictures: Assembly) -> Json:
    """Template of the network of a deployment that names buckets."""
    return pictures.templates["Cloister-Network"]


def endpoint(template: Json, service: str = "s3") -> Json:
    """The only endpoint for a service, in whatever Region."""
    found = [e for e in resources(template, ENDPOINT).values() if service_of(e) == service]
    assert len(found) == 1
    return found[0]


def found_in(where: str, request: pytest.FixtureRequest) -> Json:
    """Template of the network of a deployment, by its fixture and its name."""
    fixture, _, name = where.partition("/")
    return request.getfixturevalue(fixture).templates[f"{name}-Network"]


def of_buckets(template: Json) -> Mapping[str, Json]:
    """Zones of S3's names; other services are called by a name in a zone as well."""
    return {name: zone for name, zone in resources(template, ZONE).items() if ".s3." in zone["Name"]}


def sorted_by_name(made: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """Resources with a name in DNS, in the order of those names."""
    return sorted(made.items(), key=lambda item: str(item[1]["Name"]))


def names(template: Json) -> list[str]:
    """Names of buckets that are resolved."""
    (allow,) = (found for found in domains(template).values() if found != ["*"])
    return [name for name in allow if ".s3." in name or name.startswith("s3.")]


def test_what_images_add_to_the_network(with_images: Json, network: Json, snapshot: SnapshotAssertion) -> None:
    assert different(with_images, network) == snapshot(extension_class=JSONSnapshotExtension)


def test_one_endpoint_and_one_way_to_it_are_all_that_is_added(with_images: Json, network: Json) -> None:
    assert services(with_images) == services(network) | {"s3"}
    assert not network["Resources"].keys() - with_images["Resources"].keys()
    assert (
        {name.rstrip("0123456789ABCDEF")[:30] for name in different(with_images, network)}
        == {
            "S3Endpoint",
            "S3SecurityGroup",
            "S3SecurityGroupfromCloisterNet",
            "ProxiesGrouptoCloisterNetworkS",
            "DnsFirewallAllowed",
            "DnsFirewallAssociation",  # which waits for everything
            *(f"BucketNames{bucket}" for bucket in ("acmepictures", "scans", "unused")),
            *(f"BucketNames{bucket}Alias"[:30] for bucket in ("acmepictures", "scans", "unused")),
        }
    )
    assert with_images["Outputs"].keys() - network["Outputs"].keys() == {"S3Endpoint"}
    (name,) = (n for n in resources(with_images, ENDPOINT) if n.startswith("S3"))
    assert with_images["Outputs"]["S3Endpoint"]["Value"] == {"Ref": name}


@pytest.mark.parametrize("where", MADE)
def test_no_name_of_s3_is_taken_by_the_endpoint_itself(where: str, request: pytest.FixtureRequest) -> None:
    """Private DNS of S3 is one zone for all buckets of the Region, in the whole VPC."""
    template = found_in(where, request)
    for made in interfaces(template):
        assert made["PrivateDnsEnabled"] is (service_of(made) not in OWN_NAMES)
        assert "DnsOptions" not in made


@pytest.mark.parametrize(("where", "region", "buckets"), [(where, *named) for where, named in MADE.items()])
def test_each_named_bucket_has_a_zone_of_its_own_and_no_other_name_has(
    where: str, region: str, buckets: list[str], request: pytest.FixtureRequest
) -> None:
    template = found_in(where, request)
    vpc = {"VPCId": template["Outputs"]["VpcId"]["Value"], "VPCRegion": region}
    zones = of_buckets(template)
    assert sorted(zone["Name"] for zone in zones.values()) == [f"{b}.s3.{region}.amazonaws.com." for b in buckets]
    assert all(zone["VPCs"] == [vpc] for zone in zones.values()), "without a VPC the zone would be public"
    assert names(template) == [zone["Name"].removesuffix(".") for _, zone in sorted_by_name(zones)]


@pytest.mark.parametrize("where", MADE)
def test_each_zone_answers_for_its_apex_with_this_endpoint_and_for_nothing_else(
    where: str, request: pytest.FixtureRequest
) -> None:
    template = found_in(where, request)
    zones = of_buckets(template)
    records = {name: made for name, made in resources(template, RECORD).items() if made["HostedZoneId"]["Ref"] in zones}
    (own,) = (name for name, made in resources(template, ENDPOINT).items() if made == endpoint(template))
    entry = {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": [own, "DnsEntries"]}]}]}
    alias = {"HostedZoneId": {"Fn::Select": [0, entry]}, "DNSName": {"Fn::Select": [1, entry]}}
    assert sorted_by_name(records) == sorted_by_name(
        {
            name: {"HostedZoneId": {"Ref": zone}, "Name": made["Name"], "Type": "A", "AliasTarget": alias}
            for zone, made in zones.items()
            for name, record in records.items()
            if record["HostedZoneId"] == {"Ref": zone}
        }
    )
    assert len(records) == len(zones), "one record in each"


def test_the_resolver_forwards_nothing_with_images_either(with_images: Json) -> None:
    used = {r["Type"] for r in with_images["Resources"].values() if r["Type"].startswith("AWS::Route53")}
    assert used == PARTS | {ZONE, RECORD}


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
    to_groups = [rule for rule in rules(with_images, "Egress") if "DestinationSecurityGroupId" in rule]
    (out,) = [rule for rule in to_groups if rule["DestinationSecurityGroupId"]["Fn::GetAtt"][0] == group]
    assert out["GroupId"]["Fn::GetAtt"][0] == proxies
    assert "SecurityGroupIngress" not in resources(with_images, "AWS::EC2::SecurityGroup")[group]
    assert endpoint(with_images)["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]


@pytest.mark.parametrize(
    ("where", "region", "buckets"),
    [
        *((where, *named) for where, named in MADE.items()),
        ("pictures_elsewhere/Hub", "us-east-1", ["acme-pictures", "scans", "unused"]),
    ],
)
def test_the_named_buckets_names_are_resolved_and_no_others(
    where: str, region: str, buckets: list[str], request: pytest.FixtureRequest, network: Json
) -> None:
    template = found_in(where, request)
    assert names(template) == [f"{bucket}.s3.{region}.amazonaws.com" for bucket in buckets]
    assert names(network) == []


@pytest.mark.parametrize(("name", "partition"), [("Europe", "aws"), ("Gov", "aws-us-gov")])
def test_other_regions_and_partitions(name: str, partition: str, pictures_elsewhere: Assembly) -> None:
    found = endpoint(pictures_elsewhere.templates[f"{name}-Network"])
    assert found["ServiceName"] == f"com.amazonaws.{IMAGES_ELSEWHERE[name]['region']}.s3"
    (statement,) = found["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [f"arn:{partition}:s3:::{bucket}/*" for bucket in ("acme-pictures", "scans")]
    for stack in ("Network", "Team-atlas"):
        text = json.dumps(pictures_elsewhere.templates[f"{name}-{stack}"])
        assert "us-east-1" not in text
        assert ("arn:aws:" in text) is (partition == "aws")


def test_it_stands_in_the_subnets_of_a_given_vpc(pictures_elsewhere: Assembly) -> None:
    existing = pictures_elsewhere.templates["Existing-Network"]
    assert services(existing) == set(INTERFACES) | {"s3"}
    assert endpoint(existing)["SubnetIds"] == SUBNETS


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
    with pytest.raises(ValueError, match=r"network\.endpoints\.s3 is missing: name it, 'sg-…' or 'pl-…'"):
        assemble(App(context=context()), replace(wrong, teams=()), packages(tmp_path))


def test_the_buckets_names_are_the_only_new_kind_of_part(
    pictures: Assembly, deployed: Assembly, pictures_elsewhere: Assembly, modes: Assembly, pinned: Assembly
) -> None:
    """No gateway endpoint and no route comes with images; no zone is made without them, or where a hub has it."""

    def kinds(*templates: Json) -> set[str]:
        return {r["Type"] for template in templates for r in template["Resources"].values()}

    for template in (*deployed.templates.values(), *modes.templates.values(), *pinned.templates.values()):
        assert not of_buckets(template)
    assert kinds(*pictures.templates.values()) == kinds(*deployed.templates.values()) | {ZONE, RECORD}
    assert kinds(pictures_elsewhere.templates["Hub-Network"]) == kinds(modes.templates["Hub-Network"])
    assert one(pictures.templates["Cloister-Network"], "AWS::EC2::VPC")


@pytest.mark.parametrize("name", list(all_documents(NAMES)))
def test_the_organisations_documents_leave_reading_images_to_the_proxies(name: str) -> None:
    statements = json.loads(all_documents(NAMES)[name])["Statement"]
    context = {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false"}
    assert not denials(statements, Request("s3:GetObject", "arn:aws:s3:::acme-pictures/cat.png", context).by(PROXY))
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    assert not denials(statements, Request("kms:Decrypt", key, context).by(PROXY))
