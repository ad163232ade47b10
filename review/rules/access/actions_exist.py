"""Every action that a policy names exists."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from review.deployment import Deployment
from review.iam import Document, service
from review.iam.pattern import Pattern
from review.rules.facts import policies
from review.rules.rule import Result, Rule, controls, judged


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource, found in policies(deployment):
        yield judged(lambda _, __, found=found: _judge(found), deployment, resource)  # type: ignore[misc]


def _judge(found: Document) -> str:
    for statement in found.statements:
        for name in statement.action.values if statement.action else ():
            if name != "*" and not _exists(name):
                return f"{statement.place} names {name}, and AWS has no such action"
    return ""


@functools.cache
def _exists(name: str) -> bool:
    prefix, _, rest = name.partition(":")
    pattern = Pattern.of(rest.lower())
    return any(pattern.matches(action.partition(":")[2].lower()) for action in service.actions_of(prefix.lower()))


RULE = Rule(
    id="actions-exist",
    title="Every action that a policy names exists",
    why=("a misspelt action in a Deny denies nothing, and in an Allow grants nothing now and perhaps too much later"),
    severity="high",
    fix="name the action as AWS's service authorization reference does",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    controls=controls(nist="AC-3 AC-6 CM-6", soc2="CC6.1"),
    check=_check,
)
