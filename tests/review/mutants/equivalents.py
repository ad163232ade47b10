"""Which mechanical mutants change nothing, decided place by place: a mutant that is none is not counted.

`equivalents.json` has a line for each place: the type, the path, why it changes nothing, what says so. The kind of a
line says what is checked of each mutant before it is believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from review.assembly import Assembly
from review.deployment import Deployment
from review.rules.order import made_before
from tests.review.conftest import changed
from tests.review.mutants.mutant import Mutant, Touched

Json = Any
FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Line:
    """A place that changes nothing.

    Attributes
    ----------
    kind
        What is checked; one of `CHECKS`.
    type, path
        The place; `*` for places in lists.
    why, source
        Why it changes nothing, and the https address of what says so.
    value
        Of a default, what AWS takes where the place is empty.
    """

    kind: str
    type: str
    path: str
    why: str
    source: str
    value: Json = None


@cache
def lines() -> tuple[Line, ...]:
    """The table."""
    return tuple(Line(**line) for line in json.loads(FILE.read_text("utf-8")))


def equivalent(mutant: Mutant, example: Assembly) -> Line | None:
    """The line by which a mutant changes nothing; None if it changes something."""
    place = mutant.touched
    if place is None:
        return None
    found = (line for line in lines() if (line.type, line.path) == (place.type, place.path))
    return next((line for line in found if CHECKS[line.kind](line, place, mutant, example)), None)


def _default(line: Line, place: Touched, _mutant: Mutant, _example: Assembly) -> bool:
    """What is dropped is what AWS takes anyway."""
    return place.how == "dropped" and bool(place.value == line.value)


def _text(_line: Line, place: Touched, _mutant: Mutant, _example: Assembly) -> bool:
    """It is a text for people, or a label, and no more than a text."""
    return place.how == "dropped" and isinstance(place.value, str)


def _name(_line: Line, place: Touched, mutant: Mutant, example: Assembly) -> bool:
    """It is a name that CloudFormation makes up otherwise, and no other place of any template writes it."""
    if place.how != "dropped" or not isinstance(place.value, str):
        return False
    alone = re.compile(rf"(?<![\w-]){re.escape(place.value)}(?![\w-])")
    own = mutant.applied(example)
    bodies = [own if stack == mutant.stack else template.body for stack, template in example.by_stack.items()]
    return not any(alone.search(text) for body in bodies for text in _texts(body))


def _texts(value: Json) -> Iterator[str]:
    """The texts of a template but those of descriptions, which name parts to people."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not key.endswith("Description"):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _order(_line: Line, place: Touched, mutant: Mutant, example: Assembly) -> bool:
    """All that it waited for is still made before it."""
    parts = changed(example, mutant.stack, mutant.applied(example)).assembly.by_stack[mutant.stack].resources
    waited = [place.value] if isinstance(place.value, str) else place.value
    return place.how == "dropped" and set(waited) <= made_before(parts[place.id], parts)


def _same(_line: Line, place: Touched, mutant: Mutant, example: Assembly) -> bool:
    """What refers to another part now comes to the same text."""

    def resolved(deployment: Deployment) -> Json:
        part = deployment.assembly.by_stack[mutant.stack].resources[place.id]
        return {name: deployment.resolver.of(part, name) for name in part.properties}

    spoiled = changed(example, mutant.stack, mutant.applied(example))
    return place.how == "swapped" and bool(resolved(spoiled) == resolved(Deployment(example)))


def _every(_line: Line, place: Touched, _mutant: Mutant, _example: Assembly) -> bool:
    """As many periods are to be so as are looked at, which is what CloudWatch takes."""
    return place.how == "dropped" and bool(place.value == place.beside.get("EvaluationPeriods"))


CHECKS: Mapping[str, Callable[[Line, Touched, Mutant, Assembly], bool]] = {
    "default": _default,
    "text": _text,
    "name": _name,
    "order": _order,
    "same": _same,
    "every": _every,
}
