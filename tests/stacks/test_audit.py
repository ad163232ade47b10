"""The evidence is complete, encrypted, kept, and closed to everybody but those who write it."""

import pytest

from tests.stacks.assembly import Assembly, Json, listed, one, resources, statements

TRAIL_ARN = {
    "Fn::Join": ["", ["arn:aws:cloudtrail:us-east-1:", {"Ref": "AWS::AccountId"}, ":trail/Cloister-data-events"]]
}


def test_inference_and_guardrail_calls_are_recorded_with_validation(audit: Json) -> None:
    trail = one(audit, "AWS::CloudTrail::Trail")
    recorded = {
        field["Equals"][0]
        for selector in trail["AdvancedEventSelectors"]
        for field in selector["FieldSelectors"]
        if field["Field"] == "resources.type"
    }
    assert recorded == {"AWS::BedrockMantle::Project", "AWS::Bedrock::Guardrail"}
    for selector in trail["AdvancedEventSelectors"]:
        assert {"Field": "eventCategory", "Equals": ["Data"]} in selector["FieldSelectors"]
    assert trail["EnableLogFileValidation"] is True
    assert trail["IsLogging"] is True
    assert "EvidenceKey" in trail["KMSKeyId"]["Fn::GetAtt"][0]


def test_the_trail_waits_for_the_buckets_policy(audit: Json) -> None:
    (trail,) = [r for r in audit["Resources"].values() if r["Type"] == "AWS::CloudTrail::Trail"]
    assert list(resources(audit, "AWS::S3::BucketPolicy")) == trail["DependsOn"]


def test_without_data_events_there_is_no_trail_and_nobody_may_write_the_bucket(pinned: Assembly) -> None:
    template = pinned.templates["Cloister-Audit"]
    assert not resources(template, "AWS::CloudTrail::Trail")
    policy = one(template, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert {statement["Effect"] for statement in policy} == {"Deny"}


def test_the_bucket_is_closed_encrypted_versioned_and_kept(audit: Json) -> None:
    bucket = one(audit, "AWS::S3::Bucket")
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "EvidenceKey" in rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (lifecycle,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (lifecycle["ExpirationInDays"], lifecycle["Status"]) == (400, "Enabled")


def test_the_bucket_takes_tls_only_and_files_of_its_own_trail_only(audit: Json) -> None:
    policy = one(audit, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    denied = [statement["Condition"] for statement in policy if statement["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    allowed = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert {statement["Action"] for statement in allowed} == {"s3:GetBucketAcl", "s3:PutObject"}
    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == TRAIL_ARN


def test_every_key_rotates_and_stays(deployed: Assembly) -> None:
    keys = [
        resource
        for template in deployed.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::KMS::Key"
    ]
    assert len(keys) == 3, "logs, evidence, guardrail"
    for key in keys:
        assert key["Properties"]["EnableKeyRotation"] is True
        assert key["Properties"]["PendingWindowInDays"] == 30
        assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"


def test_services_use_keys_for_this_deployment_only(deployed: Assembly) -> None:
    found = [
        statement
        for template in deployed.templates.values()
        for key in resources(template, "AWS::KMS::Key").values()
        for statement in key["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]
    assert len(found) == 3
    for statement in found:
        keys = {key for operator in statement["Condition"].values() for key in operator}
        assert keys & {"aws:SourceArn", "kms:EncryptionContext:aws:logs:arn"}


@pytest.mark.parametrize("fixture", ["deployed", "pinned"])
def test_every_log_group_is_encrypted_kept_and_ends(fixture: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(fixture)
    groups = [
        resource
        for template in assembly.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]
    assert len(groups) == 8, "flows; records, access and execution of each team; the authorizer's"
    for group in groups:
        assert "LogsKey" in group["Properties"]["KmsKeyId"]["Fn::ImportValue"]
        assert group["Properties"]["RetentionInDays"] == (400 if fixture == "deployed" else 3653)
        assert group["DeletionPolicy"] == group["UpdateReplacePolicy"] == "Retain"


def test_evidence_is_not_deleted_with_its_stack(audit: Json) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::ApiGateway::Account"):
        kept = [r["DeletionPolicy"] for r in audit["Resources"].values() if r["Type"] == kind]
        assert kept
        assert set(kept) == {"Retain"}


def test_one_account_setting_for_all_apis(deployed: Assembly) -> None:
    holders = [name for name, t in deployed.templates.items() if resources(t, "AWS::ApiGateway::Account")]
    assert holders == ["Cloister-Audit"]


def test_no_statement_grants_a_key_to_everybody(deployed: Assembly) -> None:
    for template in deployed.templates.values():
        for path, statement in statements(template):
            if any(action.startswith("kms:") for action in listed(statement["Action"])):
                assert statement.get("Principal") not in ("*", {"AWS": "*"}), path
