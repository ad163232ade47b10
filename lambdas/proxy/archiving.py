"""What a team has archived: the request as the model got it, masked, and the answer as the caller got it, masked.

One JSON object a request, `KEY`; nothing of what was blocked, of errors, or of requests that reached no model. If a
failure is to be noted (``record``), it is written when the last byte has left. If it is to ``refuse`` the answer, a
whole answer is archived before it leaves; of a stream, the request is before the first byte leaves, and all of it
before the last event does: until then the stream can still end with an error.

What is kept in memory for it is bounded: the request by what the model takes, the answer by `LIMIT`.
"""

from __future__ import annotations

import time
from codecs import getincrementaldecoder

from .audit import words
from .core.clock import stamp
from .core.errors import ArchiveUnavailableError
from .core.jsontext import compact
from .request.images import with_urls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .audit.record import Record
    from .request.prepared import Prepared
    from .runtime.loop import Reply
    from .services.archive import Archive

#: Bytes of an answer that are kept, as JSON has them: as many as a whole answer of the model's may have. A piece of an
#: answer is kept whole, or not at all.
LIMIT = 32 * 1024 * 1024
VERSION = 1
#: Where the object is: the team, the day (UTC), the request's id as its record has it, and Lambda's of the invocation.
#: A client may choose the first of these ids, and is not to cover an object with another by choosing one again.
KEY = "{team}/{day}/{id}/{invocation}.json"
_EVENT_END = b"\n\n"


class Archiving:
    """What a team has archived of its requests, one after the other; loaded for such a team alone.

    Parameters
    ----------
    archive
        Where to.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def warm(self) -> None:
        """Open a connection ahead of the first request."""
        self._archive.warm()

    def keep(self, reply: Reply, record: Record) -> Kept:
        """Return what stands where the reply to a request does."""
        return Kept(self._archive, reply, record)


class Kept:
    """Stands where the reply does, and keeps what leaves, until it is archived.

    Parameters
    ----------
    archive
        Where to.
    reply
        What leaves by.
    record
        Is told what became of it.
    """

    def __init__(self, archive: Archive, reply: Reply, record: Record) -> None:
        self._archive = archive
        self._reply = reply
        self._record = record
        self._prepared: Prepared | None = None
        self._text = getincrementaldecoder("utf-8")("replace")
        self._pieces: list[bytes] = []  # what left, as a string of JSON has it: it is never in memory twice
        self._size = 0
        self._cut = False  # there was more than is kept
        self._done = False  # there is nothing more to archive, or to try
        self._at = time.time()

    @property
    def started(self) -> bool:
        """Whether the reply has begun."""
        return self._reply.started

    def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """As the reply's."""
        self._reply.start(status, headers)

    def alive(self) -> bool:
        """As the reply's."""
        return self._reply.alive()

    def write(self, data: bytes) -> None:
        """Keep what leaves, and have it leave.

        Raises
        ------
        ArchiveUnavailableError
            If it is more than is kept, and nothing may leave that is not archived.
        """
        self._demand_kept(data)
        self._reply.write(data)

    def finish(self, data: bytes = b"") -> None:
        """Keep what leaves last, and have it leave."""
        if not self._done:
            self._keep(data)  # if that is too much, what it ends with says so, or it is said already
        self._reply.finish(data)

    def of(self, prepared: Prepared, deadline: float) -> None:
        """Keep a request that the model has begun to answer; archive it first if nothing may leave before.

        Raises
        ------
        ArchiveUnavailableError
        """
        self._prepared = prepared
        self._record.archive = "failed"  # until it is not
        if self._archive.refuses and prepared.stream:
            self._demand("request", deadline)

    def ending(self, deadline: float) -> Callable[[bytes], bytes]:
        """Return `last` for a stream, which has all but its last event leave before that is asked for."""

        def last(data: bytes) -> bytes:
            if not self._archive.refuses:
                return data
            at = data.rfind(_EVENT_END, 0, max(0, len(data) - len(_EVENT_END))) + len(_EVENT_END)
            if at >= len(_EVENT_END):
                if data[:at]:
                    self.write(data[:at])
                data = data[at:]
            return self.last(data, deadline)

        return last

    def last(self, data: bytes, deadline: float) -> bytes:
        """Archive an answer that ends with some bytes, if it may not end before, and return them.

        Raises
        ------
        ArchiveUnavailableError
        """
        if self._archive.refuses:
            self._demand_kept(data)
            try:
                self._demand("written", deadline)
            finally:
                self._done = True
        return data

    def close(self, deadline: float) -> None:
        """Archive what has left, unless that was done; nobody waits for it. Keep nothing any more."""
        try:
            if self._prepared is not None and not self._done:
                self._put("truncated" if self._cut else "written", deadline)
        finally:
            self._done, self._prepared, self._pieces = True, None, []

    def _demand_kept(self, data: bytes) -> None:
        if not self._keep(data) and self._archive.refuses:
            self._done = not self._reply.started  # of a stream, what has left is archived up to here
            raise ArchiveUnavailableError

    def _keep(self, data: bytes) -> bool:
        """Keep what leaves; return whether it is, or is not to be."""
        if self._prepared is None:
            return True
        piece = compact(self._text.decode(data))[1:-1].encode()
        if self._cut or self._size + len(piece) > LIMIT:
            self._cut = True
            return False
        self._pieces.append(piece)
        self._size += len(piece)
        return True

    def _demand(self, what: str, deadline: float) -> None:
        if not self._put(what, deadline):
            self._done = True
            raise ArchiveUnavailableError

    def _put(self, what: str, deadline: float) -> bool:
        record, prepared = self._record, self._prepared
        sent = record.call.sent if record.call else None
        if prepared is None or sent is None:
            return False
        id, invocation = words.id(record.request_id), words.id(record.invocation)
        day = time.strftime("%Y/%m/%d", time.gmtime(self._at))
        about: dict[str, Any] = {
            "version": VERSION,
            "request_id": id,
            "invocation": invocation,
            "time": stamp(self._at),
            "deployment": record.team.deployment,
            "team": record.team.name,
            "principal": words.principal(record.principal),
            "route": record.route,
            "model": prepared.model.id,
            "tier": prepared.tier,
            "archive": what,
        }
        answer = [b"null"] if what == "request" else [b'"', *self._pieces, b'"']
        body = [
            f'{compact(about)[:-1]},"request":'.encode(),
            *with_urls(sent, prepared.images),
            b',"answer":',
            *answer,
            b"}",
        ]
        written = self._archive.put(
            KEY.format(team=record.team.name, day=day, id=id, invocation=invocation), body, deadline
        )
        if written:
            record.archive = what
        return written
