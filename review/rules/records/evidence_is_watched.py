"""Who reads or changes the trail's files is recorded too."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::S3::Bucket")
def _check(deployment: Deployment, bucket: Resource) -> str:
    arn = deployment.resolver.arn(bucket)
    trails = list(deployment.assembly.of_type("AWS::CloudTrail::Trail"))
    if not any(
        deployment.resolver.of(t, "S3BucketName") == deployment.resolver.reference(bucket.id, bucket.stack)
        for t in trails
    ):
        raise NotApplicableError("it holds no files of a trail")
    for trail in trails:
        for selector in deployment.resolver.of(trail, "AdvancedEventSelectors") or []:
            fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
            asked = [(fields.get(name) or {}).get("Equals") for name in ("eventCategory", "resources.type")]
            if asked == [["Data"], ["AWS::S3::Object"]] and f"{arn}/" in (
                (fields.get("resources.ARN") or {}).get("StartsWith") or []
            ):
                return ""
    return "nobody sees who reads or changes the evidence"


RULE = Rule(
    id="evidence-is-watched",
    title="Who reads or changes the trail's files is recorded too",
    why="evidence that can be read unseen can be gone through unseen",
    severity="medium",
    fix="record data events of the bucket's objects",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html",
    controls=controls(nist="AU-9 AU-12", soc2="CC7.2"),
    check=_check,
)
