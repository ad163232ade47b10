"""Every alarm says in words what it means."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import ALARM, COMPOSITE
from review.rules.facts import is_a_teams_own
from review.rules.rule import NotApplicableError, Rule, controls, each

_WORDS = 4


@each(ALARM, COMPOSITE)
def _check(deployment: Deployment, alarm: Resource) -> str:
    if is_a_teams_own(alarm):
        raise NotApplicableError("a team's own class made it")
    said = str(deployment.resolver.of(alarm, "AlarmDescription") or "")
    return "" if len(said.split()) >= _WORDS else "it has no description: whoever is told reads a metric's name"


RULE = Rule(
    id="alarms-say-what-they-mean",
    title="Every alarm says in words what it means",
    why="who is woken by a metric's name alone has to find out what it is before they can do anything",
    severity="low",
    fix="say in AlarmDescription what it means, and where it is written what to do",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    controls=controls(nist="IR-4 IR-8", soc2="CC7.3 CC7.4"),
    check=_check,
)
