"""No table is copied to another place as it is written."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import TABLE
from review.rules.rule import Rule, controls, each

#: What sends a table's items elsewhere, or fills it from there.
_COPIES = {
    "StreamSpecification": "a stream of its changes, which others read",
    "KinesisStreamSpecification": "a stream of Kinesis for its changes",
    "ImportSourceSpecification": "a bucket that it is filled from",
}


@each(TABLE)
def _check(_deployment: Deployment, table: Resource) -> str:
    found = [said for name, said in _COPIES.items() if name in table.properties]
    return f"it has {', '.join(found)}" if found else ""


RULE = Rule(
    id="table-is-not-copied",
    title="No table is copied to another place as it is written",
    why="a copy is kept by rules of its own, and read by others than the table's",
    severity="medium",
    fix="take the stream away, or accept it with what reads it",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/streamsmain.html",
    controls=controls(nist="AC-4 SC-7", soc2="CC6.1 CC6.7"),
    check=_check,
)
