"""Every key of digests serves the proxies and the auditors alone, and says so itself."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of, serves_alone
from review.rules.rule import NotApplicableError, Rule, controls, each

_ACTIONS = {"kms:GenerateMac", "kms:VerifyMac"}


@each("AWS::KMS::Key")
def _check(deployment: Deployment, key: Resource) -> str:
    known = of(deployment, key)
    if known.get("KeyUsage", "ENCRYPT_DECRYPT") != "GENERATE_VERIFY_MAC":
        raise NotApplicableError("a key that authenticates nothing")
    if serves_alone(known.get("KeyPolicy"), _ACTIONS, _serves):
        return ""
    return "its policy does not deny its use to whoever is no proxy and no auditor"


def _serves(pattern: str) -> bool:
    of_proxies = ":role/cloister/" in pattern and pattern.endswith("/proxy/*")
    return of_proxies or (":role/cloister-auditors/" in pattern and pattern.endswith("/*"))


RULE = Rule(
    id="digest-key-serves-proxies-and-auditors-alone",
    title="Every key of digests serves the proxies and the auditors alone, and says so itself",
    why="who may use it can try guesses of short prompts against the digests in the records",
    severity="high",
    fix="deny kms:GenerateMac and kms:VerifyMac in the key's policy by ArnNotLike aws:PrincipalArn of the proxies' and "
    "the auditors' paths",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html",
    controls=controls(nist="AC-6 SC-12", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
