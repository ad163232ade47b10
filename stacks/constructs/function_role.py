"""The execution role of a function in the isolated subnets."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

_DESCRIBE_INTERFACES = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
_MANAGE_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)


class FunctionRole(Construct):
    """A role that may write one log group and let Lambda attach the function to the VPC; everything else is granted.

    It carries no AWS managed policy. Lambda itself uses the role to make the network interfaces, so the role must allow
    that; the function's own code is denied the same actions, by the key that is present only in calls made from inside
    a function (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    description
        What the function does.
    log_group
        The function's log group.

    Example
    -------
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> group = EncryptedLogGroup(stack, "Records", key=key.key, retention_days=400)
    >>> role = FunctionRole(stack, "Role", description="Proxy of a team", log_group=group.log_group)
    """

    def __init__(self, scope: Construct, construct_id: str, *, description: str, log_group: logs.ILogGroup) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.role = iam.Role(
            self, "Role", description=description, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        for statement in (
            iam.PolicyStatement(
                sid="WriteOwnLogGroup",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            ),
            iam.PolicyStatement(
                sid="LambdaSeesNetworkInterfaces",
                # Neither action has a resource type: AWS accepts them on every resource or not at all.
                actions=list(_DESCRIBE_INTERFACES),
                resources=["*"],
            ),
            iam.PolicyStatement(
                sid="LambdaManagesNetworkInterfaces",
                actions=list(_MANAGE_INTERFACES),
                # Lambda's guide asks for all resource ids of the account and Region here: the ids of the interfaces
                # are not known beforehand, and narrower policies may keep the function from reaching the VPC.
                resources=[stack.format_arn(service="ec2", resource="*", resource_name="*")],
            ),
            iam.PolicyStatement(
                sid="CodeHasNoHandOnNetworkInterfaces",
                effect=iam.Effect.DENY,
                actions=sorted((*_DESCRIBE_INTERFACES, *_MANAGE_INTERFACES)),
                resources=["*"],
                conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
            ),
            iam.PolicyStatement(
                sid="NoBearerTokens",
                effect=iam.Effect.DENY,
                # Two services, two actions: a denial of one leaves the other open
                # (https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html).
                actions=["bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken"],
                resources=["*"],
            ),
        ):
            self.role.add_to_policy(statement)
