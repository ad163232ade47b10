"""Every bucket refuses requests without TLS."""

from __future__ import annotations

from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import bucket_denies
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    if bucket_denies(deployment, bucket, _is_plain):
        return ""
    return "it takes requests that are not encrypted"


def _is_plain(condition: Any) -> bool:
    return bool(condition == {"Bool": {"aws:SecureTransport": "false"}})


RULE = Rule(
    id="bucket-takes-tls-alone",
    title="Every bucket refuses requests without TLS",
    why="what goes in the clear is read on its way",
    severity="medium",
    fix="deny s3:* where aws:SecureTransport is false",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    controls=controls(nist="SC-8 SC-13", soc2="CC6.7"),
    check=_check,
)
