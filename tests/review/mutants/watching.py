"""A defect of what watches and keeps, for each rule that is about it, beside parts that are as they should be."""

from __future__ import annotations

from tests.review.mutants.defects import seeded
from tests.review.mutants.mutant import AUDIT, Mutant
from tests.review.mutants.parts import broken

_ELSEWHERE = "arn:aws:lambda:us-east-1:999999999999:function:elsewhere"
_ANYBODY = {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}
WATCHING: tuple[Mutant, ...] = (
    seeded("table-has-a-customer-key", AUDIT, broken("Table", "SSESpecification"), "a table under a key of AWS's"),
    seeded(
        "table-can-be-recovered",
        AUDIT,
        broken("Table", "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", False),
        "a table that cannot be put back",
    ),
    seeded("table-refuses-deletion", AUDIT, broken("Table", "DeletionProtectionEnabled"), "a table that one call ends"),
    seeded(
        "table-is-not-copied",
        AUDIT,
        broken("Table", "StreamSpecification", {"StreamViewType": "NEW_IMAGE"}),
        "a table with a stream",
    ),
    seeded(
        "signing-key-signs-for-proxies-alone",
        AUDIT,
        broken("SigningKey", "KeyPolicy.Statement.1.Condition.ArnNotLike", _ANYBODY),
        "a key that any role signs with",
    ),
    seeded(
        "digest-key-serves-proxies-and-auditors-alone",
        AUDIT,
        broken("DigestKey", "KeyPolicy.Statement.1.Condition.ArnNotLike", _ANYBODY),
        "a key that any role tries guesses with",
    ),
    seeded("queue-is-encrypted", AUDIT, broken("Queue", "SqsManagedSseEnabled", False), "a queue in the open"),
    seeded(
        "queue-takes-tls-alone",
        AUDIT,
        broken("QueuePolicy", "PolicyDocument.Statement.0.Condition", {"Bool": {"aws:SecureTransport": "true"}}),
        "a queue that takes what comes in the clear",
    ),
    seeded(
        "messages-are-put-aside-here",
        AUDIT,
        broken("Queue", "RedrivePolicy.deadLetterTargetArn", "arn:aws:sqs:us-east-1:111122223333:elsewhere"),
        "messages that are put aside in somebody's queue",
    ),
    seeded("topic-is-encrypted", AUDIT, broken("Topic", "KmsMasterKeyId", "alias/aws/sns"), "a topic under AWS's key"),
    seeded(
        "topic-takes-from-alarms-alone",
        AUDIT,
        broken("TopicPolicy", "PolicyDocument.Statement.0.Principal.Service", "s3.amazonaws.com"),
        "a topic that S3 publishes to",
    ),
    seeded(
        "subscription-reaches-the-named",
        AUDIT,
        broken("Subscriber", "Protocol", "http"),
        "a subscriber that is told in the clear",
    ),
    seeded("events-go-to-topics", AUDIT, broken("Changes", "Targets.0.Arn", _ELSEWHERE), "events for a function"),
    seeded("alarms-tell-somebody", AUDIT, broken("Alarmed", "AlarmActions"), "an alarm that tells nobody"),
    seeded(
        "alarms-go-to-topics",
        AUDIT,
        broken("Alarmed", "InsufficientDataActions", [_ELSEWHERE]),
        "an alarm for a function",
    ),
    seeded(
        "stream-writes-to-an-evidence-bucket",
        AUDIT,
        broken("Stream", "ExtendedS3DestinationConfiguration.BucketARN", "arn:aws:s3:::elsewhere"),
        "records in somebody's bucket",
    ),
    seeded(
        "stream-is-encrypted",
        AUDIT,
        broken("Stream", "DeliveryStreamEncryptionConfigurationInput"),
        "records that wait in the clear",
    ),
    seeded(
        "records-go-to-named-streams",
        AUDIT,
        broken("Subscription", "DestinationArn", _ELSEWHERE),
        "records for another account's function",
    ),
    seeded(
        "log-protection-stays-here",
        AUDIT,
        broken(
            "Records",
            "DataProtectionPolicy.Statement.0.Operation.Audit.FindingsDestination",
            {"S3": {"Bucket": "elsewhere"}},
        ),
        "findings in somebody's bucket",
    ),
    seeded(
        "parameter-has-no-secret",
        AUDIT,
        broken("Parameter", "Value", "AKIA" + "A" * 16),
        "an access key in a parameter",
    ),
)
