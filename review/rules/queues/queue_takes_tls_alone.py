"""Every queue refuses requests without TLS."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import QUEUE, denies_everybody, listed
from review.rules.rule import Rule, controls, each

_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


@each(QUEUE)
def _check(deployment: Deployment, queue: Resource) -> str:
    arn = deployment.resolver.arn(queue)
    own = {deployment.resolver.reference(queue.id, queue.stack), arn}
    for policy in deployment.assembly.of_type("AWS::SQS::QueuePolicy"):
        if not own & set(listed(deployment.resolver.of(policy, "Queues"))):
            continue
        document = deployment.resolver.of(policy, "PolicyDocument") or {}
        if any(
            denies_everybody(statement, "sqs:*")
            and arn in listed(statement.get("Resource"))
            and statement.get("Condition") == _PLAIN
            for statement in listed(document.get("Statement"))
        ):
            return ""
    return "it takes requests that are not encrypted on their way"


RULE = Rule(
    id="queue-takes-tls-alone",
    title="Every queue refuses requests without TLS",
    why="what goes in the clear is read on its way",
    severity="medium",
    fix="deny sqs:* where aws:SecureTransport is false",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
    controls=controls(nist="SC-8 SC-13", soc2="CC6.7"),
    check=_check,
)
