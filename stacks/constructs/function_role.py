"""The execution role of a function in the isolated subnets."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.ceiling import Ceiling

_DESCRIBE_INTERFACES = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
_MANAGE_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)


class FunctionRole(Construct):
    """A role that may write one log group and let Lambda attach the function to the VPC; everything else is allowed.

    What `allow` adds goes into the role's policy and into its permissions boundary, so that a policy which somebody
    attaches later, whatever it grants, adds nothing. A ``grant_*`` method of another construct that is given the bare
    role changes its policy alone, and the boundary refuses what it granted.

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
    path
        IAM path of the role and its boundary, by which policies elsewhere may know them.
    boundary
        ARN of a permissions boundary that the account demands of every role; `None` for one of the role's own. A role
        has one boundary only, so what `allow` did not add is then denied in the role's policy (`Ceiling`).
    subnets_account
        The account that the subnets belong to, where another account shares them: the interfaces are made in them.
    function
        Name of the function that the role is for. Code of another function that the role is passed to is then denied
        what `allow` added. The key that says which function it is comes with the credentials that Lambda hands out
        (https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html).

    Example
    -------
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> group = EncryptedLogGroup(stack, "Records", key=key.key, retention_days=400)
    >>> role = FunctionRole(
    ...     stack, "Role", description="Proxy of a team", log_group=group.log_group, path="/cloister/Cloister/proxy/"
    ... )
    >>> role.allow(
    ...     iam.PolicyStatement(
    ...         actions=["bedrock:ApplyGuardrail"],
    ...         resources=["arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1"],
    ...     )
    ... )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        log_group: logs.ILogGroup,
        path: str = "/",
        function: str | None = None,
        boundary: str | None = None,
        subnets_account: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self._function = function and stack.format_arn(
            service="lambda", resource="function", resource_name=function, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        rights = [
            iam.PolicyStatement(
                sid="WriteOwnLogGroup",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            ),
            _sees_interfaces(),
            iam.PolicyStatement(
                sid="LambdaManagesNetworkInterfaces",
                actions=list(_MANAGE_INTERFACES),
                # Lambda's guide asks for all resource ids of the account and Region here: the ids of the interfaces
                # are not known beforehand, and narrower policies may keep the function from reaching the VPC.
                resources=[
                    stack.format_arn(service="ec2", resource="*", resource_name="*", account=account)
                    for account in (stack.account, *([subnets_account] if subnets_account else []))
                ],
            ),
            _no_hand_on_interfaces(),
            _no_bearer_tokens(),
        ]
        self._ceiling = Ceiling() if boundary else None
        self.boundary: iam.IManagedPolicy = (
            iam.ManagedPolicy.from_managed_policy_arn(self, "CompanyBoundary", boundary)
            if boundary
            else iam.ManagedPolicy(
                self, "Boundary", description=f"Ceiling of: {description}", path=path, statements=rights
            )
        )
        self.role = iam.Role(
            self,
            "Role",
            description=description,
            path=path,
            assumed_by=_lambda(),
            permissions_boundary=self.boundary,
        )
        rights += self._denials(rights)
        self.role.add_to_policy(rights[0])
        self._rights = cast(iam.Policy, self.role.node.find_child("DefaultPolicy")).document
        self._rights.add_statements(*rights[1:])

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Allow the function something: in its policy, and as part of its ceiling.

        Parameters
        ----------
        statements
            Exact actions on exact resources; the denial of other functions' code is named after the first of them.
        """
        self.allow_each([statements])

    def allow_each(self, rights: Iterable[Sequence[iam.PolicyStatement]]) -> None:
        """Allow several things, as `allow` does each, in fewer messages to CDK.

        Parameters
        ----------
        rights
            What `allow` is given, for each thing.
        """
        added = []
        for statements in filter(None, rights):
            added += [*statements, *([] if self._function is None else [self._denied_to_others(statements)])]
        if added:
            self._add(*added)

    def _denied_to_others(self, statements: Sequence[iam.PolicyStatement]) -> iam.PolicyStatement:
        # One denial for all of them: a boundary has 6,144 characters, and says this twice as often else.
        sid = statements[0].sid
        return iam.PolicyStatement(
            sid=sid and f"{sid}FromItsFunctionOnly",
            effect=iam.Effect.DENY,
            actions=sorted({action for statement in statements for action in statement.actions}),
            resources=["*"],
            conditions={
                "ArnNotEquals": {"lambda:SourceFunctionArn": self._function},
                "Null": {"lambda:SourceFunctionArn": "false"},
            },
        )

    def _add(self, *statements: iam.PolicyStatement) -> None:
        """Add to the role's policy and to its ceiling, in few calls to CDK: there are two roles a team."""
        self._rights.add_statements(*statements, *self._denials(statements))
        if isinstance(self.boundary, iam.ManagedPolicy):
            self.boundary.add_statements(*statements)

    def _denials(self, statements: Iterable[iam.PolicyStatement]) -> list[iam.PolicyStatement]:
        return [] if self._ceiling is None else [d for right in statements for d in self._ceiling.denials(right)]


# What every role says alike is made once: each statement is a message to CDK.


@cache
def _lambda() -> iam.ServicePrincipal:
    return iam.ServicePrincipal("lambda.amazonaws.com")


@cache
def _sees_interfaces() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="LambdaSeesNetworkInterfaces",
        # Neither action has a resource type: AWS accepts them on every resource or not at all.
        actions=list(_DESCRIBE_INTERFACES),
        resources=["*"],
    )


@cache
def _no_hand_on_interfaces() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="CodeHasNoHandOnNetworkInterfaces",
        effect=iam.Effect.DENY,
        actions=sorted((*_DESCRIBE_INTERFACES, *_MANAGE_INTERFACES)),
        resources=["*"],
        conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
    )


@cache
def _no_bearer_tokens() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="NoBearerTokens",
        effect=iam.Effect.DENY,
        # Two services, two actions: a denial of one leaves the other open
        # (https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html).
        actions=["bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken"],
        resources=["*"],
    )
