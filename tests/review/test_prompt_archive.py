"""A deployment that archives a team's prompts: what the review says of it, and of each defect."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from review.assembly import Assembly
from review.deployment import Deployment
from review.finding import Status
from review.proof.claims import CLAIMS
from review.rules.catalogue import by_id
from review.verdict import review
from review.waivers import Register
from tests.review.conftest import body_of, changed
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import ARCHIVES, ARCHIVING, settings

Json = Any
TEAM, AUDIT, NETWORK = "Cloister-Team-atlas", "Cloister-Audit", "Cloister-Network"
ACKNOWLEDGED, CLOSED = "prompt-archive-is-acknowledged", "prompt-archive-is-closed"
NAMES = "endpoint-policy-names-its-actions"
NO_CALLER = "prompt-archive-is-read-by-no-caller"
ROLES = "arn:aws:iam::111122223333:role/cloister/Cloister"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Synthesised.shared(tmp_path_factory, settings(ARCHIVES, ARCHIVING)).folder


@pytest.fixture(scope="session")
def archiving(folder: Path) -> Assembly:
    return Assembly.read(folder)


def test_nothing_stops_it_and_the_review_says_who_answers(archiving: Assembly) -> None:
    verdict = review(Deployment(archiving), Register.read(), datetime.date(2026, 11, 28))
    assert [finding.lines() for finding in verdict.findings() if finding.status.halts] == []
    (judged,) = (judged for judged in verdict.rules if judged.rule.id == ACKNOWLEDGED)
    (said,) = judged.results
    assert said.status is Status.PASS
    assert "PROMPTS AND ANSWERS ARE ARCHIVED in arn:aws:s3:::cloister-audit-atlas-" in said.found
    assert said.found.endswith("Ann Example/ Data Protection: Records of advice by rule 4.2")
    assert said.where.startswith(f"{TEAM}/")


def test_whoever_reviews_it_is_told_without_asking_for_more(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder), "--out", str(tmp_path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "PROMPTS AND ANSWERS ARE ARCHIVED" in line]
    assert len(told) == 1
    assert "Ann Example/ Data Protection: Records of advice by rule 4.2" in told[0]


def test_a_deployment_without_one_has_nothing_to_say(example: Assembly) -> None:
    for rule in (ACKNOWLEDGED, CLOSED):
        (only,) = by_id()[rule].results(Deployment(example))
        assert only.status is Status.NOT_APPLICABLE


def part(body: Json, kind: str, holding: str = "") -> Json:
    (found,) = (r for r in body["Resources"].values() if r["Type"] == f"AWS::{kind}" and holding in json.dumps(r))
    return found["Properties"]


def statement(document: Json, sid: str) -> Json:
    (found,) = (s for s in document["Statement"] if s.get("Sid") == sid)
    return found


def bucket(sid: str) -> Callable[[Json], Json]:
    return lambda body: statement(part(body, "S3::BucketPolicy")["PolicyDocument"], sid)


def key(sid: str) -> Callable[[Json], Json]:
    return lambda body: statement(part(body, "KMS::Key", sid)["KeyPolicy"], sid)


def reads_too(found: Callable[[Json], Json]) -> Callable[[Json], None]:
    def spoil(body: Json) -> None:
        names = found(body)["Condition"]["ArnNotLike"]
        names["aws:PrincipalArn"] = [names["aws:PrincipalArn"], "arn:aws:iam::111122223333:role/somebody"]

    return spoil


def without(found: Callable[[Json], Json], action: str) -> Callable[[Json], None]:
    return lambda body: found(body)["Action"].remove(action)


def allowed(found: Callable[[Json], Json]) -> Callable[[Json], None]:
    return lambda body: found(body).update(Effect="Allow")


def but(found: Callable[[Json], Json]) -> Callable[[Json], None]:
    return lambda body: found(body).update(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/a"}})


def reader(body: Json) -> Json:
    return part(body, "IAM::Role", "/cloister-auditors/")


def another_reader(body: Json) -> None:
    """What a class of a team's own might add: a role on the path that the denials leave out."""
    role = {"AssumeRolePolicyDocument": reader(body)["AssumeRolePolicyDocument"], "Path": reader(body)["Path"]}
    body["Resources"]["Another"] = {"Type": "AWS::IAM::Role", "Properties": role}


def read_by_all_auditors(body: Json) -> None:
    for found in (bucket("NobodyElseReads")(body), key("NobodyElseDecrypts")(body)):
        names = found["Condition"]["ArnNotLike"]
        names["aws:PrincipalArn"] = names["aws:PrincipalArn"].replace("/prompts/atlas/*", "/*")


def unwatched(trail: Json) -> None:
    selectors = trail["AdvancedEventSelectors"]
    selectors.remove(next(selector for selector in selectors if selector["Name"] == "ArchivesOfPrompts"))


def selector(trail: Json) -> Json:
    return next(selector for selector in trail["AdvancedEventSelectors"] if selector["Name"] == "ArchivesOfPrompts")


def lock(body: Json) -> Json:
    return part(body, "S3::Bucket")["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]


def passing(body: Json) -> Json:
    return statement(
        part(body, "EC2::VPCEndpoint", "ArchivePromptsOfNamedTeams")["PolicyDocument"], "ArchivePromptsOfNamedTeams"
    )


def taken_by(name: str) -> Callable[[Json], None]:
    def spoil(body: Json) -> None:
        reader(body)["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]["aws:PrincipalArn"] = name

    return spoil


def trusting(body: Json) -> Json:
    return reader(body)["AssumeRolePolicyDocument"]["Statement"][0]


DEFECTS: list[tuple[str, str, Callable[[Json], object]]] = [
    (ACKNOWLEDGED, TEAM, lambda body: body["Outputs"].pop("PromptArchiveAcknowledged")),
    (ACKNOWLEDGED, TEAM, lambda body: body["Outputs"]["PromptArchiveAcknowledged"].update(Value=" ")),
    (
        ACKNOWLEDGED,
        TEAM,
        lambda body: statement(part(body, "IAM::Policy", "ArchivePrompts")["PolicyDocument"], "ArchivePrompts").update(
            Resource="arn:aws:s3:::elsewhere/*"
        ),
    ),
    (CLOSED, TEAM, lambda body: part(body, "S3::Bucket").pop("ObjectLockConfiguration")),
    (CLOSED, TEAM, reads_too(bucket("NobodyElseReads"))),
    (CLOSED, TEAM, without(bucket("NobodyElseReads"), "s3:GetObjectVersion")),
    (CLOSED, TEAM, allowed(bucket("NobodyElseWrites"))),
    (CLOSED, TEAM, without(bucket("NobodyDeletes"), "s3:BypassGovernanceRetention")),
    (CLOSED, TEAM, but(bucket("NobodyDeletes"))),
    (CLOSED, TEAM, reads_too(key("NobodyElseDecrypts"))),
    (CLOSED, TEAM, without(key("NobodyElseDecrypts"), "kms:CreateGrant")),
    (CLOSED, TEAM, allowed(key("NobodyElseEncrypts"))),
    (CLOSED, TEAM, another_reader),
    (CLOSED, TEAM, read_by_all_auditors),
    (CLOSED, TEAM, lambda body: reader(body).update(Path="/")),
    (CLOSED, TEAM, lambda body: reader(body)["Policies"][0]["PolicyDocument"]["Statement"][0].update(Action="s3:*")),
    (
        CLOSED,
        TEAM,
        lambda body: reader(body)["AssumeRolePolicyDocument"]["Statement"][0].update(
            Principal={"Service": "lambda.amazonaws.com"}
        ),
    ),
    (CLOSED, TEAM, taken_by("arn:aws:iam::111122223333:role/cloister/Cloister/proxy/*")),
    (NO_CALLER, TEAM, taken_by("arn:aws:iam::111122223333:role/atlas-developer")),
    (NO_CALLER, TEAM, taken_by("arn:aws:iam::111122223333:role/atlas-*")),
    (NO_CALLER, TEAM, lambda body: trusting(body).pop("Condition")),
    (
        NO_CALLER,
        TEAM,
        lambda body: trusting(body).update(
            Principal={"AWS": "arn:aws:iam::111122223333:role/atlas-batch"}, Condition={}
        ),
    ),
    (NO_CALLER, TEAM, lambda body: part(body, "Lambda::Function", "CLOISTER_CALLERS").pop("Environment")),
    (CLOSED, TEAM, without(bucket("NobodyElseReads"), "s3:GetObjectVersionForReplication")),
    (CLOSED, TEAM, without(bucket("NobodyElseWrites"), "s3:ReplicateObject")),
    (CLOSED, TEAM, without(bucket("NobodyDeletes"), "s3:PutObjectLegalHold")),
    (CLOSED, TEAM, without(key("NobodyElseDecrypts"), "kms:ReEncryptFrom")),
    (CLOSED, TEAM, lambda body: lock(body).update(Days=1)),
    (CLOSED, TEAM, lambda body: part(body, "S3::Bucket")["LifecycleConfiguration"]["Rules"][0].pop("ExpirationInDays")),
    (CLOSED, AUDIT, lambda body: unwatched(part(body, "CloudTrail::Trail"))),
    (
        CLOSED,
        AUDIT,
        lambda body: selector(part(body, "CloudTrail::Trail"))["FieldSelectors"].append(
            {"Field": "eventName", "Equals": ["PutObject"]}
        ),
    ),
    (CLOSED, NETWORK, lambda body: passing(body).update(Action=["s3:PutObject", "s3:GetObject"])),
    (NAMES, NETWORK, lambda body: passing(body).update(Resource="*")),
    (NAMES, NETWORK, lambda body: passing(body)["Condition"].update(ArnLike={"aws:PrincipalArn": f"{ROLES}/*"})),
    (
        NAMES,
        NETWORK,
        lambda body: passing(body)["Condition"].update(ArnLike={"aws:PrincipalArn": f"{ROLES}/extension/*"}),
    ),
    (NAMES, NETWORK, lambda body: passing(body).update(Resource="arn:aws:s3:::cloister-audit-atlas-*/*")),
]


@pytest.mark.parametrize(("rule", "stack", "spoil"), DEFECTS, ids=[f"{n}-{d[0]}" for n, d in enumerate(DEFECTS)])
def test_each_defect_is_seen(archiving: Assembly, rule: str, stack: str, spoil: Callable[[Json], object]) -> None:
    body = body_of(archiving, stack)
    spoil(body)
    found = by_id()[rule].results(changed(archiving, stack, body))
    assert any(result.status.halts for result in found)


def foreign(body: Json) -> None:
    """What opens the key of the archive to an account that is named, not made up."""
    policy = part(body, "KMS::Key", "NobodyElseDecrypts")["KeyPolicy"]
    opened = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "kms:PutKeyPolicy"}
    policy["Statement"].append({**opened, "Resource": "*"})


def of_two_accounts(name: str) -> Callable[[Json], None]:
    def spoil(body: Json) -> None:
        accounts = passing(body)["Condition"]["StringEquals"]
        accounts[name] = [accounts[name], "999999999999"]
        if name == "aws:PrincipalAccount":
            del passing(body)["Condition"]["ArnLike"]

    return spoil


OPENED: list[tuple[str, str, Callable[[Json], object]]] = [
    ("evidence-stays", TEAM, foreign),
    ("endpoints-closed", NETWORK, of_two_accounts("aws:PrincipalAccount")),
    ("endpoints-closed", NETWORK, of_two_accounts("aws:ResourceAccount")),
    ("roles-are-taken-by-named", TEAM, taken_by("*")),
    ("roles-are-taken-by-named", TEAM, taken_by("arn:aws:iam::111122223333:role/*")),
]


@pytest.mark.parametrize(("id", "stack", "spoil"), OPENED, ids=[f"{n}-{d[0]}" for n, d in enumerate(OPENED)])
def test_what_is_opened_to_those_whom_a_policy_names_is_seen(
    archiving: Assembly, id: str, stack: str, spoil: Callable[[Json], object]
) -> None:
    (claim,) = (claim for claim in CLAIMS if claim.id == id)
    assert not claim.prove(Deployment(archiving)).status.halts
    body = body_of(archiving, stack)
    spoil(body)
    assert claim.prove(changed(archiving, stack, body)).status.halts


def test_a_function_that_writes_into_another_stacks_bucket_is_a_change(archiving: Assembly) -> None:
    (claim,) = (claim for claim in CLAIMS if claim.id == "nothing-changed")
    assert not claim.prove(Deployment(archiving)).status.halts
    body = body_of(archiving, TEAM)
    for kind in ("IAM::Policy", "IAM::ManagedPolicy"):
        right = statement(part(body, kind, "ArchivePrompts")["PolicyDocument"], "ArchivePrompts")
        right["Resource"] = "arn:aws:s3:::elsewhere/*"
    assert claim.prove(changed(archiving, TEAM, body)).status.halts
