"""APIs: private, through named endpoints, for named callers, and without prompts in their logs."""

from __future__ import annotations

from collections.abc import Iterator

from review.finding import Finding
from stacks.promises.template import Broken, Stack, is_on, listed, statements

__all__ = ["apis"]

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_PRIVATE = Broken(
    "api-is-private",
    "An API that is not private is reached from the internet.",
    "leave the endpoint type as PrivateApi sets it",
    f"{_GUIDE}/apigateway-private-apis.html",
)
_DOORS = Broken(
    "api-denies-other-ways",
    "Without the denial, requests come through any VPC's endpoint.",
    "leave the resource policy as PrivateApi writes it",
    f"{_GUIDE}/apigateway-private-api-create.html",
)
_CALLERS = Broken(
    "api-denies-others-than-its-callers",
    "In one account a right to invoke in somebody's own policy lets them in where the API's policy is silent.",
    "leave the resource policy as PrivateApi writes it",
    f"{_GUIDE}/apigateway-authorization-flow.html",
)
_AUTHORIZED = Broken(
    "api-knows-its-callers",
    "A method without authorisation answers whoever reaches the endpoint.",
    "give every method AWS_IAM, or the team's authorizer",
    f"{_GUIDE}/apigateway-control-access-to-api.html",
)
_TRACE = Broken(
    "api-logs-no-prompts",
    "With data trace on, API Gateway writes prompts and answers into its execution log.",
    "leave data trace off",
    f"{_GUIDE}/set-up-logging.html",
)
_RECORDED = Broken(
    "api-is-logged",
    "Who called is seen in the access log alone when a request never reaches the function.",
    "leave the access log as PrivateApi sets it",
    f"{_GUIDE}/set-up-logging.html",
)


def apis(stack: Stack) -> Iterator[Finding]:
    """Find APIs that others reach, or that write down what they should not."""
    signed = False
    for name, method in stack.of("AWS::ApiGateway::Method"):
        kind = method.get("AuthorizationType")
        signed = signed or kind == "AWS_IAM"
        if kind not in ("AWS_IAM", "CUSTOM") or (kind == "CUSTOM" and not method.get("AuthorizerId")):
            yield _AUTHORIZED.at(stack, name, f"has the authorization {kind or 'NONE'}")
    for name, api in stack.of("AWS::ApiGateway::RestApi"):
        if listed(api.get("EndpointConfiguration", {}).get("Types")) != ["PRIVATE"]:
            yield _PRIVATE.at(stack, name, "is not of the type PRIVATE alone")
        denials = [s for s in statements(api.get("Policy")) if _is_for_all(s)]
        if not any("aws:SourceVpce" in s.get("Condition", {}).get("StringNotEquals", {}) for s in denials):
            yield _DOORS.at(stack, name, "denies no request that comes another way")
        if signed and not any("aws:PrincipalArn" in s.get("Condition", {}).get("ArnNotLike", {}) for s in denials):
            yield _CALLERS.at(stack, name, "denies nobody who is not one of its callers")
    for name, stage in stack.of("AWS::ApiGateway::Stage"):
        settings = listed(stage.get("MethodSettings"))
        if any(setting.get("DataTraceEnabled") not in (None, False, "false") for setting in settings):
            yield _TRACE.at(stack, name, "has data trace on")
        if not stage.get("AccessLogSetting", {}).get("DestinationArn"):
            yield _RECORDED.at(stack, name, "has no access log")
        if is_on(stage.get("CacheClusterEnabled")):
            yield _TRACE.at(stack, name, "keeps answers in a cache")
    for name, _ in stack.of("AWS::Lambda::Url", "AWS::ApiGatewayV2::Api"):
        yield _PRIVATE.at(stack, name, "is another way in, which is public")


def _is_for_all(statement: object) -> bool:
    """Return whether a statement denies something to everybody, on every route."""
    if not isinstance(statement, dict) or statement.get("Effect") != "Deny":
        return False
    return (
        statement.get("Principal") in ("*", {"AWS": "*"})
        and "execute-api:Invoke" in listed(statement.get("Action"))
        and statement.get("Resource") in ("*", "execute-api:/*")
        and len(statement.get("Condition", {})) == 1
        and all(len(keys) == 1 for keys in statement["Condition"].values())
    )
