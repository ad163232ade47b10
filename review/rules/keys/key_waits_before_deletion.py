"""Every key waits for 30 days before it is deleted."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each
from review.words import many


@each("AWS::KMS::Key")
def _check(deployment: Deployment, key: Resource) -> str:
    days = deployment.resolver.of(key, "PendingWindowInDays")
    return (
        ""
        if days is None or int(days) >= 30
        else f"it is gone {many(int(days), 'day')} after somebody deletes it: 30 is right"
    )


RULE = Rule(
    id="key-waits-before-deletion",
    title="Every key waits for 30 days before it is deleted",
    why="with the key go all records that it encrypts: time is what there is to notice it",
    severity="medium",
    fix="set PendingWindowInDays to 30",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    controls=controls(nist="SC-12 CP-9", soc2="A1.2", aws="INFRA-07"),
    check=_check,
)
