"""Services of AWS act for resources of this deployment alone."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.iam import Document
from review.rules.facts import allowing, policies
from review.rules.rule import Result, Rule, controls, judged

#: Firehose says for whom it takes on a role by sts:ExternalId, the account's number:
#: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
_SOURCES = (
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "kms:viaservice", "kms:encryptioncontext:"),
    "sts:externalid",
)
_TRUSTED = ("lambda.amazonaws.com", "apigateway.amazonaws.com")


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource, found in policies(deployment):
        if any(s.principals and s.principals.kinds.get("Service") for s in found.statements):
            yield judged(lambda _, __, found=found: _judge(found), deployment, resource)  # type: ignore[misc]


def _judge(found: Document) -> str:
    for statement in allowing(found):
        services = statement.principals.kinds.get("Service", ()) if statement.principals else ()
        # Lambda and API Gateway take on a role for a function or an account; the others act for anybody.
        if not set(services) - set(_TRUSTED):
            continue
        if not any(
            t.key.lower().startswith(_SOURCES)
            and not t.operator.endswith("IfExists")
            and "Not" not in t.operator
            and t.values != ("*",)
            for t in statement.condition
        ):
            return f"{statement.place} lets {', '.join(services)} act for any account's resource"
    return ""


RULE = Rule(
    id="services-are-bound-to-a-source",
    title="Services of AWS act for resources of this deployment alone",
    why="a service that anybody can ask does for a stranger what a policy lets it do for us",
    severity="medium",
    fix="add ArnLike of aws:SourceArn, or StringEquals of aws:SourceAccount",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    controls=controls(nist="AC-3 AC-4", soc2="CC6.1", aws="IAM-05"),
    check=_check,
)
