"""Logs, buckets, keys and versions of guardrails stay when their stack goes."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Bedrock::GuardrailVersion")
def _check(_deployment: Deployment, resource: Resource) -> str:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.body.get(policy) not in ("Retain", "RetainExceptOnCreate"):
            return f"its {policy} is {resource.body.get(policy) or 'Delete'}: it goes with its stack"
    return ""


RULE = Rule(
    id="evidence-is-kept",
    title="Logs, buckets, keys and versions of guardrails stay when their stack goes",
    why="whoever deletes a stack deletes the evidence of what was done with it",
    severity="high",
    fix="set DeletionPolicy and UpdateReplacePolicy to Retain",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
    controls=controls(nist="AU-9 AU-11 CP-9", soc2="CC7.2 A1.2", iso="A.6.2.8"),
    check=_check,
)
