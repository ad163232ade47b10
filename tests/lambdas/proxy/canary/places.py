"""Every place of a value that may hold a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.canary import Canary


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a value, and a new one in each of its objects."""
    if path:
        yield path
    if isinstance(value, dict):
        yield (*path, "?")
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from places(item, (*path, at))


def put(value: Any, path: tuple[Any, ...], canary: Canary, text: str) -> Any:
    """A copy of a value with a text at a place; a new place has the canary for its name."""
    copied = json.loads(json.dumps(value))
    inner = copied
    for part in path[:-1]:
        inner = inner[part]
    inner[canary.word if path[-1] == "?" else path[-1]] = text
    return copied
