"""Every topic refuses messages without TLS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import denies_everybody, listed
from review.rules.rule import Rule, controls, each


@each("AWS::SNS::Topic")
def _check(deployment: Deployment, topic: Resource) -> str:
    own = deployment.resolver.reference(topic.id, topic.stack)
    for policy in deployment.assembly.of_type("AWS::SNS::TopicPolicy"):
        if own not in (deployment.resolver.of(policy, "Topics") or []):
            continue
        document = deployment.resolver.of(policy, "PolicyDocument") or {}
        if any(_denies_plain(statement, own) for statement in listed(document.get("Statement"))):
            return ""
    return "it takes messages that are not encrypted on their way"


def _denies_plain(statement: Mapping[str, Any], topic: str) -> bool:
    return (
        denies_everybody(statement, "sns:Publish")
        and topic in listed(statement.get("Resource"))
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


RULE = Rule(
    id="topic-takes-tls-alone",
    title="Every topic refuses messages without TLS",
    why="what goes in the clear is read on its way",
    severity="medium",
    fix="deny sns:Publish where aws:SecureTransport is false",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit",
    controls=controls(nist="SC-8 SC-13", soc2="CC6.7"),
    check=_check,
)
