"""Every table can be put back to any second of its last days."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import TABLE, is_on
from review.rules.rule import Rule, controls, each


@each(TABLE)
def _check(deployment: Deployment, table: Resource) -> str:
    said = deployment.resolver.of(table, "PointInTimeRecoverySpecification") or {}
    return "" if is_on(said.get("PointInTimeRecoveryEnabled")) else "what is written over or deleted in it is gone"


RULE = Rule(
    id="table-can-be-recovered",
    title="Every table can be put back to any second of its last days",
    why="a budget that a mistake or an attack wiped out is spent twice",
    severity="medium",
    fix="set PointInTimeRecoverySpecification with PointInTimeRecoveryEnabled",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
    controls=controls(nist="CP-9 CP-10 SI-12", soc2="A1.2"),
    check=_check,
)
