"""What an API leads to lets that API in: the functions of its methods, and its authorizer's."""

from __future__ import annotations

import re

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of
from review.rules.rule import NotApplicableError, Rule, controls, each

_FUNCTION = re.compile(r"/functions/(arn:[^/]+)/")


@each("AWS::ApiGateway::Method", "AWS::ApiGateway::Authorizer")
def _check(deployment: Deployment, part: Resource) -> str:
    known = of(deployment, part)
    uri = known.get("AuthorizerUri") or (known.get("Integration") or {}).get("Uri")
    named = _FUNCTION.search(str(uri))
    if named is None:
        raise NotApplicableError("it leads to no function")
    api = known["RestApiId"]
    below = f":{api}/"
    if part.type.endswith("Authorizer"):
        below += f"authorizers/{deployment.resolver.reference(part.id, part.stack)}"
    functions = {
        name: deployment.resolver.arn(f)
        for f in deployment.assembly.of_type("AWS::Lambda::Function")
        for name in (deployment.resolver.arn(f), deployment.resolver.reference(f.id, f.stack))
    }
    for permission in deployment.assembly.of_type("AWS::Lambda::Permission"):
        said = of(deployment, permission)
        invoked = functions.get(str(said.get("FunctionName")), said.get("FunctionName"))
        if (
            invoked == named[1]
            and below in str(said.get("SourceArn"))
            and ("/authorizers/" in str(said.get("SourceArn"))) is part.type.endswith("Authorizer")
        ):
            return ""
    return f"{named[1]} does not let it in"


RULE = Rule(
    id="function-takes-its-api",
    title="What an API leads to lets that API in: the functions of its methods, and its authorizer's",
    why="an API that leads to where it may not go answers nobody, and is opened in a hurry",
    severity="low",
    fix="add a Lambda permission for API Gateway, with the API's ARN as its source",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
    controls=controls(nist="AC-3 CM-6", soc2="A1.2"),
    check=_check,
)
