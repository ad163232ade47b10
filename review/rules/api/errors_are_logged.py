"""Every stage writes the errors of its methods into a log group that is kept, which is there before the stage."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import listed
from review.rules.rule import Rule, controls, each


@each("AWS::ApiGateway::Stage")
def _check(deployment: Deployment, stage: Resource) -> str:
    settings = listed(deployment.resolver.of(stage, "MethodSettings"))
    whole = [s for s in settings if (s.get("ResourcePath"), s.get("HttpMethod")) == ("/*", "*")]
    if not any(s.get("LoggingLevel") == "ERROR" and s.get("DataTraceEnabled") in (False, "false") for s in whole):
        return "nothing says that every method logs its errors, and no more than them"
    api, name = (deployment.resolver.of(stage, key) for key in ("RestApiId", "StageName"))
    groups = deployment.once(_groups).get(f"API-Gateway-Execution-Logs_{api}/{name}", [])
    if not groups:
        return "API Gateway makes its execution log by itself: without a key, and for ever"
    if groups[0].stack == stage.stack and groups[0].id not in listed(stage.body.get("DependsOn")):
        return f"it does not wait for {groups[0].place}: API Gateway may make that group first"
    return ""


def _groups(deployment: Deployment) -> dict[str, list[Resource]]:
    """The log groups by the names that they are given."""
    found: dict[str, list[Resource]] = {}
    for group in deployment.assembly.of_type("AWS::Logs::LogGroup"):
        found.setdefault(str(deployment.resolver.of(group, "LogGroupName")), []).append(group)
    return found


RULE = Rule(
    id="errors-are-logged",
    title="Every stage writes its methods' errors into a log group that is kept and is there before the stage",
    why="API Gateway makes a missing group by itself, without encryption, and keeps it for ever",
    severity="medium",
    fix="set MethodSettings for /* and *, LoggingLevel ERROR, and make the log group, which the stage depends on",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    controls=controls(nist="AU-2 AU-9 AU-11", soc2="CC7.2", aws="DETECT-01"),
    check=_check,
)
