"""The key of a log group, a trail or a topic lets the service in that encrypts with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Principal
from review.iam.context import Values
from review.identities import document
from review.proof.outsiders import admitted
from review.rules.facts import TOPIC
from review.rules.rule import NotApplicableError, Result, Rule, controls, judged


def _check(deployment: Deployment) -> Iterator[Result]:
    for group in deployment.assembly.of_type("AWS::Logs::LogGroup"):
        yield judged(_group, deployment, group)
    for trail in deployment.assembly.of_type("AWS::CloudTrail::Trail"):
        yield judged(_trail, deployment, trail)
    for topic in deployment.assembly.of_type(TOPIC):
        yield judged(_topic, deployment, topic)


def _group(deployment: Deployment, group: Resource) -> str:
    place = deployment.resolver.place(group.stack)
    name = place.arn("logs", f"log-group:{deployment.resolver.reference(group.id, group.stack)}")
    context = {"kms:encryptioncontext:aws:logs:arn": (name,)}
    return _judge(deployment, group, "KmsKeyId", f"logs.{place.region}.amazonaws.com", context)


def _trail(deployment: Deployment, trail: Resource) -> str:
    arn = deployment.resolver.arn(trail)
    context = {"aws:sourcearn": (arn,), "kms:encryptioncontext:aws:cloudtrail:arn": (arn,)}
    return _judge(deployment, trail, "KMSKeyId", "cloudtrail.amazonaws.com", context)


def _topic(deployment: Deployment, topic: Resource) -> str:
    """Alarms are published by CloudWatch, which encrypts them.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    arn = deployment.resolver.arn(topic, "TopicArn")
    context = {"kms:encryptioncontext:aws:sns:topicarn": (arn,), "aws:sourceaccount": (deployment.account,)}
    return _judge(deployment, topic, "KmsMasterKeyId", "cloudwatch.amazonaws.com", context)


def _judge(
    deployment: Deployment, user: Resource, name: str, service: str, context: Mapping[str, Values | None]
) -> str:
    named = deployment.resolver.of(user, name)
    key = deployment.once(_keys).get(str(named))
    if key is None:
        raise NotApplicableError("its key is in no template")
    policy = document(deployment.resolver.of(key, "KeyPolicy"), key.place)
    who = Principal.parse(service)
    found = admitted(policy, who, ["kms:GenerateDataKey"], fixed=context, partition=deployment.partition(user))
    return "" if found is not None else f"{key.place} does not let {service} encrypt for it"


def _keys(deployment: Deployment) -> dict[str, Resource]:
    """The keys by their ARNs and their ids."""
    return {
        name: key
        for key in deployment.assembly.of_type("AWS::KMS::Key")
        for name in (deployment.resolver.arn(key), deployment.resolver.reference(key.id, key.stack))
    }


RULE = Rule(
    id="key-lets-its-user-in",
    title="The key of a log group, a trail or a topic lets the service in that encrypts with it",
    why="a key that is for something else leaves records unwritten, or opens one purpose's records with another's key",
    severity="medium",
    fix="name the key that is for it, or add the service to the key's policy, bound to this resource",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    controls=controls(nist="SC-12 SC-28 AU-5", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
