"""Every trail runs, in all Regions, with validated and encrypted files in the deployment's bucket."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on, of
from review.rules.rule import Rule, controls, each


@each("AWS::CloudTrail::Trail")
def _check(deployment: Deployment, trail: Resource) -> str:
    known = of(deployment, trail)
    # What happens in IAM, and in other Regions, is management events: a trail of data events alone is of its Region.
    management = "'Management'" in str(known.get("AdvancedEventSelectors"))
    everywhere = ("IsMultiRegionTrail", "IncludeGlobalServiceEvents") if management else ()
    for name in ("EnableLogFileValidation", "IsLogging", *everywhere):
        if not is_on(known.get(name)):
            return f"its {name} is {known.get(name)}"
    keys = {deployment.resolver.arn(key) for key in deployment.assembly.of_type("AWS::KMS::Key")}
    if known.get("KMSKeyId") not in keys:
        return "its files are not encrypted with a key of the deployment"
    buckets = {deployment.resolver.reference(b.id, b.stack) for b in deployment.assembly.of_type("AWS::S3::Bucket")}
    return (
        ""
        if known.get("S3BucketName") in buckets
        else "its files go to a bucket of which no template says who reads it"
    )


RULE = Rule(
    id="trail-is-whole",
    title="Every trail runs, in all Regions, with validated and encrypted files in the deployment's bucket",
    why="a trail that is stopped, or whose files can be changed unseen, is no evidence",
    severity="high",
    fix="set IsLogging, EnableLogFileValidation, IsMultiRegionTrail and the deployment's key",
    source="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    controls=controls(nist="AU-9 AU-10 AU-12", soc2="CC7.2", iso="A.6.2.8", aws="DETECT-01", lens="GENSEC03-BP01"),
    check=_check,
)
