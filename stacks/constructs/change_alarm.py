"""Who changed what, told as it happens."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic

# What stands for a field of the event is the same in each team's rule, so CDK is asked for it once.
_field = cache(events.EventField.from_path)


class ChangeAlarm(Construct):
    """An EventBridge rule that tells a topic of changes, in a sentence: who did what, from where, and when.

    CloudTrail hands EventBridge the changes of the Region that they were made in, within minutes, where some trail of
    the account records management events
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html). An attempt that AWS
    refused is told too, with the error. What was asked for is not told: a guardrail's words are in it, for one.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    topic
        Who is told.
    name
        Name of the rule, unique in the account and Region.
    says
        What was changed: the beginning of a sentence that ends in ``was changed``.
    detail
        What the event's ``detail`` holds, as EventBridge matches it.

    Example
    -------
    >>> key = CustomerKey(stack, "AlarmsKey", alias="cloister/alarms", description="Alarms of Cloister")
    >>> topic = AlarmTopic(stack, "Alarms", name="Cloister-alarms", key=key)
    >>> alarm = ChangeAlarm(
    ...     stack,
    ...     "TrailChanged",
    ...     topic=topic,
    ...     name="Cloister-trail-changed",
    ...     says="The trail",
    ...     detail={"eventSource": ["cloudtrail.amazonaws.com"], "eventName": ["DeleteTrail", "StopLogging"]},
    ... )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlarmTopic,
        name: str,
        says: str,
        detail: Mapping[str, Sequence[Any] | Mapping[str, Any]],
    ) -> None:
        super().__init__(scope, construct_id)
        who, what, when = (_field(f"$.detail.{path}") for path in ("userIdentity.arn", "eventName", "eventTime"))
        where, by, wrong = (
            _field(f"$.detail.{path}") for path in ("sourceIPAddress", "userIdentity.invokedBy", "errorCode")
        )
        #: The rule.
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=name,
            description=f"{says} was changed, or somebody tried",
            # No `source`: what it is called of the newest services is not documented, and `eventSource` is.
            event_pattern=events.EventPattern(detail_type=["AWS API Call via CloudTrail"], detail=dict(detail)),
            targets=[
                targets.SnsTopic(
                    topic.named,
                    message=events.RuleTargetInput.from_text(
                        f"{says} was changed, or somebody tried. Call: {what}. By: {who} {by}. From: {where}. "
                        f"At: {when}. "
                        f"Refused with (nothing if it was done): {wrong}. Region: {_field('$.detail.awsRegion')}. "
                        f"The whole is in CloudTrail as event {_field('$.detail.eventID')}."
                    ),
                )
            ],
        )
