"""A log group that is encrypted, kept for a stated time, and not deleted with its stack."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import cast

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.fault import FIVE_MINUTES, RUNBOOKS, described

#: What no line is ever to hold, and no field of a record looks like: identifiers that also match what records do hold
#: are left out (e-mail addresses and IP addresses are who called and from where; account numbers are in ARNs). A card
#: number is one by its issuer's digits and its check digit, a secret key and a social security number by a word beside
#: it too (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html).
DATA_IDENTIFIERS = (
    *("AwsSecretKey", "CreditCardNumber", "OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey"),
    *("PuttyPrivateKey", "Ssn-US"),
)
_R = logs.RetentionDays
# The L2 construct takes an enumeration whose members do not carry their number of days.
_RETENTION: Mapping[int, logs.RetentionDays] = MappingProxyType(
    {
        **{1: _R.ONE_DAY, 3: _R.THREE_DAYS, 5: _R.FIVE_DAYS, 7: _R.ONE_WEEK, 14: _R.TWO_WEEKS, 30: _R.ONE_MONTH},
        **{60: _R.TWO_MONTHS, 90: _R.THREE_MONTHS, 120: _R.FOUR_MONTHS, 150: _R.FIVE_MONTHS, 180: _R.SIX_MONTHS},
        **{365: _R.ONE_YEAR, 400: _R.THIRTEEN_MONTHS, 545: _R.EIGHTEEN_MONTHS, 731: _R.TWO_YEARS},
        **{1096: _R.THREE_YEARS, 1827: _R.FIVE_YEARS, 2192: _R.SIX_YEARS, 2557: _R.SEVEN_YEARS},
        **{2922: _R.EIGHT_YEARS, 3288: _R.NINE_YEARS, 3653: _R.TEN_YEARS},
    }
)


class EncryptedLogGroup(Construct):
    """A CloudWatch log group under a customer-managed key.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    key
        Key of the log group; its policy must allow CloudWatch Logs (`CustomerKey.allow_log_groups`).
    retention_days
        Days until an event is deleted; one of the values that CloudWatch Logs accepts.
    name
        Name of the group. Left out, CloudFormation makes one up, which is right wherever no service demands a name.
    protected
        Whether CloudWatch Logs refuses to delete the group until somebody takes the protection off, a call of its own
        that a policy can deny (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html).

    Example
    -------
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> key.allow_log_groups()
    >>> group = EncryptedLogGroup(stack, "Records", key=key.key, retention_days=400)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        retention_days: int,
        name: str | None = None,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Group",
            log_group_name=name,
            encryption_key=key,
            deletion_protection_enabled=protected,
            retention=_RETENTION[retention_days],
            # Records are evidence: whoever deletes the stack does not delete them.
            removal_policy=RemovalPolicy.RETAIN,
        )

    @cached_property
    def name(self) -> str:
        """Name of the log group."""
        return self.log_group.log_group_name

    def mask(
        self, runbooks: str = RUNBOOKS, *, path: str | None = None, partition: str | None = None
    ) -> cloudwatch.Alarm:
        """Have CloudWatch Logs look for what no line is to hold (`DATA_IDENTIFIERS`), mask it, and raise an alarm.

        A second net below code that writes none of it. Nothing that the templates make has ``logs:Unmask``. AWS charges
        for each GB that it looks through (https://aws.amazon.com/cloudwatch/pricing/).

        Parameters
        ----------
        runbooks
            Folder or URL of the runbooks, which the alarm's description names.
        path, partition
            Where the construct stands in the tree, and AWS's partition; CDK is asked for what is left out.

        Returns
        -------
        cloudwatch.Alarm
            Raised by one line; whom it tells is to be said.
        """
        where = path or self.node.path
        place = f"arn:{partition or Stack.of(self).partition}:dataprotection::aws:data-identifier/"
        named = [f"{place}{name}" for name in DATA_IDENTIFIERS]
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-data-protection-policies.html
        cast(logs.CfnLogGroup, self.log_group.node.default_child).data_protection_policy = {
            "Name": "second-net",
            "Description": "What no line is to hold",
            "Version": "2021-06-01",
            "Statement": [
                {"Sid": "Find", "DataIdentifier": named, "Operation": {"Audit": {"FindingsDestination": {}}}},
                {"Sid": "Mask", "DataIdentifier": named, "Operation": {"Deidentify": {"MaskConfig": {}}}},
            ],
        }
        return cloudwatch.Alarm(
            self,
            "HoldsData",
            alarm_description=described(
                f"{where} holds a key, a card number or the like: it is masked, and something wrote it.",
                "masked-data",
                runbooks,
            ),
            metric=self.findings,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    @property
    def findings(self) -> cloudwatch.Metric:
        """Lines in which something was found, a sum each five minutes.

        Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
        """
        return cloudwatch.Metric(
            namespace="AWS/Logs",
            metric_name="LogEventsWithFindings",
            dimensions_map={"LogGroupName": self.name, "DataProtectionOperation": "Audit"},
            statistic="Sum",
            period=FIVE_MINUTES,
        )
