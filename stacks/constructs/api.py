"""A team's private API: where its prompts come in."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.authorizer import TokenAuthorizer
from stacks.constructs.gateway_responses import GATEWAY_ERRORS
from stacks.constructs.log_group import EncryptedLogGroup

#: Stage of every API, so that a base URL ends in ``/v1`` as OpenAI's own does.
STAGE = "v1"
_TIMEOUT = Duration.minutes(15)

# Who, what, when, how it ended: a line `access` of the evidence (docs/record.md). No path (a caller may put anything in
# it), no query string, no header, no body, and not API Gateway's error message, which quotes the Authorization header
# when it cannot parse it. Every value is a text, as one that is not known is written as a hyphen.
_ACCESS_LOG: Mapping[str, object] = MappingProxyType(
    {
        "record": "access",
        "version": "1",
        "time": "$context.requestTime",
        "request_id": "$context.requestId",
        "extended_request_id": "$context.extendedRequestId",
        "api_id": "$context.apiId",
        "method": "$context.httpMethod",
        "resource": "$context.resourcePath",
        "status": "$context.status",
        "error": "$context.error.responseType",
        "principal": "$context.identity.userArn",
        "token_principal": "$context.authorizer.principalId",
        "source": {"endpoint": "$context.identity.vpceId", "address": "$context.identity.sourceIp"},
        "integration_status": "$context.integration.status",
        "integration_ms": "$context.integration.latency",
        "duration_ms": "$context.responseLatency",
        "response_bytes": "$context.responseLength",
    }
)


class PrivateApi(Construct):
    """A private REST API that streams a function's answers, reachable through one endpoint by named callers.

    With an authorizer the callers bring a bearer token, and are anonymous to the resource policy; without one they sign
    with AWS Signature Version 4, and the resource policy names them and denies everybody else: in one account the right
    to invoke in somebody's own policy would be enough where the API's policy is silent
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html). Either way a
    request that did not come through the endpoint is denied.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the API.
    handler
        The proxy function.
    endpoint
        The execute-api endpoint.
    other_endpoints
        Ids of other VPCs' execute-api endpoints that requests may come through as well.
    callers
        ARNs of the roles that may call; they must exist, since API Gateway checks the principals of a policy. An ARN
        with ``*`` or ``?`` stands for every role that it is like.
    log_key
        Key of the access and execution logs.
    retention_days
        Days until they are deleted.
    authorizer
        Who checks bearer tokens; `None` for AWS Signature Version 4.
    protected
        Whether the log groups refuse to be deleted.

    Raises
    ------
    ValueError
        When no caller is named.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> apis = PrivateEndpoint(
    ...     stack,
    ...     "Door",
    ...     vpc=network.vpc,
    ...     service="execute-api",
    ...     statements=endpoint_policies.call_private_apis(stack, stage="v1"),
    ... )
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> handler = lambda_.Function(
    ...     stack, "Handler", runtime=lambda_.Runtime.PYTHON_3_13, handler="handler.handler", code=code
    ... )
    >>> api = PrivateApi(
    ...     stack,
    ...     "Api",
    ...     name="Cloister-beacon",
    ...     handler=handler,
    ...     endpoint=apis.endpoint,
    ...     callers=["arn:aws:iam::111122223333:role/beacon-service"],
    ...     log_key=key.key,
    ...     retention_days=400,
    ... )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        handler: lambda_.IFunction,
        endpoint: ec2.IVpcEndpoint,
        callers: Sequence[str],
        log_key: kms.IKey,
        retention_days: int,
        authorizer: TokenAuthorizer | None = None,
        other_endpoints: Sequence[str] = (),
        protected: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        if not callers:
            raise ValueError(f"API {name} names no caller: an API that lets nobody in is a mistake")
        #: Name of the API, by which its metrics are known.
        self.name = name
        #: The access log: a line for every request, those among them that the function never sees.
        self.access_logs = EncryptedLogGroup(
            self, "AccessLogs", key=log_key, retention_days=retention_days, protected=protected
        )
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=name,
            description="Private inference API of one team",
            endpoint_configuration=apigateway.EndpointConfiguration(
                types=[apigateway.EndpointType.PRIVATE], vpc_endpoints=[endpoint]
            ),
            policy=_resource_policy([endpoint.vpc_endpoint_id, *other_endpoints], None if authorizer else callers),
            cloud_watch_role=False,  # one for the account: ApiGatewayLogging
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                access_log_destination=apigateway.LogGroupLogDestination(self.access_logs.log_group),
                access_log_format=apigateway.AccessLogFormat.custom(_access_log(name)),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,  # it would write prompts and answers into the execution log
                tracing_enabled=False,
            ),
        )
        #: Id of the API, asked for once: each question to CDK is a message to another process.
        self.api_id: str = self.api.rest_api_id
        #: What a client takes as its base URL, without a slash at the end.
        self.base_url = f"https://{self.api_id}.execute-api.{Stack.of(self).region}.amazonaws.com/{STAGE}"
        # The L2 construct adds an output of its own naming; a stack's outputs are the stack's to say.
        self.api.node.try_remove_child("Endpoint")
        options = (
            authorizer.method_options
            if authorizer
            else apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM)
        )
        self.api.root.add_resource("{proxy+}").add_method(
            "ANY",
            apigateway.LambdaIntegration(
                handler,
                proxy=True,
                allow_test_invoke=False,
                timeout=_TIMEOUT,
                response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
            ),
            authorization_type=options.authorization_type,
            authorizer=options.authorizer,
        )
        self._add_gateway_responses()
        #: The execution log, which API Gateway writes where something fails.
        self.execution_logs = self._own_execution_log(log_key, retention_days, protected)

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal call the API, in its own policy; the resource policy must let it in as well.

        Parameters
        ----------
        grantee
            Who may.
        """
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["execute-api:Invoke"],
            resource_arns=[self.api.arn_for_execute_api("*", "/*", STAGE)],
        )

    def metric_refused(self) -> cloudwatch.Metric:
        """Requests that were answered with 4xx, by API Gateway itself or by the function.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        """
        return self.api.metric_client_error(dimensions_map=self._dimensions, statistic="Sum")

    def metric_failed(self) -> cloudwatch.Metric:
        """Requests that were answered with 5xx, by API Gateway itself or by the function."""
        return self.api.metric_server_error(dimensions_map=self._dimensions, statistic="Sum")

    @property
    def _dimensions(self) -> dict[str, str]:
        return {"ApiName": self.name, "Stage": STAGE}

    def _add_gateway_responses(self) -> None:
        for error in GATEWAY_ERRORS:
            self.api.add_gateway_response(
                error.name,
                type=error.kind,
                status_code=None if error.status is None else str(error.status),
                response_headers={"x-request-id": "context.requestId"},
                templates={"application/json": error.body},
            )

    def _own_execution_log(self, key: kms.IKey, retention_days: int, protected: bool) -> EncryptedLogGroup:
        """Make the execution log before API Gateway does, which would leave it unencrypted and without an end."""
        group = EncryptedLogGroup(
            self,
            "ExecutionLogs",
            key=key,
            retention_days=retention_days,
            name=f"API-Gateway-Execution-Logs_{self.api_id}/{STAGE}",
            protected=protected,
        )
        self.api.deployment_stage.node.add_dependency(group)
        return group


def _access_log(name: str) -> str:
    return json.dumps({**_ACCESS_LOG, "api": name}, separators=(",", ":"))


def _resource_policy(endpoints: Sequence[str], callers: Sequence[str] | None) -> iam.PolicyDocument:
    """Let the callers in through the endpoints, None for whoever brings a token; deny all others, and all other ways.

    A session of a role carries the role's ARN, path and all, in ``aws:PrincipalArn``, and who signs nothing has no such
    key, which the denial's negated comparison holds for
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn).
    """
    doors = endpoints[0] if len(endpoints) == 1 else list(endpoints)
    through = {"StringEquals": {"aws:SourceVpce": doors}}
    patterns = [caller for caller in callers or () if "*" in caller or "?" in caller]
    named = [iam.ArnPrincipal(caller) for caller in callers or () if caller not in patterns]
    statements = []
    if callers is None or named:
        statements.append(_allow("CallersThroughTheEndpoint", named or [_anybody()], through))
    if patterns:
        # A principal cannot be a pattern, so it is compared by condition.
        conditions = {**through, "ArnLike": {"aws:PrincipalArn": patterns}}
        statements.append(_allow("PermissionSetsThroughTheEndpoint", [_anybody()], conditions))
    if callers is not None:
        statements.append(_deny("NobodyButTheCallers", {"ArnNotLike": {"aws:PrincipalArn": list(callers)}}))
    statements.append(_deny("NothingElse", {"StringNotEquals": {"aws:SourceVpce": doors}}))
    return iam.PolicyDocument(statements=statements)


def _allow(sid: str, principals: Sequence[iam.IPrincipal], conditions: Mapping[str, object]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=list(principals),
        actions=["execute-api:Invoke"],
        resources=[f"execute-api:/{STAGE}/*"],
        conditions=dict(conditions),
    )


def _deny(sid: str, conditions: Mapping[str, object]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[_anybody()],
        actions=["execute-api:Invoke"],
        resources=["execute-api:/*"],
        conditions=dict(conditions),
    )


@cache
def _anybody() -> iam.StarPrincipal:
    return iam.StarPrincipal()
