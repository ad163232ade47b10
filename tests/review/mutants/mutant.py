"""One defect, and the places in a template that it is put to."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from review.assembly import Assembly

Json = Any
Change = Callable[[Json], None]
NETWORK, AUDIT, GUARDRAILS = "Cloister-Network", "Cloister-Audit", "Cloister-Guardrails"
TOKEN, SIGNED = "Cloister-Team-atlas", "Cloister-Team-beacon"


@dataclass(frozen=True)
class Touched:
    """The place that a mutant changes.

    Attributes
    ----------
    how
        `dropped`, or `swapped` for another reference.
    type, id
        CloudFormation's type of the resource, and its logical id.
    path
        Where it stands in the resource; `*` for places in lists.
    value, beside
        What stood there, and what it stood in.
    """

    how: str
    type: str
    id: str
    path: str
    value: Json = field(repr=False)
    beside: Json = field(repr=False)


@dataclass(frozen=True)
class Mutant:
    """A defect.

    Attributes
    ----------
    name
        What is wrong, in words.
    stack
        Whose template it is put into.
    change
        Puts it into a copy of the template.
    expected
        Id of the rule or claim that sees it alone, if it was made for one.
    touched
        Where it changes one place of one resource, which.
    """

    name: str
    stack: str
    change: Change
    expected: str = ""
    touched: Touched | None = None

    def applied(self, assembly: Assembly) -> Json:
        """Return the stack's template with the defect.

        Raises
        ------
        AssertionError
            If it changed nothing.
        """
        before = assembly.by_stack[self.stack].body
        body = copy.deepcopy(before)
        self.change(body)
        assert body != before, f"{self.name} changes nothing"
        return body


#: The end that CDK gives a logical id.
_HASH = re.compile(r"(?<=[a-z0-9])[0-9A-F]{8}(?=[:,/ .]|$)")


def shown(name: str) -> str:
    """A mutant's name for people.

    Example
    -------
    >>> shown("Audit/LogsKeyFE4C4A83: deleted")
    'Audit/LogsKey: deleted'
    """
    return _HASH.sub("", name)


def of_type(body: Json, kind: str, start: str = "") -> Iterator[tuple[str, Json]]:
    """Yield the resources of a type, `AWS::` left out, whose logical ids have a start."""
    for id, resource in body["Resources"].items():
        if resource["Type"] == f"AWS::{kind}" and id.startswith(start):
            yield id, resource


def first(body: Json, kind: str, start: str = "") -> Json:
    """The properties of the first of them."""
    return next(of_type(body, kind, start))[1].setdefault("Properties", {})


def put(kind: str, path: str, value: Json, start: str = "") -> Change:
    """Set a property of the first resource of a type; dots between its levels, numbers for places in a list."""

    def change(body: Json) -> None:
        place, last = _walk(first(body, kind, start), path)
        place[last] = value

    return change


def drop(kind: str, path: str, start: str = "") -> Change:
    """Take a property of the first resource of a type away."""

    def change(body: Json) -> None:
        place, last = _walk(first(body, kind, start), path)
        del place[last]

    return change


def _walk(place: Json, path: str) -> tuple[Json, Json]:
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in steps:
        place = place[step]
    return place, last


def add(kind: str, **properties: Json) -> Change:
    """Add a resource."""

    def change(body: Json) -> None:
        body["Resources"]["Added"] = {"Type": f"AWS::{kind}", "Properties": properties}

    return change


def remove(kind: str, start: str = "") -> Change:
    """Take the resources of a type away, with what depends on them by name."""

    def change(body: Json) -> None:
        gone = [id for id, _ in of_type(body, kind, start)]
        for id in gone:
            del body["Resources"][id]
        for resource in body["Resources"].values():
            if isinstance(resource.get("DependsOn"), list):
                resource["DependsOn"] = [name for name in resource["DependsOn"] if name not in gone]

    return change


def attribute(kind: str, name: str, value: Json, start: str = "") -> Change:
    """Set an attribute of a resource, such as its `DeletionPolicy`."""

    def change(body: Json) -> None:
        next(of_type(body, kind, start))[1][name] = value

    return change
