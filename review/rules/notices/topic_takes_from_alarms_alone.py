"""Every topic takes messages from the alarms and events of the account alone."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Statement
from review.iam.matching import action_listed
from review.identities import document
from review.rules.facts import TOPIC, allowing, listed
from review.rules.rule import Rule, controls, each

#: Who tells of an alarm, of an event and of a budget.
_TELLS = {"cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"}


@each(TOPIC)
def _check(deployment: Deployment, topic: Resource) -> str:
    own = deployment.resolver.reference(topic.id, topic.stack)
    arn = deployment.resolver.arn(topic, "TopicArn")
    policies = [
        document(deployment.resolver.of(policy, "PolicyDocument"), policy.place)
        for policy in deployment.assembly.of_type("AWS::SNS::TopicPolicy")
        if {own, arn} & set(listed(deployment.resolver.of(policy, "Topics")))
    ]
    if not policies:
        return "it has no policy: no alarm is published to it, and whoever IAM lets in the account may"
    wrong = [_wrong(statement) for policy in policies for statement in allowing(policy)]
    return next(filter(None, wrong), "")


def _wrong(statement: Statement) -> str:
    if statement.principals is None or statement.principals.negated or set(statement.principals.kinds) != {"Service"}:
        return f"{statement.place} lets in others than services; for a role, its own policy is the place"
    strange = sorted(set(statement.principals.kinds["Service"]) - _TELLS)
    if strange:
        return f"{statement.place} lets {', '.join(strange)} publish, which tells of no alarm"
    if (
        statement.action is None
        or statement.action.negated
        or not all(
            action_listed(statement.action, "sns:Publish") and value.lower() == "sns:publish"
            for value in statement.action.values
        )
    ):
        return f"{statement.place} lets them more than sns:Publish"
    return ""


RULE = Rule(
    id="topic-takes-from-alarms-alone",
    title="Every topic takes messages from the alarms and events of the account alone",
    why="whoever publishes to it tells people what looks like an alarm, or drowns one",
    severity="medium",
    fix="let cloudwatch.amazonaws.com and events.amazonaws.com sns:Publish, where aws:SourceAccount is the account",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    controls=controls(nist="AC-3 SI-4", soc2="CC6.1 CC7.2", aws="DETECT-05"),
    check=_check,
)
