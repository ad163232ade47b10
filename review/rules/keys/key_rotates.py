"""Every key rotates."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on, of
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::KMS::Key")
def _check(deployment: Deployment, key: Resource) -> str:
    known = of(deployment, key)
    if known.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise NotApplicableError("a key of this kind does not rotate by itself")
    if known.get("Enabled") in (False, "false"):
        return "it is switched off"
    return "" if is_on(known.get("EnableKeyRotation")) else "it does not rotate"


RULE = Rule(
    id="key-rotates",
    title="Every key rotates",
    why="a key that does not rotate protects more and more with the same material",
    severity="medium",
    fix="set EnableKeyRotation",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    controls=controls(nist="SC-12", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
