"""Every bucket keeps the versions of its objects."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    known = deployment.resolver.of(bucket, "VersioningConfiguration") or {}
    return "" if known.get("Status") == "Enabled" else "what is written over is gone"


RULE = Rule(
    id="bucket-keeps-versions",
    title="Every bucket keeps the versions of its objects",
    why="a file of the trail that is written over is evidence that is lost",
    severity="medium",
    fix="set VersioningConfiguration to Enabled",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    controls=controls(nist="AU-9 CP-9", soc2="CC7.2"),
    check=_check,
)
