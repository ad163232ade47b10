"""Records as objects: who delivers them, to where, with what rights, and where the settings have none.

The embedded AWS keeps subscriptions and streams and delivers nothing: all of this is asserted on the templates.
"""

from typing import Any

import pytest

from tests.stacks.assembly import Assembly, Json, listed, one, resources


@pytest.fixture(scope="module")
def archive(pinned: Assembly) -> Json:
    """The stack of a deployment with an archive."""
    return pinned.templates["Cloister-Audit"]


def test_it_is_off_by_default(deployed: Assembly) -> None:
    for template in deployed.templates.values():
        for kind in ("AWS::Logs::SubscriptionFilter", "AWS::KinesisFirehose::DeliveryStream"):
            assert not resources(template, kind)


def test_records_go_to_the_locked_bucket_under_the_evidence_key(archive: Json) -> None:
    stream = one(archive, "AWS::KinesisFirehose::DeliveryStream")
    assert stream["DeliveryStreamType"] == "DirectPut"
    place = stream["ExtendedS3DestinationConfiguration"]
    assert place["BucketARN"]["Fn::GetAtt"][0].startswith("EvidenceBucket")
    assert "EvidenceKey" in str(place["EncryptionConfiguration"]["KMSEncryptionConfig"])
    waiting = stream["DeliveryStreamEncryptionConfigurationInput"]
    assert waiting["KeyType"] == "CUSTOMER_MANAGED_CMK"
    assert "EvidenceKey" in str(waiting["KeyARN"])
    assert one(archive, "AWS::S3::Bucket")["ObjectLockEnabled"] is True


def test_objects_are_lines_of_json_in_a_folder_for_each_day(archive: Json) -> None:
    place = one(archive, "AWS::KinesisFirehose::DeliveryStream")["ExtendedS3DestinationConfiguration"]
    assert place["Prefix"] == "records/deployment=Cloister/day=!{timestamp:yyyy-MM-dd}/"
    assert place["ErrorOutputPrefix"].startswith("records/deployment=Cloister/undelivered/")
    assert place["CompressionFormat"] == "GZIP"
    processors = {p["Type"]: p["Parameters"][0] for p in place["ProcessingConfiguration"]["Processors"]}
    assert processors == {
        "Decompression": {"ParameterName": "CompressionFormat", "ParameterValue": "GZIP"},
        "CloudWatchLogProcessing": {"ParameterName": "DataMessageExtraction", "ParameterValue": "true"},
        "AppendDelimiterToRecord": {"ParameterName": "Delimiter", "ParameterValue": "\\n"},
    }


def _roles(archive: Json) -> dict[str, Any]:
    return {
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]: role
        for name, role in resources(archive, "AWS::IAM::Role").items()
        if name.startswith("Archive")
    }


def test_the_roles_write_and_do_nothing_else(archive: Json) -> None:
    roles = _roles(archive)
    assert roles.keys() == {"firehose.amazonaws.com", "logs.amazonaws.com"}
    actions = {
        service: {
            action
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            for action in listed(statement["Action"])
        }
        for service, role in roles.items()
    }
    assert actions == {
        "firehose.amazonaws.com": {
            *("s3:AbortMultipartUpload", "s3:PutObject", "s3:GetBucketLocation", "s3:ListBucket"),
            *("s3:ListBucketMultipartUploads", "kms:Decrypt", "kms:GenerateDataKey"),
        },
        "logs.amazonaws.com": {"firehose:PutRecord", "firehose:PutRecordBatch"},
    }
    (write,) = [
        statement
        for policy in roles["firehose.amazonaws.com"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "s3:PutObject" in listed(statement["Action"])
    ]
    assert write["Resource"]["Fn::Join"][1][1] == "/records/deployment=Cloister/*"


def test_each_role_is_for_one_service_of_this_account(archive: Json) -> None:
    for service, role in _roles(archive).items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"] == (
            {"StringEquals": {"sts:ExternalId": "111122223333"}}
            if service == "firehose.amazonaws.com"
            else {"ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-central-1:111122223333:log-group:*"}}
        )


def test_every_group_that_holds_records_is_subscribed_and_no_other(pinned: Assembly) -> None:
    subscribed: dict[str, list[str]] = {}
    for stack, template in pinned.templates.items():
        for subscription in resources(template, "AWS::Logs::SubscriptionFilter").values():
            assert subscription["FilterPattern"] == '{ $.record = "*" }'
            assert "ArchiveStream" in str(subscription["DestinationArn"])
            assert "ArchiveSending" in str(subscription["RoleArn"])
            subscribed.setdefault(stack, []).append(subscription["LogGroupName"]["Ref"].rstrip("0123456789ABCDEF"))
    assert {stack: sorted(groups) for stack, groups in subscribed.items()} == {
        "Cloister-Team-atlas": ["ApiAccessLogsGroup", "AuthorizerLogsGroup", "RecordsGroup"],
        "Cloister-Team-beacon": ["ApiAccessLogsGroup", "RecordsGroup"],
    }


def test_records_that_are_not_delivered_raise_an_alarm(archive: Json) -> None:
    (alarm,) = [
        alarm
        for alarm in resources(archive, "AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "DeliveryToS3.DataFreshness"
    ]
    assert alarm["Threshold"] == 3600
    assert alarm["Dimensions"] == [{"Name": "DeliveryStreamName", "Value": "Cloister-records"}]
    assert alarm["AlarmActions"] == ["arn:aws:sns:eu-central-1:111122223333:Cloister-alarms"]
