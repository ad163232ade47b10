"""Where queries are saved, each alarm that names a runbook has the query that shows what raised it."""

from __future__ import annotations

import re

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import ALARM, COMPOSITE
from review.rules.facts import is_a_teams_own
from review.rules.rule import NotApplicableError, Rule, controls, each

_RUNBOOK = re.compile(r"/([a-z0-9-]+)\.md$")


@each(ALARM, COMPOSITE)
def _check(deployment: Deployment, alarm: Resource) -> str:
    saved = deployment.once(_saved)
    named = _RUNBOOK.search(str(deployment.resolver.of(alarm, "AlarmDescription") or ""))
    if not saved or named is None or is_a_teams_own(alarm):
        raise NotApplicableError("no query is saved, or it names no runbook of the platform's")
    return "" if named[1] in saved else f"no query is saved under the name of its runbook, {named[1]}"


def _saved(deployment: Deployment) -> set[str]:
    """The names of the saved queries, without their folder."""
    queries = deployment.assembly.of_type("AWS::Logs::QueryDefinition")
    return {str(deployment.resolver.of(query, "Name")).rpartition("/")[2] for query in queries}


RULE = Rule(
    id="alarms-have-their-query",
    title="Where queries are saved, each alarm that names a runbook has the query that shows what raised it",
    why="a query that is written while requests fail is written slowly, and wrongly",
    severity="low",
    fix="save a query under the name of the alarm's runbook",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Saving-Queries.html",
    controls=controls(nist="IR-4 AU-7", soc2="CC7.3 CC7.4"),
    check=_check,
)
