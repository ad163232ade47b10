"""Every table is encrypted with a key of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import TABLE, is_on, is_own_key
from review.rules.rule import Rule, controls, each


@each(TABLE)
def _check(deployment: Deployment, table: Resource) -> str:
    said = deployment.resolver.of(table, "SSESpecification") or {}
    if not is_on(said.get("SSEEnabled")) or said.get("SSEType", "KMS") != "KMS":
        return "it is encrypted with a key of AWS's"
    key = said.get("KMSMasterKeyId")
    return (
        "" if is_own_key(deployment, key) else f"its key is {key or 'one of AWS'}: one that the templates make is right"
    )


RULE = Rule(
    id="table-has-a-customer-key",
    title="Every table is encrypted with a key of the deployment",
    why="with a key of AWS's nobody can say who uses it, nor take it away",
    severity="high",
    fix="set SSESpecification with SSEEnabled, SSEType KMS, and KMSMasterKeyId of the deployment's key",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
    controls=controls(nist="SC-12 SC-28", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
