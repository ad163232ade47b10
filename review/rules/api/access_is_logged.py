"""Every stage of an API writes who called into an access log of its own stack."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::ApiGateway::Stage")
def _check(deployment: Deployment, stage: Resource) -> str:
    settings = deployment.resolver.of(stage, "AccessLogSetting") or {}
    target = str(settings.get("DestinationArn") or "")
    groups = {
        deployment.resolver.reference(g.id, g.stack)
        for g in deployment.assembly.within(stage.stack, "AWS::Logs::LogGroup")
        if not str(deployment.resolver.of(g, "LogGroupName")).startswith("API-Gateway-Execution-Logs_")
    }
    if not any(target.endswith((f":log-group:{group}", f":log-group:{group}:*")) for group in groups):
        return "its access log goes to no log group of its stack"
    missing = [
        word
        for word in ("$context.requestId", "$context.identity.", "$context.status")
        if word not in str(settings.get("Format"))
    ]
    return f"its access log does not say {', '.join(missing)}" if missing else ""


RULE = Rule(
    id="access-is-logged",
    title="Every stage of an API writes who called into an access log of its own stack",
    why="a request that never reaches the function is seen here alone",
    severity="high",
    fix="set AccessLogSetting, with requestId, identity and status in the format",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    controls=controls(nist="AU-2 AU-3 AU-12", soc2="CC7.2", iso="A.6.2.8", aws="DETECT-01", lens="GENSEC01-BP04"),
    check=_check,
)
