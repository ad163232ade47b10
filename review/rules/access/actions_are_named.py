"""Policies name the actions that they allow."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.iam import Document
from review.rules.facts import allowing, identity_policies, wildcards
from review.rules.rule import Result, Rule, controls, judged


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource, found in identity_policies(deployment):
        yield judged(lambda _, __, found=found: _judge(found), deployment, resource)  # type: ignore[misc]


def _judge(found: Document) -> str:
    for statement in allowing(found):
        if statement.action is None or statement.action.negated:
            return f"{statement.place} allows every action but some"
        if wild := wildcards(statement.action.values):
            return f"{statement.place} allows {', '.join(wild)}: more than it names"
    return ""


RULE = Rule(
    id="actions-are-named",
    title="Policies name the actions that they allow",
    why="what a wildcard allows grows with every action that AWS adds",
    severity="high",
    fix="name each action",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    controls=controls(nist="AC-6", soc2="CC6.1 CC6.3", aws="IAM-02", lens="GENSEC01-BP01"),
    check=_check,
)
