"""What an HTTP/1.1 response says, read strictly from bytes; no sockets here.

Strict where leniency has let two readers see two different messages (RFC 9112 sections 2.2, 5.2, 6.3, 11.2): bare LF,
folded headers, space around names, control characters, a length given twice with two values, a length beside a
transfer coding, any transfer coding but ``chunked``, any content coding at all.
"""

from __future__ import annotations

import re

#: Bounds. Bedrock's heads are under 2 KB; these are far above that and far below what could hurt.
HEAD_LIMIT = 64 * 1024
LINE_LIMIT = 16 * 1024
HEADER_COUNT_LIMIT = 128
CHUNK_LINE_LIMIT = 1024
TRAILER_LIMIT = 16 * 1024

_TEXT = r"[\t\x20-\x7e\x80-\xff]*"
_FIELD = rf"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:{_TEXT}"
_STATUS = rf"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: {_TEXT})?"
_HEAD = re.compile(rf"{_STATUS}(?:\r\n{_FIELD})*")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_CHUNK = rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?"


class ProtocolError(Exception):
    """The bytes are not an HTTP/1.1 response that this reader accepts; the message holds none of them."""


class Head:
    """A status line and headers.

    Attributes
    ----------
    status
        100 to 999.
    minor
        0 for HTTP/1.0, 1 for HTTP/1.1.
    """

    __slots__ = ("_low", "_text", "minor", "status")

    def __init__(self, status: int, text: str, minor: int) -> None:
        self.status = status
        self.minor = minor
        # All of it: of a head a few headers are asked for, which are found by the line end before their names. Letters
        # of Latin-1 are as many in lower case.
        self._text = f"{text}\r\n"
        self._low = self._text.lower()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Every header, in the order sent."""
        parts = [line.partition(":") for line in self._text.split("\r\n")[1:-1]]
        return [(name.lower(), value.strip(" \t")) for name, _, value in parts]

    @property
    def plain(self) -> bool:
        """Whether a length says where the body ends, once, and there is no coding."""
        low = self._low
        coded = "\r\ntransfer-encoding:" in low or "\r\ncontent-encoding:" in low
        return not coded and low.count("\r\ncontent-length:") == 1

    def get(self, name: str) -> str | None:
        """Return the first header of this lower-case name."""
        at = self._low.find(f"\r\n{name}:")
        if at < 0:
            return None
        at += len(name) + 3
        return self._text[at : self._text.find("\r\n", at)].strip(" \t")

    def starting(self, prefix: str) -> list[tuple[str, str]]:
        """Return the headers whose lower-case names start so."""
        if f"\r\n{prefix}" not in self._low:
            return []
        return [(name, value) for name, value in self.headers if name.startswith(prefix)]

    def all(self, name: str) -> list[str]:
        """Return the comma-separated elements of every header of this lower-case name, in lower case."""
        if f"\r\n{name}:" not in self._low:
            return []
        return [
            element.strip(" \t").lower()
            for header, value in self.headers
            if header == name
            for element in value.split(",")
        ]

    @property
    def persistent(self) -> bool:
        """Whether the server keeps the connection open after this response."""
        return self.minor == 1 and "close" not in self.all("connection")


def parse_head(raw: bytes) -> Head:
    """Read a head.

    Parameters
    ----------
    raw
        The bytes before the blank line, without it.

    Raises
    ------
    ProtocolError
        If a line is malformed or over a bound.

    Examples
    --------
    >>> head = parse_head(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2")
    >>> head.status, head.get("content-length")
    (200, '2')
    """
    text = raw.decode("latin-1")
    match = _HEAD.match(text)
    if match is None:
        raise ProtocolError("the response does not start with an HTTP/1.1 status line")
    if text.count("\r\n") > HEADER_COUNT_LIMIT:
        raise ProtocolError(f"more than {HEADER_COUNT_LIMIT} headers in the response")
    if match.end() != len(text):
        raise ProtocolError("a header of the response is malformed or folded")
    if len(text) > LINE_LIMIT and max(map(len, text.split("\r\n"))) > LINE_LIMIT:
        raise ProtocolError(f"a header of the response is over {LINE_LIMIT} bytes")
    return Head(int(match[2]), text, int(match[1]))


#: What ends a body: a number of bytes, the last chunk, or the end of the connection.
CHUNKED = -1
UNTIL_CLOSE = -2


def framing(head: Head) -> int:
    """Say how the body's end is marked: its length in bytes, CHUNKED or UNTIL_CLOSE.

    Raises
    ------
    ProtocolError
        If the head contradicts itself, or asks for a coding that was not offered.
    """
    length = head.get("content-length")
    if head.plain and length is not None and length.isascii() and length.isdigit() and len(length) <= 15:
        return 0 if head.status in (204, 304) else int(length)  # the usual case: a length, once, and no coding
    if [coding for coding in head.all("content-encoding") if coding not in ("identity", "")]:
        raise ProtocolError("the response is compressed, though only identity was accepted")
    transfer = head.all("transfer-encoding")
    lengths = set(head.all("content-length"))
    if transfer:
        if transfer != ["chunked"] or head.minor == 0:
            raise ProtocolError("the response's transfer coding is not exactly 'chunked'")
        if lengths:
            raise ProtocolError("the response has both a content length and a transfer coding")
    if head.status in (204, 304):
        return 0
    if transfer:
        return CHUNKED
    if not lengths:
        return UNTIL_CLOSE
    length = lengths.pop()
    if lengths:
        raise ProtocolError("the response has two content lengths that differ")
    if not (length.isascii() and length.isdigit() and len(length) <= 15):
        raise ProtocolError("the response's content length is not a number of bytes")
    return int(length)


class Chunked:
    """Takes the chunked transfer coding off a body, whatever the pieces it comes in. Linear in the bytes fed.

    Attributes
    ----------
    done
        Whether the last chunk and the trailers have been read.
    rest
        Bytes that came after the body's end; empty unless ``done``.
    """

    __slots__ = ("_left", "_line", "_state", "_trailers", "done", "rest")

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self._state = "size"  # size -> data -> end of data -> size … -> trailer
        self._left = 0
        self._line = b""  # the beginning of a line whose end has not come; bounded, so that joining stays cheap
        self._trailers = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payload in the next bytes of the body, as slices in order.

        Raises
        ------
        ProtocolError
            If the coding is broken or a line is over its bound.
        """
        out: list[bytes] = []
        at = 0
        size = len(data)
        while at < size:
            if self._state == "data":
                stop = at + self._left
                if stop + 2 <= size and data[stop : stop + 2] == b"\r\n":  # the usual case: the chunk is all here
                    out.append(data[at:stop])
                    at = stop + 2
                    self._state = "size"
                    continue
                piece = data[at:stop]
                out.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._state = "end"
                continue
            if self._state == "size" and not self._line:  # the usual case: a short number and nothing else
                end = data.find(b"\r\n", at, at + 10)
                digits = data[at:end]
                if end > at and _HEX.issuperset(digits):
                    self._left = int(digits, 16)
                    self._state = "data" if self._left else "trailer"
                    at = end + 2
                    continue
            end = data.find(b"\n", at)
            limit = TRAILER_LIMIT if self._state == "trailer" else CHUNK_LINE_LIMIT
            if len(self._line) + (size if end < 0 else end) - at > limit:
                raise ProtocolError(f"a line between the response's chunks is over {limit} bytes")
            if end < 0:
                self._line += data[at:]
                break
            line = self._line + data[at:end] if self._line else data[at:end]
            self._line = b""
            at = end + 1
            if line[-1:] != b"\r":
                raise ProtocolError("a line between the response's chunks does not end in CR LF")
            self._interpret(line[:-1])
            if self.done:
                self.rest = data[at:]
                break
        return out

    def _interpret(self, line: bytes) -> None:
        if self._state == "size":
            match = re.fullmatch(_CHUNK, line)
            if match is None:
                raise ProtocolError("a chunk of the response has no readable size")
            self._left = int(match[1], 16)
            self._state = "data" if self._left else "trailer"
        elif self._state == "end":
            if line:
                raise ProtocolError("a chunk of the response is longer than it said")
            self._state = "size"
        elif not line:
            self.done = True
        else:  # a trailer: nothing here uses one, but it must be well-formed and bounded
            self._trailers += len(line)
            if self._trailers > TRAILER_LIMIT or re.fullmatch(_FIELD, line.decode("latin-1")) is None:
                raise ProtocolError("the response's trailers are malformed or too long")
