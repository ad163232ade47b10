"""A policy of a bucket, a log group, a topic or a queue is about its own resource, by name."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.identities import document
from review.rules.facts import listed
from review.rules.rule import Rule, controls, each

#: By type: the property that names what the policy is put to, and the type and attribute of that.
_OWN = {
    "AWS::S3::BucketPolicy": ("Bucket", "AWS::S3::Bucket", "Arn"),
    "AWS::SNS::TopicPolicy": ("Topics", "AWS::SNS::Topic", "TopicArn"),
    "AWS::SQS::QueuePolicy": ("Queues", "AWS::SQS::Queue", "Arn"),
}


@each(*_OWN, "AWS::Logs::ResourcePolicy")
def _check(deployment: Deployment, policy: Resource) -> str:
    starts = _starts(deployment, policy)
    for statement in document(deployment.resolver.of(policy, "PolicyDocument"), policy.place).statements:
        named = statement.resource.values if statement.resource and not statement.resource.negated else ("*",)
        strange = [value for value in named if not value.startswith(tuple(starts))]
        if statement.effect == "Allow" and strange:
            return f"{statement.place} is about {strange[0]}: what it is put to is all that it may name"
    return ""


def _starts(deployment: Deployment, policy: Resource) -> list[str]:
    if policy.type not in _OWN:
        place = deployment.resolver.place(policy.stack)
        groups = deployment.assembly.of_type("AWS::Logs::LogGroup")
        return [place.arn("logs", f"log-group:{deployment.resolver.reference(g.id, g.stack)}:") for g in groups]
    name, kind, attribute = _OWN[policy.type]
    put_to = listed(deployment.resolver.of(policy, name))
    return [
        deployment.resolver.arn(resource, attribute)
        for resource in deployment.assembly.of_type(kind)
        if {deployment.resolver.reference(resource.id, resource.stack), deployment.resolver.arn(resource, attribute)}
        & set(put_to)
    ]


RULE = Rule(
    id="resource-policy-names-its-own",
    title="A policy of a bucket, a log group, a topic or a queue is about its own resource, by name",
    why="a statement about every resource lets in more than it says, and is refused or read otherwise by some services",
    severity="medium",
    fix="name the resource's ARN, and below it what the statement is about",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-resources.html",
    controls=controls(nist="AC-6 AC-3", soc2="CC6.1 CC6.3", aws="IAM-02"),
    check=_check,
)
