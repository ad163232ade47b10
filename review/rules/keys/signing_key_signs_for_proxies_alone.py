"""Every signing key signs for the proxies alone, and says so itself."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of, serves_alone
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::KMS::Key")
def _check(deployment: Deployment, key: Resource) -> str:
    known = of(deployment, key)
    if known.get("KeyUsage", "ENCRYPT_DECRYPT") != "SIGN_VERIFY":
        raise NotApplicableError("a key that does not sign")
    if serves_alone(known.get("KeyPolicy"), ["kms:Sign"], _is_of_proxies):
        return ""
    return "its policy does not deny signing to whoever is no proxy"


def _is_of_proxies(pattern: str) -> bool:
    return ":role/cloister/" in pattern and pattern.endswith("/proxy/*")


RULE = Rule(
    id="signing-key-signs-for-proxies-alone",
    title="Every signing key signs for the proxies alone, and says so itself",
    why="a signature that an administrator could have made says nothing of a record",
    severity="high",
    fix="deny kms:Sign in the key's policy by ArnNotLike aws:PrincipalArn of the proxies' path",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
    controls=controls(nist="AU-9 AU-10 SC-12", soc2="CC7.2", aws="DETECT-05"),
    check=_check,
)
