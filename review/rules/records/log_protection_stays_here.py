"""What a log group's data protection finds is told to places of the deployment alone."""

from __future__ import annotations

from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import STREAM, listed
from review.rules.rule import NotApplicableError, Rule, controls, each

Json = Any


@each("AWS::Logs::LogGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    policy = deployment.resolver.of(group, "DataProtectionPolicy")
    if policy is None:
        raise NotApplicableError("it has no data protection policy")
    known = deployment.once(_known)
    for statement in listed(policy["Statement"]):
        audit = (statement.get("Operation") or {}).get("Audit")
        for kind, place in ((audit or {}).get("FindingsDestination") or {}).items():
            name = next(iter(place.values()))
            if name not in known:
                return f"what it finds is told to {kind} {name}, which no template makes"
    return ""


def _known(deployment: Deployment) -> set[str]:
    """Names of the log groups, buckets and streams that findings may go to."""
    return {
        deployment.resolver.reference(resource.id, resource.stack)
        for resource in deployment.assembly.of_type("AWS::Logs::LogGroup", "AWS::S3::Bucket", STREAM)
    }


RULE = Rule(
    id="log-protection-stays-here",
    title="What a log group's data protection finds is told to places of the deployment alone",
    why="a finding says where personal data was written",
    severity="medium",
    fix="name a log group, a bucket or a delivery stream of the templates, or none",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html",
    controls=controls(nist="AC-4 SI-4", owasp="LLM02", soc2="CC6.7"),
    check=_check,
)
