"""Every bucket's files end when the deployment says."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    rules = (deployment.resolver.of(bucket, "LifecycleConfiguration") or {}).get("Rules") or []
    for rule in rules:
        if rule.get("Status") == "Enabled" and rule.get("ExpirationInDays") and not rule.get("Prefix"):
            later = rule.get("NoncurrentVersionExpiration") or {}
            if not later.get("NoncurrentDays"):
                return "versions that were written over rest for ever"
            begun = rule.get("AbortIncompleteMultipartUpload") or {}
            return "" if begun.get("DaysAfterInitiation") else "uploads that were begun and not ended rest for ever"
    return "its files rest for ever"


RULE = Rule(
    id="bucket-ends-its-files",
    title="Every bucket's files end when the deployment says",
    why="evidence without an end is a liability",
    severity="low",
    fix="add a lifecycle rule for objects, for their earlier versions and for uploads that do not end",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
    controls=controls(nist="AU-11 SI-12", soc2="C1.2"),
    check=_check,
)
