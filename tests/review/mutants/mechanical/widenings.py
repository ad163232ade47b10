"""Every statement of every policy, made to let more through in each of its elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.mechanical.places import POLICIES, Path, resources, setting, short, without
from tests.review.mutants.mutant import Change, Mutant

Json = Any


def widenings(example: Assembly) -> Iterator[Mutant]:
    """Yield a mutant for each way to widen a statement: of an Allow and of a Deny."""
    for stack, id, body in resources(example):
        for path, statement in _statements(body):
            name = statement.get("Sid") or f"statement {path[-1]}"
            for words, change in _changes(id, path, statement):
                yield Mutant(f"{short(stack, id)}, {name}: {words}", stack, change)


def _statements(body: Json) -> Iterator[tuple[Path, Json]]:
    properties = body.get("Properties", {})
    documents: list[tuple[Path, Json]] = [
        (("Properties", name), properties[name]) for name in POLICIES if name in properties
    ]
    documents += [
        (("Properties", "Policies", n, "PolicyDocument"), inline["PolicyDocument"])
        for n, inline in enumerate(properties.get("Policies", ()))
    ]
    for place, document in documents:
        for number, statement in enumerate(document.get("Statement", ()) if isinstance(document, dict) else ()):
            yield (*place, "Statement", number), statement


def _changes(id: str, path: Path, statement: Json) -> Iterator[tuple[str, Change]]:
    if statement["Effect"] == "Deny":
        yield "the denial is gone", without(id, path)
        yield from _narrower(id, path, statement)
        return
    for action in _services(statement["Action"]):
        yield f"every action of {action.partition(':')[0]}", setting(id, (*path, "Action"), action)
    if statement.get("Resource", "*") != "*":
        yield "every resource", setting(id, (*path, "Resource"), "*")
    if statement.get("Principal", "*") not in ("*", {"AWS": "*"}):
        yield "every principal", setting(id, (*path, "Principal"), {"AWS": "*"})
    conditions = statement.get("Condition") or {}
    if conditions:
        yield "no condition", without(id, (*path, "Condition"))
    keys = [(operator, key) for operator, tests in conditions.items() for key in tests]
    for operator, key in keys if len(keys) > 1 else ():
        yield f"no condition on {key}", without(id, (*path, "Condition", operator, key))


def _services(actions: Json) -> list[str]:
    named = [actions] if isinstance(actions, str) else actions
    return sorted({f"{action.partition(':')[0]}:*" for action in named} - set(named))


def _narrower(id: str, path: Path, statement: Json) -> Iterator[tuple[str, Change]]:
    """A Deny lets more through when it denies less."""
    actions = statement.get("Action")
    for number, action in enumerate(actions if isinstance(actions, list) else ()):
        yield f"{action} is not denied", without(id, (*path, "Action", number))
    if statement.get("Resource", "*") == "*":
        yield "one resource is denied", setting(id, (*path, "Resource"), "arn:aws:s3:::one")
    if "Principal" in statement:
        yield "one principal is denied", setting(id, (*path, "Principal"), {"AWS": "111122223333"})
    for operator, tests in (statement.get("Condition") or {}).items():
        for key in tests:
            # No text is like nothing at all; "not equal to *" would deny more than before.
            if "Like" in operator or operator in ("Bool", "NumericLessThan"):
                yield f"denied by {key} of something else", setting(id, (*path, "Condition", operator, key), "*")
