"""Policies name the resources that they allow."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.iam import Document
from review.rules.facts import allowing, identity_policies
from review.rules.rule import Result, Rule, controls, judged

#: Actions without a kind of resource of their own, which read what the caller itself asked for, and Lambda's on network
#: interfaces, whose ids are not known before.
_FREE = (*("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "logs:GetQueryResults", "sts:GetCallerIdentity"),)


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource, found in identity_policies(deployment):
        yield judged(lambda _, __, found=found: _judge(found), deployment, resource)  # type: ignore[misc]


def _judge(found: Document) -> str:
    for statement in allowing(found):
        if statement.resource is None or statement.resource.negated:
            return f"{statement.place} allows every resource but some"
        if "*" in statement.resource.values and not set(statement.action.values if statement.action else ()) <= set(
            _FREE
        ):
            return f"{statement.place} allows it on every resource"
    return ""


RULE = Rule(
    id="resources-are-named",
    title="Policies name the resources that they allow",
    why="a right on every resource is a right on the next team's",
    severity="high",
    fix="name the resource's ARN",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    controls=controls(nist="AC-6 AC-3", owasp="LLM02", soc2="CC6.1 CC6.3", aws="IAM-02", lens="GENSEC01-BP01"),
    check=_check,
)
