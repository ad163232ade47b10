"""Parts that watch and keep, written as they should be: what a defect of one of them is put into."""

from __future__ import annotations

from typing import Any

from review.rules.calls import CALL, kinds
from tests.review.mutants.mutant import Change

Json = Any
_KEY = {"Fn::GetAtt": ["EvidenceKey16700A33", "Arn"]}
_BUCKET = {"Fn::GetAtt": ["EvidenceBucketC67FF768", "Arn"]}
_TAGS = [{"Key": "deployment", "Value": "Cloister"}]
_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def _statement(**parts: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]}


def _both(*documents: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": [s for document in documents for s in document["Statement"]]}


def _role(service: str, condition: Json, policy: Json) -> Json:
    trust = _statement(Principal={"Service": service}, Action="sts:AssumeRole", Condition=condition)
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust,
            "Tags": _TAGS,
            "Policies": [{"PolicyName": "deliver", "PolicyDocument": policy}],
        },
    }


def _key(spec: str, usage: str, denied: list[str]) -> Json:
    """A key that the proxies alone use."""
    proxies = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/cloister/C/proxy/*"}
    return {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "KeySpec": spec,
            "KeyUsage": usage,
            "PendingWindowInDays": 30,
            "Tags": _TAGS,
            "KeyPolicy": _both(
                _statement(
                    Principal={"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
                    Action="kms:*",
                    Resource="*",
                ),
                _statement(
                    Effect="Deny",
                    Principal={"AWS": "*"},
                    Action=denied,
                    Resource="*",
                    Condition={"ArnNotLike": {"aws:PrincipalArn": proxies}},
                ),
            ),
        },
    }


def _told(service: str, named: str, *parts: Json) -> Json:
    """A rule that tells the topic of every call that changes some parts, which requests name by their ends."""
    calls = sorted(
        {call for of in kinds().values() for said in of if said["service"] == service for call in said["calls"]}
    )
    asked = {"requestParameters": {named: [{"suffix": part} for part in parts]}}
    said = {"call": "$.detail.eventName", "who": "$.detail.userIdentity.arn", "when": "$.detail.eventTime"}
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {
                "detail-type": [CALL],
                "detail": {"eventSource": [f"{service}.amazonaws.com"], "eventName": calls, **asked},
            },
            "Tags": _TAGS,
            "Targets": [
                {
                    "Id": "topic",
                    "Arn": {"Ref": "Topic"},
                    "InputTransformer": {"InputPathsMap": said, "InputTemplate": '"<call> by <who> at <when>"'},
                }
            ],
        },
    }


def _alias(key: str) -> Json:
    target = {"Fn::GetAtt": [key, "Arn"]}
    return {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": f"alias/cloister/{key}", "TargetKeyId": target}}


def parts() -> dict[str, Json]:
    """Return a table, a topic with what tells it and whom it tells, a queue, a stream of records, and a parameter."""
    arn = {"Fn::GetAtt": ["Stream", "Arn"]}
    return {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "team", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": _KEY},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "DeletionProtectionEnabled": True,
                "Tags": _TAGS,
            },
        },
        "SigningKey": _key("ECC_NIST_P256", "SIGN_VERIFY", ["kms:Sign"]),
        "DigestKey": _key("HMAC_256", "GENERATE_VERIFY_MAC", ["kms:GenerateMac", "kms:VerifyMac"]),
        "TopicKey": {
            "Type": "AWS::KMS::Key",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "EnableKeyRotation": True,
                "PendingWindowInDays": 30,
                "Tags": _TAGS,
                "KeyPolicy": _both(
                    _statement(
                        Principal={"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
                        Action="kms:*",
                        Resource="*",
                    ),
                    _statement(
                        Principal={"Service": "cloudwatch.amazonaws.com"},
                        Action=["kms:Decrypt", "kms:GenerateDataKey*"],
                        Resource="*",
                        Condition=_ACCOUNT,
                    ),
                ),
            },
        },
        "TopicAlias": _alias("TopicKey"),
        "SigningAlias": _alias("SigningKey"),
        "DigestAlias": _alias("DigestKey"),
        "KeysChanged": _told("kms", "keyId", {"Ref": "SigningKey"}, {"Ref": "DigestKey"}, {"Ref": "TopicKey"}),
        "TopicChanged": _told("sns", "topicArn", {"Ref": "Topic"}),
        "SubscribersChanged": _told("sns", "subscriptionArn", {"Ref": "Topic"}),
        "StreamChanged": _told("firehose", "deliveryStreamName", {"Ref": "Stream"}),
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"KmsMasterKeyId": {"Fn::GetAtt": ["TopicKey", "Arn"]}, "Tags": _TAGS},
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [{"Ref": "Topic"}],
                "PolicyDocument": _both(
                    _statement(
                        Principal={"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
                        Action="sns:Publish",
                        Resource={"Ref": "Topic"},
                        Condition=_ACCOUNT,
                    ),
                    _statement(
                        Effect="Deny",
                        Principal="*",
                        Action="sns:Publish",
                        Resource={"Ref": "Topic"},
                        Condition={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ),
            },
        },
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "SqsManagedSseEnabled": True,
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "maxReceiveCount": 5},
                "Tags": _TAGS,
            },
        },
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": _both(
                    _statement(
                        Effect="Deny",
                        Principal="*",
                        Action="sqs:*",
                        Resource={"Fn::GetAtt": ["Queue", "Arn"]},
                        Condition={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ),
            },
        },
        "Subscriber": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"Protocol": "email", "Endpoint": "security@example.com", "TopicArn": {"Ref": "Topic"}},
        },
        "Changes": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["aws.health"], "detail-type": ["AWS Health Event"]},
                "Tags": _TAGS,
                "Targets": [{"Id": "topic", "Arn": {"Ref": "Topic"}}],
            },
        },
        "Alarmed": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "Cloister",
                "Dimensions": [{"Name": "deployment", "Value": "Cloister"}],
                "MetricName": "Blocked",
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "Period": 60,
                "Statistic": "Sum",
                "TreatMissingData": "notBreaching",
                "AlarmDescription": "Requests were blocked. What to do: docs/runbooks/failing.md",
                "AlarmActions": [{"Ref": "Topic"}],
                "OKActions": [{"Ref": "Topic"}],
                "Tags": _TAGS,
            },
        },
        "Stream": {
            "Type": "AWS::KinesisFirehose::DeliveryStream",
            "Properties": {
                "DeliveryStreamType": "DirectPut",
                "Tags": _TAGS,
                "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": _KEY},
                "ExtendedS3DestinationConfiguration": {
                    "BucketARN": _BUCKET,
                    "RoleARN": {"Fn::GetAtt": ["StreamRole", "Arn"]},
                    "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": _KEY}},
                },
            },
        },
        "StreamRole": _role(
            "firehose.amazonaws.com",
            {"StringEquals": {"sts:ExternalId": {"Ref": "AWS::AccountId"}}},
            _statement(
                Action=["s3:AbortMultipartUpload", "s3:PutObject"], Resource={"Fn::Join": ["", [_BUCKET, "/*"]]}
            ),
        ),
        "Records": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "KmsKeyId": {"Fn::GetAtt": ["LogsKeyFE4C4A83", "Arn"]},
                "RetentionInDays": 400,
                "Tags": _TAGS,
                "DeletionProtectionEnabled": True,
                "DataProtectionPolicy": {
                    "Name": "records",
                    "Version": "2021-06-01",
                    "Statement": [
                        {
                            "Sid": "audit",
                            "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
                            "Operation": {"Audit": {"FindingsDestination": {}}},
                        }
                    ],
                },
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        },
        "Subscription": {
            "Type": "AWS::Logs::SubscriptionFilter",
            "Properties": {
                "LogGroupName": {"Ref": "Records"},
                "FilterPattern": "",
                "DestinationArn": arn,
                "RoleArn": {"Fn::GetAtt": ["SubscriptionRole", "Arn"]},
            },
        },
        "SubscriptionRole": _role(
            "logs.amazonaws.com",
            _ACCOUNT,
            _statement(Action=["firehose:PutRecord", "firehose:PutRecordBatch"], Resource=arn),
        ),
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Name": "/cloister/api",
                "Value": {"Ref": "Topic"},
                "Tags": {"deployment": "Cloister"},
            },
        },
    }


def added(body: Json) -> None:
    """Add the parts to a template."""
    body["Resources"].update(parts())


def broken(part: str, path: str, value: Json = None) -> Change:
    """Add the parts, one of them spoiled: a property set, or taken away where no value is given."""

    def change(body: Json) -> None:
        added(body)
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        place = body["Resources"][part]["Properties"]
        for step in steps:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return change
