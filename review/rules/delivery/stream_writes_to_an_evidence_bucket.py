"""A delivery stream writes to a bucket of the deployment, encrypted, and nowhere else."""

from __future__ import annotations

from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import STREAM, is_own_key, listed
from review.rules.rule import Rule, controls, each

Json = Any
_PLACE = "ExtendedS3DestinationConfiguration"


@each(STREAM)
def _check(deployment: Deployment, stream: Resource) -> str:
    others = [name for name in stream.properties if name.endswith("DestinationConfiguration") and name != _PLACE]
    if others:
        return f"it has a {others[0]}: a bucket of the deployment is where records go"
    said = deployment.resolver.of(stream, _PLACE)
    if not isinstance(said, dict):
        return "it names no bucket"
    if said.get("S3BackupMode") not in (None, "Disabled"):
        return "it keeps a second copy of what it delivers"
    return _place(deployment, said) or _changed(said)


def _place(deployment: Deployment, said: Json) -> str:
    buckets = {deployment.resolver.arn(bucket) for bucket in deployment.assembly.of_type("AWS::S3::Bucket")}
    if said.get("BucketARN") not in buckets:
        return f"it writes to {said.get('BucketARN')}, which is no bucket of the templates"
    encryption = said.get("EncryptionConfiguration") or {}
    key = (encryption.get("KMSEncryptionConfig") or {}).get("AWSKMSKeyARN")
    if encryption.get("NoEncryptionConfig") or not is_own_key(deployment, key):
        return f"it encrypts what it writes with {key or 'no key of its own'}: one that the templates make is right"
    return ""


def _changed(said: Json) -> str:
    for processor in listed((said.get("ProcessingConfiguration") or {}).get("Processors")):
        if processor.get("Type") == "Lambda":
            return "a function changes what it delivers"
    return ""


RULE = Rule(
    id="stream-writes-to-an-evidence-bucket",
    title="A delivery stream writes to a bucket of the deployment, encrypted, and nowhere else",
    why="it carries every record, to wherever it is told",
    severity="high",
    fix="give it ExtendedS3DestinationConfiguration with a bucket and a key of the deployment, and nothing beside it",
    source="https://docs.aws.amazon.com/firehose/latest/dev/create-destination.html",
    controls=controls(nist="AU-9 AC-4 SC-28", soc2="CC6.1 CC6.7", iso="A.6.2.8"),
    check=_check,
)
