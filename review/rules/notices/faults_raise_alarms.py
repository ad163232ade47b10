"""Whatever keeps a team's requests from being answered, guarded or recorded raises an alarm of that team."""

from __future__ import annotations

from collections.abc import Mapping

from review.deployment import Deployment
from review.rules.alarms import is_looked_at, tags
from review.rules.facts import INFERENCE, Function, each_function
from review.rules.rule import NotApplicableError, Rule, controls

#: What the proxy and Lambda count of each fault, by what it means.
_LAMBDA: Mapping[str, str] = {
    "Errors": "its function fails",
    "Throttles": "Lambda turns requests away",
    "Invocations": "a request has no record",
}
_OWN: Mapping[str, str] = {
    "ProxyErrors": "the proxy fails",
    "Requests": "a request has no record",
    "SigningErrors": "a record is not signed",
    "UpstreamErrors": "the model fails",
    "Throttles": "the model turns requests away",
    "GuardrailErrors": "the guardrail gives no verdict",
    "TimeToFirstToken": "answers are late",
}


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if not function.may(INFERENCE):
        raise NotApplicableError("it calls no model")
    carried = tags(deployment, function.resource)
    deployed, team = carried.get("deployment"), carried.get("team")
    if deployed is None or team is None:
        raise NotApplicableError("its tags say no deployment and no team")
    name = deployment.resolver.reference(function.resource.id, function.resource.stack)
    for metric, means in _LAMBDA.items():
        if not is_looked_at(deployment, "AWS/Lambda", metric, {"FunctionName": name}):
            return f"no alarm is raised when {means}: none looks at {metric} of {name}"
    for metric, means in _OWN.items():
        if not is_looked_at(deployment, "", metric, {"deployment": deployed, "team": team}):
            return f"no alarm is raised when {means}: none looks at {metric} of team {team}"
    return ""


RULE = Rule(
    id="faults-raise-alarms",
    title="Whatever keeps a team's requests from being answered, guarded or recorded raises an alarm of that team",
    why="a fault that nobody is told of lasts until somebody complains, and records that are missing are never missed",
    severity="medium",
    fix="add an alarm on the metric that is named, with the function's name or the deployment and the team",
    source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    controls=controls(nist="AU-5 SI-4 SI-17", soc2="CC7.2 A1.1", aws="DETECT-05", iso="A.6.2.6"),
    check=_check,
)
