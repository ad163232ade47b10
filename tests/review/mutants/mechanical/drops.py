"""Every property, every level of it and every element of a list, taken away once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.mechanical.places import (
    POLICIES,
    Path,
    dotted,
    is_function,
    resources,
    short,
    touched,
    without,
)
from tests.review.mutants.mutant import Mutant

Json = Any
_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "DependsOn")


def drops(example: Assembly) -> Iterator[Mutant]:
    """Yield a mutant for each part of each resource that can be left out."""
    for stack, id, body in resources(example):
        paths = [(name,) for name in _ATTRIBUTES if name in body]
        for path in [*paths, *_paths(body.get("Properties", {}), ("Properties",))]:
            shown = dotted(path).removeprefix("Properties.")
            yield Mutant(
                f"{short(stack, id)}: no {shown}", stack, without(id, path), touched=touched("dropped", id, body, path)
            )


def _paths(place: Json, path: Path) -> Iterator[Path]:
    if is_function(place):
        return
    items: Any = place.items() if isinstance(place, dict) else enumerate(place) if isinstance(place, list) else ()
    # An empty list says what a list without its only element says.
    if isinstance(place, list) and len(place) == 1:
        yield from _paths(place[0], (*path, 0))
        return
    for key, value in items:
        yield (*path, key)
        if key not in POLICIES and key != "Tags":
            yield from _paths(value, (*path, key))
