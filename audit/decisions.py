"""Decisions of authorizers held against API Gateway's lines: neither is in a chain, and each knows of the other.

A caller with a token is let in, or refused, by a decision that API Gateway keeps for five minutes at the most: so the
authorizer's line of it stands in the minutes before. And each decision was made for a request, of which API Gateway has
a line.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from audit.findings import Finding
from audit.short import short

__all__ = ["Decisions", "clock", "moment"]

#: Seconds before a request's coming, and after, in which the decision on its caller was made: API Gateway keeps one for
#: 300 s (the review's rule `authorizer-remembers-briefly`), the authorizer takes 10 at the most, and starts before.
BEFORE, AFTER = 330, 60
#: Seconds after which API Gateway has written a request's line: a request lasts 15 minutes at the most.
WRITTEN = 16 * 60
_MINUTE = 60
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_NAMES, 1)}


def clock(stamp: str) -> str:
    """Return the time of a line of API Gateway's as other lines have it; the stamp itself if it is none.

    Examples
    --------
    >>> clock("28/Nov/2026:20:00:00 +0000")
    '2026-11-28T20:00:00Z'
    """
    day, month, rest = stamp[:2], _MONTHS.get(stamp[3:6]), stamp[7:]
    return f"{rest[:4]}-{month}-{day}T{rest[5:13]}Z" if month and stamp.endswith(" +0000") else stamp


def moment(stamp: str) -> int | None:
    """Return a time in seconds; None of what is none."""
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


class Decisions:
    """What authorizers decided, and whom API Gateway let in or refused by a token.

    Parameters
    ----------
    complete
        Whether the authorizers' lines are known to be among those that are read.
    since, until
        What is looked at; empty: from the first line on, or to the last.
    """

    def __init__(self, *, complete: bool, since: str = "", until: str = "") -> None:
        self._complete = complete
        self._since, self._until = moment(since) if since else None, moment(until) if until else None
        self._made: set[tuple[int, int]] = set()  # on whom, and in which minute
        self._asked: dict[int, tuple[int, str, str]] = {}  # for which request: when, where, on what
        self._passed: dict[tuple[int, ...], tuple[int, str, str]] = {}
        self._seen = array("Q")  # the requests that API Gateway has a line of
        self._teams: set[str] = set()
        self._first, self._last = 1 << 62, 0

    def decided(self, line: dict[str, Any], where: str) -> None:
        """Take an authorizer's line, which is in the schema."""
        at = moment(line["time"])
        if at is None:
            return
        self._first = min(self._first, at)
        team, verdict = str(line["team"]), line["decision"]
        self._teams.add(team)
        if line["principal"] is not None:
            self._made.add((short(f"{team} {line['principal']}"), at // _MINUTE))
        if line["request_id"] is not None:
            self._asked[short(line["request_id"])] = (at, where, f"request {line['request_id']}, {verdict}")

    def answered(self, line: dict[str, Any], where: str) -> None:
        """Take a line of API Gateway's, which is in the schema."""
        at = moment(clock(line["time"]))
        if at is None:
            return
        self._first, self._last = min(self._first, at), max(self._last, at)
        self._seen.append(short(line["request_id"]))
        who, let_in = line["token_principal"], line["integration_status"] != "-"
        if who == "-" or not (let_in or line["error"] == "ACCESS_DENIED"):
            return
        # The team is what ends the API's name; which part of it that is, is known when all has been read.
        parts = line["api"].split("-")
        whom = tuple(short(f"{'-'.join(parts[n:])} {who}") for n in range(len(parts)))
        said = f"request {line['request_id']}, {line['status']}, {who}"
        self._passed.setdefault((*whom, at // _MINUTE), (at, where, said))

    def finish(self) -> Iterator[Finding]:
        """Yield what has no other side, where the other side would be among the lines."""
        since, until = self._since or self._first, self._until or self._last
        if self._complete or self._teams:
            for (*whom, _), (at, where, said) in self._passed.items():
                if at - BEFORE < since or at + AFTER > until:
                    continue
                minutes = range((at - BEFORE) // _MINUTE, (at + AFTER) // _MINUTE + 1)
                if not any((one, minute) in self._made for one in whom for minute in minutes):
                    yield Finding("request_without_decision", where, detail=said)
        if not self._seen:
            return
        seen = {id for id in self._seen if id in self._asked}
        for id, (at, where, said) in self._asked.items():
            if id not in seen and since + AFTER <= at <= until - WRITTEN:
                yield Finding("decision_without_request", where, detail=said)
