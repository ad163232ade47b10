"""A customer-managed key for one purpose."""

from collections.abc import Sequence
from functools import cache

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_ANY = ("*",)
# What managing a key takes, without what using it takes: who manages a key reads nothing by it.
_MANAGE = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


class CustomerKey(Construct):
    """A KMS key that serves one purpose, rotates every year and outlives its stack.

    A key per purpose keeps a grant on one of them from opening the others. The key is retained when the stack goes:
    what it encrypted would be unreadable without it.

    With administrators, the key policy leaves management to them, to whoever deploys and to the account's root user,
    all of whom need IAM's consent too, and leaves use to what the ``allow_*`` methods say. Principals are compared by
    condition and not named as such, so that a role which is made anew under its name stays an administrator, and one
    that does not exist yet does not fail the deployment. Without administrators the account's IAM policies decide,
    as they do for a key made in the console.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    alias
        Name after ``alias/``, unique in the account and Region.
    description
        What the key encrypts, as an administrator of the account will read it.
    administrators
        ARNs of the roles that may manage the key, with that which deploys it: AWS refuses a policy that would keep its
        author from changing it.

    Example
    -------
    >>> key = CustomerKey(
    ...     stack,
    ...     "LogsKey",
    ...     alias="cloister/logs",
    ...     description="Log groups of Cloister",
    ...     administrators=[
    ...         "arn:aws:iam::111122223333:role/platform",
    ...         "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1",
    ...     ],
    ... )
    >>> key.allow_log_groups()
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alias: str,
        description: str,
        administrators: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self._is_closed = bool(administrators)
        self.key = kms.Key(
            self,
            "Key",
            alias=alias,
            description=description,
            enable_key_rotation=True,
            pending_window=Duration.days(30),
            removal_policy=RemovalPolicy.RETAIN,
            policy=iam.PolicyDocument(
                statements=[managed_by(self, administrators) if administrators else as_iam_decides()]
            ),
        )

    @property
    def arn(self) -> str:
        """ARN of the key."""
        return self.key.key_arn

    def allow_log_groups(self, names: Sequence[str] = _ANY) -> None:
        """Let CloudWatch Logs use the key, for log groups of this account and Region only.

        The condition on the encryption context is what keeps the service from using the key for anybody else's group
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html). ``kms:DescribeKey``, which
        is in AWS's own example, is left out: it carries no encryption context, so the condition never lets it through.

        Parameters
        ----------
        names
            Patterns of the groups' names; all groups if left out.
        """
        stack = Stack.of(self)
        groups = [stack.format_arn(service="logs", resource=f"log-group:{name}") for name in names]
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroupsOfThisAccount",
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=[
                    "kms:Decrypt",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                resources=["*"],
                conditions={
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups if len(groups) > 1 else groups[0]}
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

    def allow_publishing(self, topic_arn: str) -> None:
        """Let CloudWatch alarms and EventBridge rules use the key for the messages of one topic, and nothing else.

        Amazon SNS puts the topic's ARN into the encryption context. For EventBridge that is all that can be asked: the
        conditions on a source are not supported in the policy of a topic's key, and what has them is not delivered
        (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services). Whose
        alarms and rules they are is what the topic's own policy says.

        Parameters
        ----------
        topic_arn
            The topic, by its ARN, which has to be known before the topic is: the topic needs the key.
        """
        topic = {"kms:EncryptionContext:aws:sns:topicArn": topic_arn}
        account = {"aws:SourceAccount": Stack.of(self).account}
        for service, sid, conditions in (
            ("cloudwatch", "AlarmsUseTheTopic", topic | account),
            ("events", "RulesUseTheTopic", topic),
        ):
            self.key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=sid,
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=["*"],
                    conditions={"StringEquals": conditions},
                )
            )

    def allow_through(self, service: str, actions: Sequence[str], *, sid: str) -> None:
        """Let principals of this account, whom IAM allows it too, use the key through one service on their behalf.

        A key without administrators allows that already, and is left as it is.

        Parameters
        ----------
        service
            First part of the service's host name, as in ``s3`` or ``bedrock``.
        actions
            KMS actions.
        sid
            What for.
        """
        if not self._is_closed:
            return
        stack = Stack.of(self)
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.AccountRootPrincipal()],
                actions=list(actions),
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "kms:CallerAccount": stack.account,
                        "kms:ViaService": f"{service}.{stack.region}.amazonaws.com",
                    }
                },
            )
        )


def managed_by(scope: Construct, administrators: Sequence[str]) -> iam.PolicyStatement:
    """Return what leaves management of a key to its administrators, with IAM's consent, and its use to nobody."""
    root = Stack.of(scope).format_arn(service="iam", region="", resource="root", arn_format=ArnFormat.NO_RESOURCE_NAME)
    return iam.PolicyStatement(
        sid="AdministratorsManage",
        # The account, which is to say IAM, bounded by the condition to those who are named.
        principals=[iam.AccountRootPrincipal()],
        actions=list(_MANAGE),
        resources=["*"],
        conditions={"ArnEquals": {"aws:PrincipalArn": [*administrators, root]}},
    )


@cache
def as_iam_decides() -> iam.PolicyStatement:
    """Leave it to the account's IAM policies, so that nobody locks the account out of the key
    (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
    """
    return iam.PolicyStatement(
        sid="IamDecides", principals=[iam.AccountRootPrincipal()], actions=["kms:*"], resources=["*"]
    )
