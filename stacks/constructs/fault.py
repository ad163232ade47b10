"""What is alarmed on: a metric, when it means something, and the runbook that says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic

# Written as references, asked of CDK once.
_PLACE = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:"
#: The period of what is counted.
FIVE_MINUTES = Duration.minutes(5)
#: Where the runbooks are, as an alarm's description says it: the clone that was deployed, unless it is told otherwise.
RUNBOOKS = "docs/runbooks"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, or what shows it.

    Attributes
    ----------
    runbook
        Name of its runbook, and the end of its alarm's name.
    says
        What it means, in a sentence for whoever is told.
    metric
        What is looked at, with its statistic and period.
    threshold
        The alarm is raised at this value, and above. None: outside of a band that CloudWatch learns, above it.
    of
        Periods of which so many must be so: ``(2, 3)`` is two of the last three.
    missing
        What a period without a value means: that all is well, or nothing, so that the alarm stays as it is.
    """

    runbook: str
    says: str
    metric: cloudwatch.IMetric
    threshold: float | None = 1
    of: tuple[int, int] = (1, 1)
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING

    def alarm(self, scope: Construct, construct_id: str, *, name: str, runbooks: str = RUNBOOKS) -> cloudwatch.Alarm:
        """Make its alarm, which tells nobody yet.

        Parameters
        ----------
        scope, construct_id
            Where the alarm stands in the tree.
        name
            Name of the alarm.
        runbooks
            Folder or URL of the runbooks.
        """
        description = described(self.says, self.runbook, runbooks)
        enough, last = self.of
        if self.threshold is None:
            return cloudwatch.AnomalyDetectionAlarm(
                scope,
                construct_id,
                alarm_name=name,
                alarm_description=description,
                metric=self.metric,
                std_devs=_BAND,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_UPPER_THRESHOLD,
                evaluation_periods=last,
                datapoints_to_alarm=enough,
                treat_missing_data=self.missing,
            )
        return cloudwatch.Alarm(
            scope,
            construct_id,
            alarm_name=name,
            alarm_description=description,
            metric=self.metric,
            threshold=self.threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=last,
            datapoints_to_alarm=enough,
            treat_missing_data=self.missing,
        )


# Seconds by which an alarm on the whole deployment may come later, or end sooner, than a team's.
_LATER = 600
#: Standard deviations from what is expected at which the band ends: wide, since a model's latency depends on its input.
_BAND = 4


def described(says: str, runbook: str, runbooks: str) -> str:
    """Return an alarm's description: what it means, and where it is written what to do.

    Examples
    --------
    >>> described("It fails.", "failing", "https://git.example.com/cloister/docs/runbooks")
    'It fails. What to do: https://git.example.com/cloister/docs/runbooks/failing.md'
    """
    return f"{says} What to do: {runbooks}/{runbook}.md"


def alarm_arn(name: str) -> str:
    """Return the ARN of an alarm of the stack's own account and Region, by its name."""
    return f"{_PLACE}{name}"


def told_once(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    description: str,
    alarms: Mapping[str, cloudwatch.Alarm],
    topic: AlarmTopic,
    everywhere: str | None = None,
) -> cloudwatch.CfnCompositeAlarm:
    """Make the composite alarm that tells of several others, which tell nobody themselves.

    It names them, since each reference would be a message to CDK, for each team.

    Parameters
    ----------
    scope, construct_id
        Where the alarm stands in the tree.
    name, description
        As CloudWatch shows it.
    alarms
        The others, by their names.
    topic
        Who is told, when one of them is raised, and when none is any more.
    everywhere
        Name of an alarm that is raised when this one would only say the same: while it is, nobody is told here. It may
        come later, and end sooner, by some minutes
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html).
    """
    composite = cloudwatch.CfnCompositeAlarm(
        scope,
        construct_id,
        alarm_name=name,
        alarm_description=description,
        alarm_rule=" OR ".join(f'ALARM("{alarm}")' for alarm in alarms),
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        actions_suppressor=alarm_arn(everywhere) if everywhere else None,
        actions_suppressor_wait_period=_LATER if everywhere else None,
        actions_suppressor_extension_period=_LATER if everywhere else None,
    )
    composite.node.add_dependency(*alarms.values())
    return composite


def of_requests(
    runbook: str, says: str, errors: cloudwatch.IMetric, requests: cloudwatch.IMetric, *, least: int
) -> Fault:
    """Return the fault that 5 % of the requests or more are errors, in two of three times of five minutes.

    Parameters
    ----------
    runbook, says
        As of `Fault`.
    errors, requests
        Counts, each a sum of five minutes.
    least
        Errors: fewer mean nothing, whatever their share.
    """
    share = cloudwatch.MathExpression(
        expression=f"IF(FILL(errors, 0) >= {least}, 100 * errors / requests, 0)",
        using_metrics={"errors": errors, "requests": requests},
        label="per cent",
        period=FIVE_MINUTES,
    )
    return Fault(runbook, says, share, threshold=5, of=(2, 3))


def part_of(name: str) -> str:
    """Return a name as the id of a construct.

    Examples
    --------
    >>> part_of("budget-50")
    'Budget50'
    """
    return "".join(part.capitalize() for part in name.split("-"))
