"""A team's images: its proxy reads below its own places, with the keys of their buckets through S3, and knows them."""

import json
from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lambdas.proxy.core.team import Team as Proxied
from stacks.kit import assemble
from tests.stacks.assembly import Assembly, Json, context, different, normalise, packages, team_document
from tests.stacks.deployments import ACCOUNT, IMAGES, settings
from tests.stacks.policies.evaluate import Request, allowed
from tests.stacks.test_team import function, logical_id

KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
READING = {"ReadImages", "S3DecryptsTheImages"}
DENIED = {f"{sid}FromItsFunctionOnly" for sid in READING}
#: Characters of a managed policy, without white space
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
LIMIT = 6144


def policies(template: Json) -> list[list[Json]]:
    """Statements of the proxy's policy, and of its boundary."""
    return [
        template["Resources"][logical_id(template, kind, "ProxyRole")]["Properties"]["PolicyDocument"]["Statement"]
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    ]


@pytest.fixture
def team(pictures: Assembly) -> Json:
    """Template of a team with images."""
    return pictures.templates["Cloister-Team-atlas"]


def test_what_images_change_of_a_team(team: Json, deployed: Assembly, snapshot: SnapshotAssertion) -> None:
    changed = different(team, deployed.templates["Cloister-Team-atlas"])
    assert changed == snapshot(extension_class=JSONSnapshotExtension)


def test_the_proxy_reads_below_its_own_places_and_has_s3_decrypt(team: Json) -> None:
    for statements in policies(team):
        found = {s["Sid"]: s for s in statements}
        assert found["ReadImages"] == {
            "Sid": "ReadImages",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::acme-pictures/atlas/2026/*", "arn:aws:s3:::scans/*"],
            "Condition": {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}},
        }
        assert found["S3DecryptsTheImages"] == {
            "Sid": "S3DecryptsTheImages",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        }


def test_nothing_else_of_the_team_is_changed(team: Json, deployed: Assembly) -> None:
    before = deployed.templates["Cloister-Team-atlas"]
    for statements, others in zip(policies(team), policies(before), strict=True):
        assert [s for s in statements if s["Sid"] not in READING | DENIED] == others
        assert {s["Sid"] for s in statements} - {s["Sid"] for s in others} == READING | DENIED
    document, _ = team_document(function(team, "Proxy"))
    former, _ = team_document(function(before, "Proxy"))
    assert document == {**former, "images": ["acme-pictures/atlas/2026/", "scans"]}
    # As the proxy reads it.
    read = Proxied({"CLOISTER_TEAM": json.dumps(document), "AWS_REGION": "us-east-1"})
    assert read.images == (("acme-pictures", "atlas/2026/"), ("scans", ""))
    changed = different(team, before)
    assert {r["Type"] for r in changed.values()} == {
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::Function",
    }
    assert all(name.startswith("Proxy") for name in changed)
    assert team["Resources"].keys() == before["Resources"].keys()


def test_a_team_that_names_no_images_is_as_it_was(pictures: Assembly, deployed: Assembly) -> None:
    name = "Cloister-Team-beacon"
    assert normalise(pictures.templates[name]) == normalise(deployed.templates[name])
    assert "s3:" not in json.dumps(policies(pictures.templates[name]))


@pytest.mark.parametrize(
    ("resource", "reads"),
    [
        ("acme-pictures/atlas/2026/cat.png", True),
        ("acme-pictures/atlas/2026/cats/1.png", True),
        ("scans/any/1.png", True),
        ("acme-pictures/atlas/2026", False),
        ("acme-pictures/atlas/2026-private/cat.png", False),
        ("acme-pictures/beacon/cat.png", False),
        ("acme-pictures", False),
        ("scans-2/1.png", False),
        ("unused/1.png", False),
    ],
)
def test_what_the_proxy_reads(resource: str, reads: bool, pictures_elsewhere: Assembly) -> None:
    key = KEY.replace("us-east-1", "eu-central-1")
    own = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:Europe-Team-atlas-Proxy"
    for document in policies(pictures_elsewhere.templates["Europe-Team-atlas"]):
        statements = [s for s in document if s["Sid"] in READING | DENIED]
        assert len(statements) == 4
        here = {"aws:ResourceAccount": ACCOUNT, "lambda:SourceFunctionArn": own}
        arn = f"arn:aws:s3:::{resource}"
        assert allowed(statements, Request("s3:GetObject", arn, here)) is reads
        assert not allowed(statements, Request("s3:GetObject", arn, {**here, "aws:ResourceAccount": "1"}))
        assert not allowed(statements, Request("s3:GetObject", arn, {"lambda:SourceFunctionArn": own}))
        assert not allowed(statements, Request("s3:GetObject", arn, {**here, "lambda:SourceFunctionArn": f"{own}-2"}))
        for action in ("PutObject", "DeleteObject", "ListBucket", "GetObjectVersion", "GetObjectAcl"):
            assert not allowed(statements, Request(f"s3:{action}", arn, here))
        through = {**here, "kms:ViaService": "s3.eu-central-1.amazonaws.com"}
        assert allowed(statements, Request("kms:Decrypt", key, through))
        assert not allowed(statements, Request("kms:Decrypt", key, here))
        assert not allowed(statements, Request("kms:Decrypt", key[:-1] + "6", through))
        assert not allowed(statements, Request("kms:GenerateDataKey", key, through))


def test_govcloud(pictures_elsewhere: Assembly) -> None:
    for document in policies(pictures_elsewhere.templates["Gov-Team-atlas"]):
        found = {s["Sid"]: s for s in document}
        assert found["ReadImages"]["Resource"] == [
            "arn:aws-us-gov:s3:::acme-pictures/atlas/2026/*",
            "arn:aws-us-gov:s3:::scans/*",
        ]
        decrypt = found["S3DecryptsTheImages"]
        assert decrypt["Resource"].startswith("arn:aws-us-gov:kms:us-gov-west-1:")
        assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-gov-west-1.amazonaws.com"}}


def test_no_key_is_named_that_no_bucket_of_the_team_has(tmp_path: Path) -> None:
    kit = assemble(App(context=context()), settings(IMAGES, {"images": ["scans"]}), packages(tmp_path))
    for document in policies(Template.from_stack(kit.teams["atlas"]).to_json()):
        assert {s["Sid"] for s in document} & (READING | DENIED) == {"ReadImages", "ReadImagesFromItsFunctionOnly"}


def test_the_most_that_a_team_may_name_fits_into_its_boundary(tmp_path: Path) -> None:
    keys = [f"arn:aws-us-gov:kms:us-gov-west-1:{ACCOUNT}:key/{n}1111111-2222-3333-4444-555555555555" for n in range(10)]
    most = {
        "name": "A" * 20,
        "region": "us-gov-west-1",
        "account": ACCOUNT,
        "network": {"cidr": "10.80.0.0/20", "zones": ["us-gov-west-1a", "us-gov-west-1b"]},
        "images": [{"bucket": f"{n}{'b' * 62}", "key": key} for n, key in enumerate(keys)],
    }
    places = [f"{n}{'b' * 62}/{'p' * 63}/" for n in range(10)]
    assert {len(place) for place in places} == {128}
    kit = assemble(App(context=context()), settings(most, {"images": places}), packages(tmp_path))
    _, boundary = policies(Template.from_stack(kit.teams["atlas"]).to_json())
    assert {s["Sid"] for s in boundary} >= READING | DENIED
    assert len(json.dumps(boundary, separators=(",", ":"))) + 50 < LIMIT


def test_a_bucket_that_the_deployment_does_not_name_is_refused(tmp_path: Path) -> None:
    wrong = settings(IMAGES, {"images": ["elsewhere/cats/"]})
    with pytest.raises(
        ValueError, match=r"team atlas has images in \['elsewhere'\], which the deployment does not name"
    ):
        assemble(App(context=context()), wrong, packages(tmp_path))
