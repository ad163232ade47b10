"""Functions are invoked by the API of their own stack alone, or by a schedule of it."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_schedule, of
from review.rules.rule import Rule, controls, each


@each("AWS::Lambda::Permission")
def _check(deployment: Deployment, permission: Resource) -> str:
    known = of(deployment, permission)
    if known.get("Principal") == "events.amazonaws.com":
        return _by_the_clock(deployment, permission, str(known.get("SourceArn") or ""))
    if known.get("Principal") != "apigateway.amazonaws.com":
        return f"it lets {known.get('Principal')} invoke the function"
    apis = {
        deployment.resolver.reference(a.id, a.stack)
        for a in deployment.assembly.within(permission.stack, "AWS::ApiGateway::RestApi")
    }
    source = str(known.get("SourceArn") or "")
    return (
        ""
        if any(f":{api}/" in source for api in apis)
        else "it lets other APIs than its own stack's invoke the function"
    )


def _by_the_clock(deployment: Deployment, permission: Resource, source: str) -> str:
    schedules = {
        deployment.resolver.arn(rule)
        for rule in deployment.assembly.of_type("AWS::Events::Rule")
        if rule.stack == permission.stack and is_schedule(deployment, rule)
    }
    return "" if source in schedules else "it lets rules invoke the function that are no schedule of its own stack"


RULE = Rule(
    id="permission-is-for-its-own-api",
    title="Functions are invoked by the API of their own stack alone, or by a schedule of it",
    why="another door to a function names its caller as it likes",
    severity="high",
    fix="name API Gateway as the principal, and the stack's own API in SourceArn; or EventBridge, and its own schedule",
    source="https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    controls=controls(nist="AC-3 SC-7", soc2="CC6.1 CC6.6", aws="IAM-08"),
    check=_check,
)
