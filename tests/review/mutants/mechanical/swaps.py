"""Every reference to a resource, made to another of the same type."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.mechanical.places import Path, at, dotted, resources, setting, short, touched
from tests.review.mutants.mutant import Mutant

Json = Any


def swaps(example: Assembly) -> Iterator[Mutant]:
    """Yield a mutant for each reference that can be to another resource of its type, or to another export."""
    for stack, id, body in resources(example):
        whole = example.by_stack[stack].body
        imports = sorted(set(_imports(whole)))
        for path in _references(body.get("Properties", {}), ("Properties",)):
            value = at(body, path)
            other = _other(whole["Resources"], imports, value)
            if other is not None:
                shown = dotted(path).removeprefix("Properties.")
                name, place = f"{short(stack, id)}: {shown} is {_words(other)}", touched("swapped", id, body, path)
                yield Mutant(name, stack, setting(id, path, other), touched=place)


def _references(place: Json, path: Path) -> Iterator[Path]:
    if isinstance(place, dict) and len(place) == 1 and next(iter(place)) in ("Ref", "Fn::GetAtt", "Fn::ImportValue"):
        yield path
        return
    items: Any = place.items() if isinstance(place, dict) else enumerate(place) if isinstance(place, list) else ()
    for key, value in items:
        yield from _references(value, (*path, key))


def _imports(place: Json) -> Iterator[str]:
    if isinstance(place, dict):
        if isinstance(place.get("Fn::ImportValue"), str):
            yield place["Fn::ImportValue"]
        for value in place.values():
            yield from _imports(value)
    elif isinstance(place, list):
        for value in place:
            yield from _imports(value)


def _other(known: Json, imports: list[str], value: Json) -> Json | None:
    ((name, target),) = value.items()
    if name == "Fn::ImportValue":
        kind = "Subnet" if "Subnet" in str(target) else "Group" if "Group" in str(target) else ""
        others = [i for i in imports if i != target and kind and kind in i]
        return {name: others[0]} if others else None
    id = target if name == "Ref" else target[0]
    if id not in known:
        return None
    of_type = [other for other, body in known.items() if body["Type"] == known[id]["Type"]]
    if len(of_type) < 2:
        return None
    next_id = of_type[(of_type.index(id) + 1) % len(of_type)]
    found = copy.deepcopy(value)
    if name == "Ref":
        found["Ref"] = next_id
    else:
        found["Fn::GetAtt"][0] = next_id
    return found


def _words(value: Json) -> str:
    target = next(iter(value.values()))
    return target if isinstance(target, str) else ".".join(target)
