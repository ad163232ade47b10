"""What rests: encrypted with a key of the deployment's, kept as long as it says, closed to the public."""

from __future__ import annotations

from collections.abc import Iterator

from review.finding import Finding
from stacks.promises.template import Broken, Stack, is_on

__all__ = ["storage"]

_LOGS = Broken(
    "log-group-is-encrypted-and-ends",
    "Records would rest under AWS's own key, or for ever.",
    "make the group by EncryptedLogGroup",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
_BUCKET = Broken(
    "bucket-is-closed",
    "Evidence would be open to others, or lost.",
    "make the bucket by AuditBucket",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
)
_KEY = Broken(
    "key-rotates",
    "A key that does not rotate protects more and more with the same material.",
    "make the key by CustomerKey",
    "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
)
_GUARDRAIL = Broken(
    "guardrail-is-whole",
    "Prompts and answers would be judged by less than was reviewed.",
    "make the guardrail by BaselineGuardrail",
    "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html",
)
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def storage(stack: Stack) -> Iterator[Finding]:
    """Find what rests unprotected, and a guardrail that lacks what every one has."""
    for name, group in stack.of("AWS::Logs::LogGroup"):
        if not group.get("KmsKeyId") or not group.get("RetentionInDays"):
            yield _LOGS.at(stack, name, "has no key or no end")
    for name, bucket in stack.of("AWS::S3::Bucket"):
        public = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(is_on(public.get(block)) for block in _BLOCKS):
            yield _BUCKET.at(stack, name, "does not block all public access")
        if "aws:kms" not in str(bucket.get("BucketEncryption")):
            yield _BUCKET.at(stack, name, "is not encrypted with a key of KMS")
        if bucket.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield _BUCKET.at(stack, name, "keeps no versions")
    for name, key in stack.of("AWS::KMS::Key"):
        if not is_on(key.get("EnableKeyRotation")):
            yield _KEY.at(stack, name, "does not rotate")
    for name, guardrail in stack.of("AWS::Bedrock::Guardrail"):
        filters = guardrail.get("ContentPolicyConfig", {}).get("FiltersConfig", [])
        if not any(found.get("Type") == "PROMPT_ATTACK" for found in filters):
            yield _GUARDRAIL.at(stack, name, "has no filter of prompt attacks")
        if not guardrail.get("KmsKeyArn"):
            yield _GUARDRAIL.at(stack, name, "is not encrypted with the deployment's key")
