"""What an API leads to lets that API in: the functions of its methods, and its authorizer's."""

from __future__ import annotations

import re
from collections import defaultdict

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
    for source in deployment.once(_sources).get(named[1], ()):
        if below in source and ("/authorizers/" in source) is part.type.endswith("Authorizer"):
            return ""
    return f"{named[1]} does not let it in"


def _sources(deployment: Deployment) -> dict[str, list[str]]:
    """From where each function may be invoked, by its ARN: the sources of its permissions."""
    functions = {
        name: deployment.resolver.arn(f)
        for f in deployment.assembly.of_type("AWS::Lambda::Function")
        for name in (deployment.resolver.arn(f), deployment.resolver.reference(f.id, f.stack))
    }
    found: dict[str, list[str]] = defaultdict(list)
    for permission in deployment.assembly.of_type("AWS::Lambda::Permission"):
        invoked = str(deployment.resolver.of(permission, "FunctionName"))
        found[functions.get(invoked, invoked)].append(str(deployment.resolver.of(permission, "SourceArn")))
    return dict(found)


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
