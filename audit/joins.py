"""Records held against what others wrote: API Gateway's access log, and CloudTrail's data events.

Of each record and each event about 200 bytes are kept until both have been seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from audit.findings import Finding
from audit.segments import Chunk
from audit.short import short as _short

__all__ = ["Joins", "trail_ids"]

_SOURCE, _NAME = "bedrock-mantle.amazonaws.com", "CreateInference"


def trail_ids(lines: Iterable[tuple[str, str]], teams: Sequence[str] = ()) -> Iterable[tuple[str, str, str]]:
    """Return the id, the place and the time of each inference in files of CloudTrail.

    Parameters
    ----------
    lines
        Where each event stands, and its JSON.
    teams
        Those whose functions' inferences are meant; everybody's without any, so that one past the functions is seen.
        Lambda names a function's session after the function.

    Examples
    --------
    >>> event = '{"eventSource":"bedrock-mantle.amazonaws.com","eventName":"CreateInference","requestID":"r1"}'
    >>> list(trail_ids([("f record 1", event), ("f record 2", "{}")]))
    [('r1', 'f record 1', '')]
    """
    for where, text in lines:
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and (event.get("eventSource"), event.get("eventName")) == (_SOURCE, _NAME):
            id, who = event.get("requestID"), event.get("userIdentity")
            arn = who.get("arn") if isinstance(who, dict) else None
            if isinstance(id, str) and (not teams or str(arn).endswith(tuple(f"-Team-{team}-Proxy" for team in teams))):
                yield id, where, str(event.get("eventTime", ""))


class Joins:
    """Ids that are to be found on both sides.

    Parameters
    ----------
    trail
        Whether CloudTrail's events are there to be compared with.
    since, until
        Those that are looked at, as in the lines; empty: without an end.
    """

    def __init__(self, *, trail: bool, since: str = "", until: str = "") -> None:
        self._trail, self._since, self._until = trail, since.rstrip("Z"), until.rstrip("Z")
        self._beside: set[int] = set()  # of records that are not looked at
        self._records: dict[int, tuple[str, str]] = {}
        self._events: dict[int, tuple[str, str, str]] = {}
        self._requests: set[int] = set()  # by the id that no client chooses
        self._older: set[int] = set()  # by the other, of records that have no such id
        self._passed: dict[int, tuple[str, str, str]] = {}
        self.events = 0

    def add(self, chunk: Chunk) -> None:
        """Take the ids of some records and of some lines of API Gateway's."""
        for id, own in chunk.requests:
            if own is None:
                self._older.add(_short(id))
            else:
                self._passed.pop(_short(own), None)
                self._requests.add(_short(own))
        for id, own, where, api in chunk.passed:
            if _short(own) not in self._requests:
                self._passed[_short(own)] = (id, where, api)
        if self._trail:
            self._beside.update(map(_short, chunk.beside))
            for id, where, time in chunk.upstream:
                if self._events.pop(_short(id), None) is None:
                    self._records[_short(id)] = (where, time)

    def trail(self, events: Iterable[tuple[str, str, str]]) -> None:
        """Take the ids of some events of CloudTrail."""
        for id, where, time in events:
            self.events += 1
            if self._records.pop(_short(id), None) is None and self._is_looked_at(id, time):
                self._events[_short(id)] = (id, where, time)

    def _is_looked_at(self, id: str, time: str) -> bool:
        if _short(id) in self._beside:
            return False
        return self._since <= time and (not self._until or time < self._until)

    def finish(self) -> list[Finding]:
        """Return what has no other side."""
        found = [Finding("record_without_event", where, detail=time) for where, time in self._records.values()]
        found += [
            Finding("event_without_record", where, detail=f"request {id}, {time}")
            for id, where, time in self._events.values()
        ]
        found += [
            Finding("request_without_line", where, detail=f"request {id} to {api}")
            for id, where, api in self._passed.values()
            if _short(id) not in self._older
        ]
        return found
