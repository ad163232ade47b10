"""The archive of a team's prompts: what it adds, who reads it by any statement of any template, where it is not."""

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.settings import Settings, load
from stacks.settings.archive import archive_bucket
from stacks.settings.errors import SettingsError
from tests.clone import copy_settings
from tests.stacks.assembly import (
    Assembly,
    Json,
    different,
    listed,
    normalise,
    one,
    resources,
    statements,
    team_document,
)
from tests.stacks.deployments import ACCOUNT, ARCHIVE, ARCHIVES, IMAGES, settings
from tests.stacks.test_endpoint_policies import policy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_settings(tmp_path)


BUCKET = archive_bucket("Cloister", "atlas", ACCOUNT, "eu-central-1")
READER = f"arn:aws:iam::{ACCOUNT}:role/cloister-auditors/Cloister/prompts/atlas/*"
PROXIES = f"arn:aws:iam::{ACCOUNT}:role/cloister/Cloister/proxy/*"


@pytest.fixture
def team(archives: Assembly) -> Json:
    return archives.templates["Cloister-Team-atlas"]


def key(team: Json) -> tuple[str, Json]:
    ((name, found),) = ((n, k) for n, k in resources(team, "AWS::KMS::Key").items() if n.startswith("Prompts"))
    return name, found


def test_a_teams_template_with_an_archive(team: Json, snapshot: SnapshotAssertion) -> None:
    parts = {name: part for name, part in normalise(team)["Resources"].items() if name.startswith("Prompts")}
    assert parts == snapshot(extension_class=JSONSnapshotExtension)


def test_a_team_without_one_is_as_it_was(archives: Assembly, pinned: Assembly) -> None:
    """The same deployment, with the archive of the other team and without."""
    having, lacking = archives.templates, pinned.templates
    assert json.dumps(having["Cloister-Team-beacon"]) == json.dumps(lacking["Cloister-Team-beacon"])
    assert having.keys() == lacking.keys()
    assert {name for name in having if having[name] != lacking[name]} == {
        *("Cloister-Team-atlas", "Cloister-Network", "Cloister-Audit")
    }
    assert set(different(having["Cloister-Audit"], lacking["Cloister-Audit"])) == set(
        resources(having["Cloister-Audit"], "AWS::CloudTrail::Trail")
    )
    own = set(different(having["Cloister-Team-atlas"], lacking["Cloister-Team-atlas"]))
    assert {name.rstrip("0123456789ABCDEF") for name in own if not name.startswith("Prompts")} == {
        *("ProxyFunction", "ProxyRoleBoundary", "ProxyRoleDefaultPolicy")
    }
    assert "s3:PutObject" not in json.dumps([lacking["Cloister-Team-atlas"], lacking["Cloister-Network"]])


def test_the_bucket_is_locked_for_the_time_of_the_settings_and_under_its_own_key(team: Json) -> None:
    bucket = one(team, "AWS::S3::Bucket")
    name, made = key(team)
    assert bucket["BucketName"] == BUCKET
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Days": 3653, "Mode": "COMPLIANCE"}
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert json.dumps({"Fn::GetAtt": [name, "Arn"]}) in json.dumps(bucket["BucketEncryption"])
    assert made["EnableKeyRotation"] is True
    assert "alias/cloister/prompts/atlas" in {a["AliasName"] for a in resources(team, "AWS::KMS::Alias").values()}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (3653, {"NoncurrentDays": 1})


def test_nobody_but_the_reader_reads_and_nobody_but_a_proxy_writes(team: Json) -> None:
    told = {s.get("Sid"): s for s in one(team, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]}
    told |= {s.get("Sid"): s for s in key(team)[1]["KeyPolicy"]["Statement"]}
    for sid, but, actions in (
        ("NobodyElseReads", READER, {"s3:GetObject", "s3:GetObjectVersion"}),
        ("NobodyElseWrites", PROXIES, {"s3:PutObject"}),
        ("NobodyDeletes", None, {"s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"}),
        ("NobodyElseDecrypts", READER, {"kms:CreateGrant", "kms:Decrypt", "kms:ReEncryptFrom"}),
        ("NobodyElseEncrypts", PROXIES, {"kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"}),
    ):
        denial = told[sid]
        assert (denial["Effect"], denial["Principal"]) == ("Deny", {"AWS": "*"})
        assert set(listed(denial["Action"])) >= actions
        assert denial.get("Condition") == (but and {"ArnNotLike": {"aws:PrincipalArn": but}})


def test_what_is_archived_stays_closed_when_the_archive_is_given_up(team: Json) -> None:
    kept = {name: part for name, part in team["Resources"].items() if name.startswith("Prompts")}
    for kind in ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key"):
        (part,) = (part for part in kept.values() if part["Type"] == kind)
        assert (part["DeletionPolicy"], part["UpdateReplacePolicy"]) == ("Retain", "Retain"), kind


def reaches(resource: Json) -> bool:
    """Whether a resource of a statement may be the archive's objects: by its name, its reference, or a wildcard."""
    text = json.dumps(resource)
    return text in ('"*"',) or BUCKET in text or "PromptsBucket" in text or text.startswith('"arn:aws:s3:::*')


def test_over_every_statement_the_reader_alone_is_allowed_to_read(archives: Assembly) -> None:
    readers, writers = [], []
    for stack, template in archives.templates.items():
        for path, statement in statements(template):
            if statement["Effect"] != "Allow" or not any(reaches(r) for r in listed(statement.get("Resource", "-"))):
                continue
            actions = listed(statement.get("Action", "*"))
            assert "s3:*" not in actions
            assert "*" not in actions
            readers += [(stack, path.split("/")[1]) for a in actions if a.startswith("s3:GetObject")]
            writers += [(stack, statement["Sid"]) for a in actions if a.startswith(("s3:Put", "s3:Delete"))]
    assert {stack for stack, _ in readers} == {"Cloister-Team-atlas"}
    assert all(name.startswith("PromptsReader") for _, name in readers)
    assert set(writers) == {
        ("Cloister-Team-atlas", "ArchivePrompts"),
        ("Cloister-Network", "ArchivePromptsOfNamedTeams"),
    }


def test_the_proxy_puts_below_its_teams_name_and_decrypts_nothing_of_it(team: Json) -> None:
    name, _ = key(team)
    rights = {s["Sid"]: s for _, s in statements(team) if s.get("Sid") in ("ArchivePrompts", "S3EncryptsTheArchive")}
    put, encrypt = rights["ArchivePrompts"], rights["S3EncryptsTheArchive"]
    assert (put["Action"], put["Resource"]) == ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/atlas/*")
    assert put["Condition"] == {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
    assert (encrypt["Action"], encrypt["Resource"]) == ("kms:GenerateDataKey", {"Fn::GetAtt": [name, "Arn"]})
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}


def test_the_reader_is_taken_on_by_the_named_alone_and_only_reads(team: Json) -> None:
    (reader,) = (r for r in resources(team, "AWS::IAM::Role").values() if "/prompts/" in r.get("Path", ""))
    (trust,) = reader["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/advice-audit"]}}
    rights = reader["Policies"][0]["PolicyDocument"]["Statement"]
    actions = {action for statement in rights for action in listed(statement["Action"])}
    assert {action.partition(":")[2][:3] for action in actions} == {"Get", "Lis", "Dec"}


def test_the_acknowledgement_is_in_the_outputs_and_the_function_is_told(team: Json) -> None:
    assert team["Outputs"]["PromptArchiveOnFailure"]["Value"].startswith(
        "refuse: no whole answer leaves; the text of a stream"
    )
    assert team["Outputs"]["PromptArchiveAcknowledged"]["Value"] == (
        "Ann Example/ Data Protection: Records of advice by rule 4.2"
    )
    assert team["Outputs"]["PromptArchive"]["Value"] == BUCKET
    (function,) = (f for f in resources(team, "AWS::Lambda::Function").values() if "Proxy" in f["FunctionName"])
    document, _ = team_document(function)
    assert document["archive"] == [BUCKET, "refuse"]


def test_putting_into_the_named_archive_is_all_that_passes_the_endpoint(archives: Assembly) -> None:
    network = archives.templates["Cloister-Network"]
    (statement,) = policy(network, "s3")
    assert (statement["Effect"], statement["Action"]) == ("Allow", "s3:PutObject")
    assert statement["Resource"] == f"arn:aws:s3:::{BUCKET}/atlas/*"
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
    }
    zones = {zone["Name"] for zone in resources(network, "AWS::Route53::HostedZone").values()}
    assert {name for name in zones if ".s3." in name} == {f"{BUCKET}.s3.eu-central-1.amazonaws.com."}


def test_who_reads_it_is_recorded_and_a_change_of_it_is_told(archives: Assembly, team: Json) -> None:
    selectors = one(archives.templates["Cloister-Audit"], "AWS::CloudTrail::Trail")["AdvancedEventSelectors"]
    (found,) = (selector for selector in selectors if selector["Name"] == "ArchivesOfPrompts")
    assert {"Field": "resources.ARN", "StartsWith": [f"arn:aws:s3:::{BUCKET}/"]} in found["FieldSelectors"]
    assert not [field for field in found["FieldSelectors"] if field["Field"] == "readOnly"]
    told = json.dumps(list(resources(team, "AWS::Events::Rule").values()))
    assert BUCKET in told
    assert all(call in told for call in ("PutKeyPolicy", "CreateGrant", '{"prefix": "PutBucket"}'))


def test_a_team_without_the_platforms_consent_is_refused_by_the_stack_too() -> None:
    found: Settings = settings({**ARCHIVES, **IMAGES})
    assert found.deployment.buckets == ["acme-pictures", "scans", "unused", BUCKET]


#: What an archive stands on, in the settings that files are written from here.
LOCKED: dict[str, Any] = {
    "account": ACCOUNT,
    "archives": ["atlas"],
    "audit": {"retention_days": 400, "data_events": True, "object_lock": "compliance"},
}
SLIPS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "not named by the deployment": (
        {**LOCKED, "archives": []},
        dict(ARCHIVE),
        "the deployment has none for this team",
    ),
    "no account": ({**LOCKED, "account": None}, dict(ARCHIVE), "found archives, and no account"),
    "no lock": ({**LOCKED, "audit": {"retention_days": 400, "data_events": True}}, dict(ARCHIVE), "no Object Lock"),
    "nobody wants it": (dict(LOCKED), {}, "whose file has no archive"),
    "no such team": ({**LOCKED, "archives": ["atlas", "nobody"]}, dict(ARCHIVE), "found 'nobody'"),
    "read by a caller": (
        dict(LOCKED),
        {"archive": {**ARCHIVE["archive"], "readers": [f"arn:aws:iam::{ACCOUNT}:role/atlas-developer"]}},
        "one of the team's callers",
    ),
    "read by a permission set's role that calls": (
        dict(LOCKED),
        {
            "callers": [{"role": "permission-set/AtlasDevelopers"}],
            "archive": {
                **ARCHIVE["archive"],
                "readers": [
                    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/"
                    "AWSReservedSSO_AtlasDevelopers_0123456789abcdef"
                ],
            },
        },
        "one of the team's callers",
    ),
    "read from elsewhere": (
        dict(LOCKED),
        {"archive": {**ARCHIVE["archive"], "readers": ["arn:aws:iam::999988887777:role/internal-audit"]}},
        "of another account",
    ),
    "read by a function": (
        dict(LOCKED),
        {
            "archive": {
                **ARCHIVE["archive"],
                "readers": [f"arn:aws:iam::{ACCOUNT}:role/cloister/Cloister/extension/atlas/looking"],
            }
        },
        "a role of a deployment's own",
    ),
    "unacknowledged": (
        dict(LOCKED),
        {"archive": {n: v for n, v in ARCHIVE["archive"].items() if n != "acknowledged_by"}},
        "acknowledged_by: missing",
    ),
}


def _written(root: Path, deployment: dict[str, Any], team: dict[str, Any]) -> None:
    for file, more in ((root / "cloister.yaml", deployment), (root / "teams" / "atlas.yaml", team)):
        kept = {name: value for name, value in more.items() if value is not None}
        text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in kept.items())
        lines = file.read_text().splitlines(keepends=True)
        kept_lines, skipping = [], False
        for line in lines:
            if line[:1] not in (" ", "\n", "#", "-"):
                skipping = line.partition(":")[0] in more
            if not skipping:
                kept_lines.append(line)
        file.write_text("".join(kept_lines) + text)


def test_a_mistake_in_a_teams_file_is_not_taken_for_its_wanting_no_archive(root: Path) -> None:
    _written(root, dict(LOCKED), {"archive": {**ARCHIVE["archive"], "readers": []}})
    with pytest.raises(SettingsError) as refused:
        load(root)
    assert [mistake.field for mistake in refused.value.mistakes] == ["archive.readers"]


def test_images_do_not_come_from_an_archive(root: Path) -> None:
    bucket = "cloister-audit-atlas-6f5ce085c6"
    _written(root, {**LOCKED, "images": [{"bucket": bucket}]}, {**ARCHIVE, "images": [bucket]})
    with pytest.raises(SettingsError, match="named as the deployment's own evidence is") as refused:
        load(root)
    assert [mistake.field for mistake in refused.value.mistakes] == ["images[0].bucket"]


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_the_settings_is_refused(root: Path, slip: str) -> None:
    deployment, team, said = SLIPS[slip]
    _written(root, deployment, team)
    with pytest.raises(Exception, match="archive") as refused:
        load(root)
    assert said in str(refused.value)


def test_the_right_settings_are_read(root: Path) -> None:
    _written(root, dict(LOCKED), dict(ARCHIVE))
    found = load(root)
    assert found.deployment.archive_buckets == {"atlas": "cloister-audit-atlas-6f5ce085c6"}
    assert found.teams[0].archive is not None
