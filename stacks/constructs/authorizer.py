"""The authorizer of a team whose callers bring a short-lived bearer token."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.function import FunctionCode, Size, isolated_function
from stacks.constructs.function_role import FunctionRole
from stacks.constructs.network import FunctionNetwork

_CACHE = Duration.minutes(5)  # the longest that a verdict outlives what it was based on
_NAMESPACE = "Cloister"
_SIZE = Size(memory_mib=512, timeout=Duration.seconds(10))


class TokenAuthorizer(Construct):
    """A function that asks STS who signed a token, and lets in the team's callers.

    It stands in the isolated subnets and may do nothing in the account: the request that it sends to STS carries the
    caller's signature, not its own.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    code
        The authorizer's package.
    team
        Name of the team.
    callers
        ARNs of the roles that may call.
    network
        Where the function stands; the security group must reach the sts endpoint.
    log_group
        The function's log group.
    name
        Name of the function.
    role_path
        IAM path of the function's role.
    boundary
        ARN of the permissions boundary that the account demands of every role; see `FunctionRole`.

    Raises
    ------
    ValueError
        When no caller is named.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> functions = ClosedSecurityGroup(stack, "Functions", vpc=network.vpc, description="Functions")
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> group = EncryptedLogGroup(stack, "Authorizations", key=key.key, retention_days=400)
    >>> authorizer = TokenAuthorizer(
    ...     stack,
    ...     "Authorizer",
    ...     code=FunctionCode(code, "with bytecode for Python 3.13"),
    ...     team="atlas",
    ...     callers=["arn:aws:iam::111122223333:role/atlas-developer"],
    ...     network=FunctionNetwork(network.vpc, functions.group),
    ...     log_group=group.log_group,
    ... )
    >>> api = apigateway.RestApi(stack, "Api", default_method_options=authorizer.method_options)
    >>> method = api.root.add_method("GET")
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: FunctionCode,
        team: str,
        callers: Sequence[str],
        network: FunctionNetwork,
        log_group: logs.ILogGroup,
        name: str | None = None,
        role_path: str = "/",
        boundary: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if not callers:
            raise ValueError(f"team {team} names no caller: an authorizer that lets nobody in is a mistake")
        self.role = FunctionRole(
            self,
            "Role",
            description=f"Authorizer of team {team}: no right but its own log group",
            log_group=log_group,
            path=role_path,
            function=name,
            boundary=boundary,
            subnets_account=network.owner,
        ).role
        self.function = isolated_function(
            self,
            name=name,
            description=f"Cloister authorizer of team {team}",
            code=code,
            handler="authorizer.handler",
            size=_SIZE,
            role=self.role,
            log_group=log_group,
            network=network,
            environment={"CLOISTER_TEAM": team, "CLOISTER_CALLERS": ",".join(callers)},
        )
        self.authorizer = apigateway.RequestAuthorizer(
            self,
            "Authorizer",
            authorizer_name=f"{team}-token",
            handler=self.function,
            # Without the header API Gateway answers 401 by itself, and the function is not called.
            identity_sources=[apigateway.IdentitySource.header("Authorization")],
            results_cache_ttl=_CACHE,
        )

        # A token that proves nothing ends in an exception too, so Lambda's own count of errors says nothing. Filters of
        # lines that are no JSON have no dimensions, hence the name
        # (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
        #: Name of the metric of tokens that could not be checked.
        self.errors_metric = f"{name or team}-Errors"
        for construct, pattern in (("Failed", '"[ERROR]" -"Exception: Unauthorized"'), ("Late", '"Task timed out"')):
            logs.MetricFilter(
                self,
                construct,
                log_group=log_group,
                filter_pattern=logs.FilterPattern.literal(pattern),
                metric_namespace=_NAMESPACE,
                metric_name=self.errors_metric,
            )

    def metric_errors(self) -> cloudwatch.Metric:
        """Tokens that could not be checked: AWS STS gave no answer, or the function failed or was too late."""
        return cloudwatch.Metric(
            namespace=_NAMESPACE, metric_name=self.errors_metric, statistic="Sum", period=Duration.minutes(5)
        )

    @property
    def method_options(self) -> apigateway.MethodOptions:
        """What a method needs in order to be guarded by the authorizer."""
        return apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.CUSTOM, authorizer=self.authorizer
        )
