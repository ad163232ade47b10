"""A topic's subscribers are people, or parts of the account, and are told over TLS."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.iam.arn import account_of
from review.rules.rule import Rule, controls, each

#: How people are told, and parts of an account. Plain HTTP is in neither.
_PEOPLE = ("email", "email-json", "https", "sms", "application")
_PARTS = ("sqs", "lambda", "firehose")


@each("AWS::SNS::Subscription")
def _check(deployment: Deployment, subscription: Resource) -> str:
    protocol, endpoint = (deployment.resolver.text(subscription, name) for name in ("Protocol", "Endpoint"))
    if not endpoint and protocol != "application":
        return "it tells nobody: it has no endpoint"
    if protocol in _PARTS:
        owner = account_of(str(endpoint))
        return "" if owner == deployment.account else f"it tells {endpoint}, of the account {owner}"
    if protocol == "https" and not str(endpoint).startswith("https://"):
        return f"it tells {endpoint}, which is no https address"
    return "" if protocol in _PEOPLE else f"it tells by {protocol}: what it says goes in the clear, or is not known"


RULE = Rule(
    id="subscription-reaches-the-named",
    title="A topic's subscribers are people, or parts of the account, and are told over TLS",
    why="what an alarm says shows an attacker what was seen of them",
    severity="medium",
    fix="subscribe by email or https, or a queue, function or stream of this account",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
    controls=controls(nist="SC-8 AC-4", soc2="CC6.7", aws="DETECT-05"),
    check=_check,
)
