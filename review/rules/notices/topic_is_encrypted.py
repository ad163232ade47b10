"""Every topic is encrypted with a key of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import TOPIC, is_own_key
from review.rules.rule import Rule, controls, each


@each(TOPIC)
def _check(deployment: Deployment, topic: Resource) -> str:
    key = deployment.resolver.of(topic, "KmsMasterKeyId")
    return "" if is_own_key(deployment, key) else f"its key is {key or 'none'}: one that the templates make is right"


RULE = Rule(
    id="topic-is-encrypted",
    title="Every topic is encrypted with a key of the deployment",
    why="with AWS's own key for topics no alarm can be published, and nobody can say who reads one",
    severity="medium",
    fix="set KmsMasterKeyId to a key of the deployment whose policy lets CloudWatch and EventBridge use it",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    controls=controls(nist="SC-12 SC-28", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
