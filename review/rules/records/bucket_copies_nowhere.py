"""No bucket sends what it holds, or lists of it, anywhere else by itself."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each

#: What a bucket may say of itself; by what is none of these, S3 writes elsewhere, or serves others
#: (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html).
_OF_ITSELF = frozenset(
    (
        *("AbacStatus", "BucketEncryption", "BucketName", "BucketNamePrefix", "BucketNamespace"),
        *("LifecycleConfiguration", "ObjectLockConfiguration", "ObjectLockEnabled", "OwnershipControls"),
        *("PublicAccessBlockConfiguration", "Tags", "VersioningConfiguration"),
    )
)
_SAYS = {
    "AccelerateConfiguration": "is reached by way of edge locations",
    "AnalyticsConfigurations": "writes analyses of what it holds to another bucket",
    "CorsConfiguration": "answers pages of others",
    "InventoryConfigurations": "writes lists of what it holds to another bucket",
    "LoggingConfiguration": "writes who asked for what to another bucket",
    "MetadataConfiguration": "keeps tables of what it holds, which others query",
    "MetadataTableConfiguration": "keeps tables of what it holds, which others query",
    "NotificationConfiguration": "tells others of each object",
    "ReplicationConfiguration": "copies each object to another bucket",
    "WebsiteConfiguration": "serves what it holds as a website",
}


@each("AWS::S3::Bucket")
def _check(_deployment: Deployment, bucket: Resource) -> str:
    found = [_SAYS.get(name, f"has {name}, of which it is not known where it leads") for name in bucket.properties]
    wrong = [said for name, said in zip(bucket.properties, found, strict=True) if name not in _OF_ITSELF]
    return f"it {' and '.join(wrong)}" if wrong else ""


RULE = Rule(
    id="bucket-copies-nowhere",
    title="No bucket sends what it holds, or lists of it, anywhere else by itself",
    why="a copy is kept, and read, by rules of another bucket; S3 makes it by a right of its own, which no role shows",
    severity="high",
    fix="take the configuration away, or accept it with where it leads",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
    controls=controls(nist="AC-4 AU-9 SC-7", soc2="CC6.1 CC6.7 C1.1"),
    check=_check,
)
