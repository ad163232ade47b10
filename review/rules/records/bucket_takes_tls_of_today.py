"""Every bucket refuses TLS before 1.2."""

from __future__ import annotations

from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import bucket_denies
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    if bucket_denies(deployment, bucket, _is_old):
        return ""
    return "it takes TLS 1.0 and 1.1"


def _is_old(condition: Any) -> bool:
    version = None
    if set(condition) == {"NumericLessThan"}:
        version = (condition["NumericLessThan"] or {}).get("s3:TlsVersion")
    return str(version) in ("1.2", "1.3")


RULE = Rule(
    id="bucket-takes-tls-of-today",
    title="Every bucket refuses TLS before 1.2",
    why="older versions of TLS are broken, and a bucket that takes them is as good as one without",
    severity="low",
    fix="deny s3:* where s3:TlsVersion is NumericLessThan 1.2",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html",
    controls=controls(nist="SC-8 SC-13", soc2="CC6.7"),
    check=_check,
)
