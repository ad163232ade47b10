"""Every function writes its records to a log group of its own stack."""

from __future__ import annotations

from review.deployment import Deployment
from review.iam.matching import action_listed
from review.rules.facts import Function, each_function
from review.rules.rule import Rule, controls


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    named = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
    groups = {
        deployment.resolver.reference(g.id, g.stack): deployment.resolver.arn(g)
        for g in deployment.assembly.within(function.resource.stack, "AWS::Logs::LogGroup")
    }
    if named not in groups:
        return "its records go to a group that Lambda makes: without a key, and for ever"
    allowed = function.role.groups[0] if function.role else []
    written = {
        value
        for s in allowed
        if s.action and s.resource and action_listed(s.action, "logs:PutLogEvents")
        for value in s.resource.values
    }
    return "" if {groups[named], "*"} & written or function.role is None else f"its role may not write to {named}"


RULE = Rule(
    id="records-go-to-a-kept-group",
    title="Every function writes its records to a log group of its own stack",
    why="mantle keeps no log of invocations: the function's record is the audit trail",
    severity="high",
    fix="set LoggingConfig to the stack's log group",
    source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
    controls=controls(
        nist="AU-2 AU-9 AU-11 AU-12", owasp="LLM02", soc2="CC7.2", iso="A.6.2.8", aws="DETECT-01", lens="GENSEC01-BP04"
    ),
    check=_check,
)
