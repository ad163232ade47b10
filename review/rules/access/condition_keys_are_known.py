"""Every condition tests a key that one of its actions knows."""

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
        for test in statement.condition:
            if not any(_takes(name, test.key) for name in (statement.action.values if statement.action else ())):
                return f"{statement.place} tests {test.key}, which none of its actions knows"
    return ""


@functools.cache
def _takes(name: str, key: str) -> bool:
    if key.lower() in _GLOBAL or key.lower().startswith(_FAMILIES) or name == "*":
        return True
    prefix, _, rest = name.partition(":")
    pattern = Pattern.of(rest.lower())
    for full in service.actions_of(prefix.lower()):
        if pattern.matches(full.partition(":")[2].lower()):
            action = service.action(full)
            if action is not None and any(_same(known, key) for known in action.keys):
                return True
    return False


def _same(known: str, key: str) -> bool:
    known = service.plain(known).lower()
    return (
        key.lower() == known
        or (known.endswith("/") and key.lower().startswith(known))
        or known.split("${")[0].rstrip("/:") == key.lower().split(":aws:")[0]
    )


_GLOBAL = {name.lower() for name in service.GLOBAL_KEYS}
_FAMILIES = tuple(name.lower() for name in service.GLOBAL_KEYS if name.endswith("/"))


RULE = Rule(
    id="condition-keys-are-known",
    title="Every condition tests a key that one of its actions knows",
    why="a key that is never there makes an Allow that grants nothing, or a Deny that denies nothing",
    severity="high",
    fix="name a key of the action, as AWS's service authorization reference lists it",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    controls=controls(nist="AC-3 AC-6 CM-6", soc2="CC6.1"),
    check=_check,
)
