"""Every bucket is encrypted with a key of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    keys = {deployment.resolver.arn(key) for key in deployment.assembly.of_type("AWS::KMS::Key")}
    rules = (deployment.resolver.of(bucket, "BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []
    for rule in rules:
        default = rule.get("ServerSideEncryptionByDefault") or {}
        if default.get("SSEAlgorithm") in ("aws:kms", "aws:kms:dsse") and default.get("KMSMasterKeyID") in keys:
            return ""
    return "it is not encrypted with a key of the deployment"


RULE = Rule(
    id="bucket-has-a-customer-key",
    title="Every bucket is encrypted with a key of the deployment",
    why="who may read the evidence is then decided by the key's policy too",
    severity="high",
    fix="set BucketEncryption to aws:kms with the deployment's key",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    controls=controls(nist="SC-12 SC-28 AU-9", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
