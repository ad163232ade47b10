"""A customer-managed key for one purpose."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class CustomerKey(Construct):
    """A KMS key that serves one purpose, rotates every year and outlives its stack.

    A key per purpose keeps a grant on one of them from opening the others. The key is retained when the stack goes:
    what it encrypted would be unreadable without it.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    alias
        Name after ``alias/``, unique in the account and Region.
    description
        What the key encrypts, as an administrator of the account will read it.

    Example
    -------
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> key.allow_log_groups()
    """

    def __init__(self, scope: Construct, construct_id: str, *, alias: str, description: str) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            alias=alias,
            description=description,
            enable_key_rotation=True,
            pending_window=Duration.days(30),
            removal_policy=RemovalPolicy.RETAIN,
        )

    @property
    def arn(self) -> str:
        """ARN of the key."""
        return self.key.key_arn

    def allow_log_groups(self) -> None:
        """Let CloudWatch Logs use the key, for log groups of this account and Region only.

        The condition on the encryption context is what keeps the service from using the key for anybody else's group
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
        """
        stack = Stack.of(self)
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroupsOfThisAccount",
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": stack.format_arn(service="logs", resource="log-group:*")
                    }
                },
            )
        )

    def allow_trail(self, trail_arn: str) -> None:
        """Let CloudTrail encrypt the files of one trail, and nothing else, with the key.

        Parameters
        ----------
        trail_arn
            The trail. Source of the statements:
            https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        """
        cloudtrail = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailEncryptsItsFiles",
                principals=[cloudtrail],
                actions=["kms:GenerateDataKey"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "aws:SourceArn": trail_arn,
                        "kms:EncryptionContext:aws:cloudtrail:arn": trail_arn,
                    }
                },
            )
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailReadsTheKeyItUses",
                principals=[cloudtrail],
                actions=["kms:DescribeKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
            )
        )
