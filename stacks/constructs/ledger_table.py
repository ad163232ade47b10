"""The table that a team's budget is kept in."""

from functools import cached_property

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class LedgerTable(Construct):
    """A table on demand, encrypted with a key of its own, that can be put back to any second of its last days.

    It is kept when its stack goes: with it would go what was spent. Items end by themselves, 400 days after they were
    last written.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    key
        What it is encrypted with.
    protected
        Whether it refuses to be deleted until somebody takes that off.

    Example
    -------
    >>> key = CustomerKey(stack, "LedgerKey", alias="cloister/atlas-ledger", description="Budget of team atlas")
    >>> ledger = LedgerTable(stack, "Ledger", key=key.key)
    >>> [right.sid for right in ledger.writing()]
    ['KeepTheLedger', 'DynamoDbDecryptsTheLedger']
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, protected: bool = True) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires",
            deletion_protection=protected,
            removal_policy=RemovalPolicy.RETAIN,
        )

    @cached_property
    def name(self) -> str:
        """Name of the table."""
        return self.table.table_name

    def writing(self) -> list[iam.PolicyStatement]:
        """Return the right to reserve and settle, which is one action on this table, and what that takes of its key.

        DynamoDB decrypts for whoever asks it, so who asks must be allowed to decrypt
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html). The condition
        leaves that to DynamoDB: the role cannot call KMS by itself.
        """
        via = {"kms:ViaService": f"dynamodb.{Stack.of(self).region}.amazonaws.com"}
        return [
            iam.PolicyStatement(sid="KeepTheLedger", actions=["dynamodb:UpdateItem"], resources=[self.table.table_arn]),
            iam.PolicyStatement(
                sid="DynamoDbDecryptsTheLedger",
                actions=["kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={"StringEquals": via},
            ),
        ]

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody read what was spent, as a report of costs does.

        Parameters
        ----------
        grantee
            Who may.
        """
        return self.table.grant(grantee, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan")

    def metric_throttled(self) -> cloudwatch.Metric:
        """Writes that were turned away for want of capacity; each is made again."""
        return self.table.metric_throttled_requests_for_operation("UpdateItem")

    def metric_latency(self, statistic: str = "p99") -> cloudwatch.Metric:
        """Milliseconds that a write takes in DynamoDB."""
        return self.table.metric_successful_request_latency(
            dimensions_map={"TableName": self.name, "Operation": "UpdateItem"}, statistic=statistic
        )
