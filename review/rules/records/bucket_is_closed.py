"""Every bucket blocks all public access."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on
from review.rules.rule import Rule, controls, each

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    known = deployment.resolver.of(bucket, "PublicAccessBlockConfiguration") or {}
    missing = [name for name in _BLOCKS if not is_on(known.get(name))]
    return f"it lacks {', '.join(missing)}" if missing else ""


RULE = Rule(
    id="bucket-is-closed",
    title="Every bucket blocks all public access",
    why="evidence that anybody reads, or that anybody may be let to read",
    severity="critical",
    fix="set all four blocks",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    controls=controls(nist="AC-3 SC-7", soc2="CC6.1 CC6.6", aws="DATA-04"),
    check=_check,
)
