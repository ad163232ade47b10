"""Every queue is encrypted, by its own words."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import QUEUE, is_on
from review.rules.rule import Rule, controls, each


@each(QUEUE)
def _check(deployment: Deployment, queue: Resource) -> str:
    if deployment.resolver.of(queue, "KmsMasterKeyId") or is_on(deployment.resolver.of(queue, "SqsManagedSseEnabled")):
        return ""
    return "nothing says what encrypts its messages"


RULE = Rule(
    id="queue-is-encrypted",
    title="Every queue is encrypted, by its own words",
    why="a message may hold a prompt, and rests in the queue until somebody takes it",
    severity="medium",
    fix="set SqsManagedSseEnabled to true, or KmsMasterKeyId to a key",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
    controls=controls(nist="SC-12 SC-28", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
