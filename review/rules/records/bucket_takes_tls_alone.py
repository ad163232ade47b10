"""Every bucket refuses requests without TLS."""

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
            if _denies_plain(statement) and {arn, f"{arn}/*"} <= set(listed(statement.get("Resource"))):
                return ""
    return "it takes requests that are not encrypted"


def _denies_plain(statement: Mapping[str, Any]) -> bool:
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and "s3:*" in listed(statement.get("Action"))
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


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
