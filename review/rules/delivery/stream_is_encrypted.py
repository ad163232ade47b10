"""What waits in a delivery stream is encrypted with a key of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import STREAM, is_own_key
from review.rules.rule import Rule, controls, each


@each(STREAM)
def _check(deployment: Deployment, stream: Resource) -> str:
    said = deployment.resolver.of(stream, "DeliveryStreamEncryptionConfigurationInput") or {}
    key = said.get("KeyARN")
    if said.get("KeyType") != "CUSTOMER_MANAGED_CMK" or not is_own_key(deployment, key):
        return f"what waits in it is encrypted with {key or 'no key of its own'}: one that the templates make is right"
    return ""


RULE = Rule(
    id="stream-is-encrypted",
    title="What waits in a delivery stream is encrypted with a key of the deployment",
    why="records rest in the stream until they are delivered, for a day when that fails",
    severity="medium",
    fix="set DeliveryStreamEncryptionConfigurationInput with KeyType CUSTOMER_MANAGED_CMK and the deployment's key",
    source="https://docs.aws.amazon.com/firehose/latest/dev/encryption.html",
    controls=controls(nist="SC-12 SC-28", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
