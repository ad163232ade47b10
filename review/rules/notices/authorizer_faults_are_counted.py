"""What an authorizer fails at is counted from its own log, time-outs too, and raises an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.rules.alarms import is_looked_at
from review.rules.authorizers import authorizers
from review.rules.facts import Function
from review.rules.rule import Result, Rule, controls, judged

#: What Lambda itself writes when a handler raises, and when its time is over
#: (https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html,
#: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html). `Errors` of Lambda's own counts each
#: refusal too, since an authorizer refuses by raising.
_WORDS = {'"[ERROR]"': "it raises", '"Task timed out"': "its time is over"}


def _check(deployment: Deployment) -> Iterator[Result]:
    for function in authorizers(deployment):
        yield judged(lambda d, _, its=function: _judge(d, its), deployment, function.resource)  # type: ignore[misc]


def _judge(deployment: Deployment, function: Function) -> str:
    group = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
    counted = [
        (str(deployment.resolver.of(each, "FilterPattern")), made.get("MetricNamespace"), str(made.get("MetricName")))
        for each in deployment.assembly.within(function.resource.stack, "AWS::Logs::MetricFilter")
        if deployment.resolver.of(each, "LogGroupName") == group
        for made in deployment.resolver.of(each, "MetricTransformations") or []
    ]
    for words, means in _WORDS.items():
        named = [(space, name) for pattern, space, name in counted if words in pattern]
        if not named:
            return f"no filter of its log counts when {means}: none looks for {words}"
        if not any(is_looked_at(deployment, "", name, {}) for space, name in named):
            return f"no alarm is raised when {means}: none looks at {named[0][1]}"
    return ""


RULE = Rule(
    id="authorizer-faults-are-counted",
    title="What an authorizer fails at is counted from its own log, time-outs too, and raises an alarm",
    why="an authorizer that fails refuses everybody, and to Lambda's own metrics each of its refusals is a failure too",
    severity="low",
    fix="filter its log group for [ERROR] and for Task timed out, and let an alarm look at what that counts",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html",
    controls=controls(nist="AU-5 SI-4", soc2="CC7.2 A1.1"),
    check=_check,
)
