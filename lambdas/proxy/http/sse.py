"""Server-sent events, read from and written to bytes.

The grammar is the WHATWG's (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream),
with one difference: an event that the end of the stream cuts off before its blank line is given out by
``Reader.end`` rather than dropped, because servers do leave that line out after the last event. JSON cut in the middle
does not parse, so that a consumer notices. Names are not read: what an event is stands in its data, on both routes.
"""

from __future__ import annotations

#: A comment, which every client ignores: keeps a silent stream from being taken for a dead one.
COMMENT = b":\n\n"


class SseError(Exception):
    """The stream cannot be read as server-sent events; the message holds no payload."""


class Reader:
    """Cuts a stream of bytes into events, whatever the pieces it comes in. Time is linear in the bytes fed.

    Parameters
    ----------
    limit
        Bytes that one event (or one line) may have.

    Examples
    --------
    >>> reader = Reader()
    >>> reader.feed(b"data: one\\n\\nda")
    [b'one']
    >>> reader.feed(b"ta: [DONE]\\n\\n")
    [b'[DONE]']
    """

    __slots__ = ("_after_cr", "_data", "_first", "_held", "_limit", "_partial", "_partial_size")

    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        self._limit = limit
        self._partial: list[bytes] = []  # pieces of a line whose end has not come
        self._partial_size = 0
        self._data: list[bytes] = []  # data lines of the event being read
        self._held = 0  # their size
        self._after_cr = False  # the last byte was a CR: an LF that follows belongs to it
        self._first = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes of the stream and return the data of the events that they complete.

        Raises
        ------
        SseError
            If an event or a line grows over the limit.
        """
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[0] == 10:
                chunk = chunk[1:]
        if not chunk:
            return []
        begun = self._partial or self._data
        if not begun and chunk.startswith(b"data: ") and chunk.endswith(b"\n\n") and b"\r" not in chunk:
            # The usual case: whole events of one line each, by no other line end.
            events = chunk[6:-2].split(b"\n\ndata: ")
            small = len(chunk) < self._limit or max(map(len, events)) < self._limit
            if small and chunk.count(b"\n") == 2 * len(events):
                self._first = False
                return events
        lines = chunk.splitlines()  # bytes: cuts at CR, LF and CRLF only
        last = chunk[-1]
        self._after_cr = last == 13
        if self._partial:
            self._partial.append(lines[0])
            self._partial_size += len(lines[0])
            self._check(self._partial_size)
            if len(lines) == 1 and last not in (10, 13):
                return []
            lines[0] = b"".join(self._partial)
            self._partial = []
            self._partial_size = 0
        if last not in (10, 13):
            rest = lines.pop()
            self._partial.append(rest)
            self._partial_size = len(rest)
            self._check(self._partial_size)
        return self._take(lines)

    def end(self) -> list[bytes]:
        """Return the event that the end of the stream left without its blank line, if any."""
        lines = [b"".join(self._partial), b""] if self._partial else [b""]
        self._partial = []
        self._partial_size = 0
        return self._take(lines)

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise SseError(f"an event of the stream is over {self._limit} bytes")

    def _take(self, lines: list[bytes]) -> list[bytes]:
        """Interpret whole lines."""
        events: list[bytes] = []
        if self._first and lines:
            self._first = False
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        for line in lines:
            if not line:
                if self._data:
                    data = self._data
                    events.append(data[0] if len(data) == 1 else b"\n".join(data))
                    self._data = []
                    self._held = 0
                continue
            if line.startswith(b"data:"):
                value = line[6:] if line[5:6] == b" " else line[5:]
            elif line == b"data":
                value = b""
            else:
                continue
            self._held += len(value) + 1
            if self._held > self._limit:
                self._check(self._held)
            self._data.append(value)
        return events


def frame(data: bytes, event: str | None = None) -> bytes:
    """Return one event as it goes on the wire.

    Parameters
    ----------
    data
        Its payload; each line of it becomes a data line.
    event
        Its name, if the protocol names events.

    Raises
    ------
    ValueError
        If the name would end its line.

    Examples
    --------
    >>> frame(b"{}", "response.created")
    b'event: response.created\\ndata: {}\\n\\n'
    """
    head = b""
    if event is not None:
        if "\n" in event or "\r" in event:
            raise ValueError("an event's name is one line")
        head = b"event: %b\n" % event.encode()
    if b"\n" in data or b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
    return b"%bdata: %b\n\n" % (head, data)
