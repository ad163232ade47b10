"""Spoils JSON in one place, at random but the same each time."""

import copy
import random
from collections.abc import Iterator
from typing import Any

Json = Any
#: What is put in place of something else.
_ODD: list[Json] = [None, True, 1, 1.5, "", "*", "${", [], {}, ["a", 1], {"a": 1}, [[]], [None], {"AWS": [1]}]
_FUNCTIONS: list[Json] = [{"Ref": ["a"]}, {"Fn::Join": []}, {"Fn::GetAtt": 1}, {"Fn::Sub": {}}, {"Fn::Select": [0]}]


def spoiled(whole: Json, number: int, depth: int = 1) -> Json:
    """Return a copy with something odd in one place, at least so deep."""
    chance = random.Random(number)  # noqa: S311 - the same each time
    found = copy.deepcopy(whole)
    path = chance.choice([path for path in _paths(found) if len(path) >= depth])
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = copy.deepcopy(chance.choice([*_ODD, *_FUNCTIONS]))
    return found


def _paths(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _paths(item, (*path, key))
