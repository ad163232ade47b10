"""Every resource, taken away with what waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.mechanical.places import resources, short
from tests.review.mutants.mutant import Change, Mutant

Json = Any


def deletions(example: Assembly) -> Iterator[Mutant]:
    """Yield a mutant for each resource."""
    for stack, id, _ in resources(example):
        yield Mutant(f"{short(stack, id)}: deleted", stack, _deleted(id))


def _deleted(id: str) -> Change:
    def change(body: Json) -> None:
        del body["Resources"][id]
        for resource in body["Resources"].values():
            waits = resource.get("DependsOn")
            if isinstance(waits, list) and id in waits:
                resource["DependsOn"] = [name for name in waits if name != id]
            elif waits == id:
                del resource["DependsOn"]

    return change
