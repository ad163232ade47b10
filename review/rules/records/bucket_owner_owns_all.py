"""Every bucket's owner owns all that is in it."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    rules = (deployment.resolver.of(bucket, "OwnershipControls") or {}).get("Rules") or []
    return (
        ""
        if [rule.get("ObjectOwnership") for rule in rules] == ["BucketOwnerEnforced"]
        else "access control lists decide over its objects too"
    )


RULE = Rule(
    id="bucket-owner-owns-all",
    title="Every bucket's owner owns all that is in it",
    why="an access control list is a second policy, that no claim of the review reads",
    severity="medium",
    fix="set ObjectOwnership to BucketOwnerEnforced",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    controls=controls(nist="AC-3", soc2="CC6.1"),
    check=_check,
)
