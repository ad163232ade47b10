"""Which records are of a request that somebody knows: lines in, records out, and what could not be told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from audit.digests import Request
from audit.report import many
from audit.sources import Events
from audit.valid import wrong
from audit.verify import Wanted

__all__ = ["Found", "confirm", "lines"]

_SAID = ("request_id", "time", "deployment", "team", "principal", "route", "model", "status", "error")


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes
    ----------
    records
        Those of the request: where each stands, and what it says of who, when and what.
    looked_at
        How many records had a digest.
    missing
        How many had none, by why.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    looked_at: int = 0
    missing: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "found": self.records,
            "looked_at": self.looked_at,
            "without_digest": dict(sorted(self.missing.items())),
        }


def confirm(
    sources: Iterable[Events],
    request: Request,
    wanted: Wanted,
    *,
    progress: Callable[[int], None] | None = None,
) -> Found:
    """Look for the records of a request.

    Parameters
    ----------
    sources
        Lists of lines.
    request
        What is looked for.
    wanted
        What of the lines is looked at.
    progress
        Is called with the number of records, now and then.
    """
    found, number = Found(), 0
    for source in sources:
        for where, text in source:
            line = _record(text)
            if line is None or not wanted(line):
                continue
            number += 1
            digest = line.get("digest") or {"missing": "before_digests"}
            if wrong(line) is not None:
                found.missing["not_in_schema"] += 1
            elif digest.get("hmac") is None or digest.get("nonce") is None:
                found.missing[digest.get("missing") or "unknown"] += 1
            else:
                found.looked_at += 1
                if request.made(line):
                    found.records.append({"where": where, **{name: line[name] for name in _SAID}})
            if progress is not None and not number % 1_000:
                progress(number)
    return found


def _record(text: str) -> dict[str, Any] | None:
    if not text.startswith('{"record":"inference"'):
        return None
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def lines(found: Found) -> Iterator[str]:
    """Return what was found, line by line, for people.

    Examples
    --------
    >>> list(lines(Found()))[-1].partition(":")[0]
    'NOT FOUND'
    """
    yield f"looked at {many(found.looked_at, 'record')} with a digest"
    for why, count in sorted(found.missing.items()):
        yield f"  {count:,} without one, of which nothing can be said: {why}"
    for record in found.records:
        yield ""
        yield f"{record['time']}  request {record['request_id']}  {record['principal']}"
        yield f"      team {record['team']}, {record['route']}, {record['model']}, status {record['status']}"
        yield f"      {record['where']}"
    yield ""
    if found.records:
        yield (
            f"CONFIRMED: this very request was sent, {many(len(found.records), 'time')}. That nobody has altered these "
            "lines is what make audit-verify says."
        )
    else:
        yield "NOT FOUND: no record with a digest is of this very request; one letter more or less is another request"
