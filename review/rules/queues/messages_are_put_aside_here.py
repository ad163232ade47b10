"""What a queue puts aside goes to a queue of the templates."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import QUEUE
from review.rules.rule import NotApplicableError, Rule, controls, each


@each(QUEUE)
def _check(deployment: Deployment, queue: Resource) -> str:
    written = deployment.resolver.of(queue, "RedrivePolicy")
    if not written:
        raise NotApplicableError("it puts nothing aside")
    target = written.get("deadLetterTargetArn") if isinstance(written, dict) else written
    own = {deployment.resolver.arn(each) for each in deployment.assembly.of_type(QUEUE)}
    return "" if target in own else f"it puts messages aside in {target}, which is no queue of these templates"


RULE = Rule(
    id="messages-are-put-aside-here",
    title="What a queue puts aside goes to a queue of the templates",
    why="a message may hold a prompt, and what is not known of the other queue is who reads it",
    severity="medium",
    fix="make the queue for what is put aside beside the other, encrypted and over TLS alone too",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    controls=controls(nist="AC-4 SC-7", soc2="CC6.1 CC6.7"),
    check=_check,
)
