"""The load generator's own HTTP: whole requests out of memory, and the time at which each part of an answer came."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

__all__ = ["Answer", "Caller", "Message", "post"]

_READ = 256 * 1024


@dataclass(slots=True)
class Answer:
    """What came back, and when.

    Parameters
    ----------
    status
        Of the HTTP answer.
    body
        All of it.
    first, last
        Seconds from the request's sending to the first and the last byte of the body.
    """

    status: int
    body: bytes
    first: float
    last: float


@dataclass(slots=True)
class Message:
    """A message as it is read from a socket: a request or a response.

    Parameters
    ----------
    head
        The first line and the headers, in lower case.
    pieces
        The body's, as they came.
    came
        When each of them came, on the clock of `time.perf_counter`.
    """

    head: bytes
    pieces: list[bytes] = field(default_factory=list)
    came: list[float] = field(default_factory=list)
    ended: float = 0.0

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


def read(receive: Callable[[int], bytes]) -> Message | None:
    """Read one message, or None at the connection's end. Nothing may follow it: the other side waits.

    Raises
    ------
    EOFError
        When the connection ends in the middle.
    """
    buffer = b""
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        data = receive(_READ)
        if not data:
            return None
        buffer += data
    now = perf_counter()
    message = Message(buffer[:end].lower())
    rest = buffer[end + 4 :]
    if b"\r\ntransfer-encoding: chunked" in message.head:
        _chunks(receive, rest, now, message)
    else:
        length = int(message.head.partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0] or 0)
        if rest:
            message.pieces.append(rest)
            message.came.append(now)
        length -= len(rest)
        while length > 0:
            data = receive(_READ)
            if not data:
                raise EOFError("the connection ended in the middle of a body")
            message.pieces.append(data)
            message.came.append(perf_counter())
            length -= len(data)
    message.ended = perf_counter()
    return message


def _chunks(receive: Callable[[int], bytes], data: bytes, now: float, message: Message) -> None:
    """Read a chunked body to its last line, trailers included."""
    at = 0
    while True:
        line = data.find(b"\r\n", at)
        if line >= 0:
            size = int(data[at:line].split(b";")[0], 16)
            if not size:
                if data.find(b"\r\n\r\n", line) >= 0:
                    return
            elif len(data) >= line + 4 + size:
                message.pieces.append(data[line + 2 : line + 2 + size])
                message.came.append(now)
                at = line + 4 + size
                continue
        more = receive(_READ)
        if not more:
            raise EOFError("the connection ended in the middle of a chunk")
        data, at, now = data[at:] + more, 0, perf_counter()


def post(host: str, path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """Return a whole request."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Caller:
    """A client with one connection, kept open.

    Parameters
    ----------
    port
        On this machine.
    trust, host
        The trust store and the name to verify, if the server speaks TLS.
    """

    def __init__(self, port: int, trust: Path | None = None, host: str = "") -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), 60.0)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if trust is not None:
            self._sock = ssl.create_default_context(cafile=trust).wrap_socket(self._sock, server_hostname=host)
        self._sock.settimeout(60.0)

    def call(self, request: bytes) -> Answer:
        """Make one request.

        Raises
        ------
        EOFError
            When the server closes the connection.
        """
        began = perf_counter()
        self._sock.sendall(request)
        message = read(self._sock.recv)
        if message is None:
            raise EOFError("the server closed the connection before it answered")
        first = message.came[0] if message.came else message.ended
        return Answer(int(message.head[9:12]), message.body, first - began, message.ended - began)

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()
