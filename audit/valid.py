"""Whether a line is what the schema says: in one pass, as it is read by the million."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from audit.kinds import Count, Each, Field, Flag, Kind, Metrics, Nested, Numbers, Text, Word
from audit.lines import VERSIONS

__all__ = ["wrong"]

#: Returns the path of what is wrong in a value, None if nothing is.
_Check = Callable[[Any], str | None]
_UNITS = frozenset(("Count", "Milliseconds", "None", "Percent"))
_METRIC = re.compile("[A-Za-z][A-Za-z0-9_]{0,63}")


def wrong(line: Mapping[str, Any]) -> str | None:
    """Return what of a line is not as the schema of its version says; None if all is.

    Parameters
    ----------
    line
        As it was parsed.

    Examples
    --------
    >>> wrong({"record": "began", "version": 7})
    'version: 7 is none that is known'
    >>> wrong({"record": "poem", "version": 1})
    'record: none that is known'
    >>> wrong({"record": "init", "version": 1, "time": "2026-11-28T20:00:00.000Z", "reason": 1})
    'reason'
    """
    version, record = line.get("version"), line.get("record")
    if not isinstance(record, str) or isinstance(version, bool | float):
        return "record"
    check = _line(1 if version == "1" else version, record) if isinstance(version, int | str) else None
    if check is not None:
        return check(line)
    if isinstance(version, int) and version not in VERSIONS:
        return f"version: {version} is none that is known"
    return "record: none that is known"


@cache
def _line(version: int | str, record: str) -> _Check | None:
    lines = VERSIONS.get(version) if isinstance(version, int) else None
    return _object(lines[record].fields) if lines and record in lines else None


def _object(fields: Mapping[str, Field]) -> _Check:
    checks = {name: (_kind(field.kind), field.null) for name, field in fields.items()}
    needed = frozenset(name for name, field in fields.items() if not field.optional)

    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return ""
        if not needed <= value.keys():
            return min(name for name in needed if name not in value)
        for name, item in value.items():
            found = checks.get(name)
            if found is None:
                return "a field that is not known"
            if item is None:
                if found[1]:
                    continue
                return str(name)
            below = found[0](item)
            if below is not None:
                return f"{name}.{below}" if below else name
        return None

    return check


def _kind(kind: Kind) -> _Check:
    if isinstance(kind, Nested):
        return _object(kind.fields)
    if isinstance(kind, Each):
        return _each(_kind(kind.of))
    if isinstance(kind, Metrics):
        return _metrics
    if isinstance(kind, Numbers):
        return _numbers(re.compile(kind.pattern).fullmatch)
    if isinstance(kind, Word):
        words = frozenset(kind.words)
        return lambda value: None if isinstance(value, str) and value in words else ""
    if isinstance(kind, Text):
        matches = re.compile(kind.pattern).fullmatch
        return lambda value: None if isinstance(value, str) and matches(value) else ""
    if isinstance(kind, Flag):
        return lambda value: None if value is True or value is False else ""
    if isinstance(kind, Count):
        return lambda value: None if type(value) is int and value >= 0 else ""
    return lambda value: None if type(value) in (int, float) and 0 <= value < float("inf") else ""


def _each(of: _Check) -> _Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return ""
        return next((str(at) for at, item in enumerate(value) if of(item) is not None), None)

    return check


def _numbers(matches: Callable[[str], object]) -> _Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return ""
        good = all(matches(name) and type(number) is int and number >= 0 for name, number in value.items())
        return None if good else ""

    return check


def _metrics(value: Any) -> str | None:
    """Metrics are named after fields of the line, and dimensions too: nothing else can stand there."""
    try:
        blocks = value["CloudWatchMetrics"]
        good = (
            value.keys() == {"Timestamp", "CloudWatchMetrics"}
            and type(value["Timestamp"]) is int
            and type(blocks) is list
            and 1 <= len(blocks) <= 3
            and all(map(_block, blocks))
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        return ""
    return None if good else ""


def _block(block: Any) -> bool:
    """Whether one set of metrics and their dimensions is well formed."""
    named: list[Any] = [metric["Name"] for metric in block["Metrics"]] + [
        name for some in block["Dimensions"] for name in some
    ]
    return (
        block.keys() == {"Namespace", "Dimensions", "Metrics"}
        and block["Namespace"] == "Cloister"
        and all(type(some) is list for some in (block["Metrics"], block["Dimensions"], *block["Dimensions"]))
        and all(metric.keys() == {"Name", "Unit"} and metric["Unit"] in _UNITS for metric in block["Metrics"])
        and all(type(name) is str and bool(_METRIC.fullmatch(name)) for name in named)
    )
