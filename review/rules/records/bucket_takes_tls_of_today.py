"""Every bucket refuses TLS before 1.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import listed
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    own = deployment.resolver.reference(bucket.id, bucket.stack)
    arn = deployment.resolver.arn(bucket)
    for policy in deployment.assembly.of_type("AWS::S3::BucketPolicy"):
        if deployment.resolver.of(policy, "Bucket") != own:
            continue
        for statement in listed((deployment.resolver.of(policy, "PolicyDocument") or {}).get("Statement")):
            if _denies_old(statement) and {arn, f"{arn}/*"} <= set(listed(statement.get("Resource"))):
                return ""
    return "it takes TLS 1.0 and 1.1"


def _denies_old(statement: Mapping[str, Any]) -> bool:
    asked = statement.get("Condition") or {}
    version = (asked.get("NumericLessThan") or {}).get("s3:TlsVersion") if set(asked) == {"NumericLessThan"} else None
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and "s3:*" in listed(statement.get("Action"))
        and str(version) in ("1.2", "1.3")
    )


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
