"""What an alarm does is to tell a topic."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.iam.arn import account_of
from review.rules.facts import listed
from review.rules.rule import Rule, controls, each

_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


@each("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
def _check(deployment: Deployment, alarm: Resource) -> str:
    for name in _ACTIONS:
        for arn in map(str, listed(deployment.resolver.of(alarm, name))):
            if not arn.startswith("arn:") or arn.split(":")[2] != "sns" or account_of(arn) != deployment.account:
                return f"it sets off {arn}, which is no topic of the account"
    return ""


RULE = Rule(
    id="alarms-go-to-topics",
    title="What an alarm does is to tell a topic",
    why="an alarm can start a function or stop a machine, which is a right that no policy of a role shows",
    severity="medium",
    fix="name a topic of the account in the alarm's actions",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
    controls=controls(nist="AC-6 SI-4", soc2="CC7.2", aws="DETECT-05"),
    check=_check,
)
