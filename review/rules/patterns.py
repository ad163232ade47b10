"""Whether EventBridge takes an event for one that a pattern is about.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from review.resolve import UnreadableError

Json = Any


def matches(pattern: Mapping[str, Json], event: Mapping[str, Json]) -> bool:
    """Whether an event is one that a pattern is about.

    Raises
    ------
    UnreadableError
        If the pattern compares in a way that is not known here.

    Examples
    --------
    >>> matches({"detail": {"eventName": [{"prefix": "Put"}]}}, {"detail": {"eventName": "PutKeyPolicy"}})
    True
    >>> matches({"$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"b": "3"})
    False
    """
    return all(
        any(matches(way, event) for way in wanted) if name == "$or" else _meets(wanted, event.get(name))
        for name, wanted in pattern.items()
    )


def _meets(wanted: Json, found: Json) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and matches(wanted, found)
    if not isinstance(wanted, list):
        raise UnreadableError(f"an event pattern has {wanted!r}: a list of values is right")
    return any(_is(one, value) for one in wanted for value in (found if isinstance(found, list) else [found]))


def _is(wanted: Json, found: Json) -> bool:
    if not isinstance(wanted, Mapping):
        return bool(wanted == found)
    ((operator, text),) = wanted.items()
    if operator not in _OPERATORS or not isinstance(text, str):
        raise UnreadableError(f"an event pattern compares by {operator!r}, which is not read here")
    return isinstance(found, str) and _OPERATORS[operator](found, text)


def _wildcard(found: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, text.split("*"))), found, re.DOTALL) is not None


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "wildcard": _wildcard,
}
