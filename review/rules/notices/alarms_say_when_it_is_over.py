"""An alarm that tells somebody when it is raised tells them when it is over."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import ALARM, COMPOSITE
from review.rules.facts import is_a_teams_own, listed
from review.rules.rule import NotApplicableError, Rule, controls, each


@each(ALARM, COMPOSITE)
def _check(deployment: Deployment, alarm: Resource) -> str:
    if is_a_teams_own(alarm):
        raise NotApplicableError("a team's own class made it")
    raised = {str(place) for place in listed(deployment.resolver.of(alarm, "AlarmActions"))}
    if not raised:
        raise NotApplicableError("it tells nobody itself")
    over = {str(place) for place in listed(deployment.resolver.of(alarm, "OKActions"))}
    missing = sorted(raised - over)
    return f"it tells {missing[0]} when it is raised, and not when it is over" if missing else ""


RULE = Rule(
    id="alarms-say-when-it-is-over",
    title="An alarm that tells somebody when it is raised tells them when it is over",
    why="who is not told that it is over looks for what is no longer there, and stops looking",
    severity="low",
    fix="name in OKActions whom AlarmActions names",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
    controls=controls(nist="IR-4 SI-4(5)", soc2="CC7.3 CC7.5", aws="DETECT-05"),
    check=_check,
)
