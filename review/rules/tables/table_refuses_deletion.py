"""Every table refuses to be deleted until somebody takes that off."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import TABLE, is_on
from review.rules.rule import Rule, controls, each


@each(TABLE)
def _check(deployment: Deployment, table: Resource) -> str:
    return "" if is_on(deployment.resolver.of(table, "DeletionProtectionEnabled")) else "one call deletes it"


RULE = Rule(
    id="table-refuses-deletion",
    title="Every table refuses to be deleted until somebody takes that off",
    why="with a table go the limits that it keeps, in one call",
    severity="medium",
    fix="set DeletionProtectionEnabled",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
    controls=controls(nist="CP-9 SI-12", soc2="A1.2"),
    check=_check,
)
