"""HTTP/1.1 over TLS for the function's outbound calls: one request, one response, connections kept for the next.

No redirect is followed, no proxy is asked, no compression is accepted, no cookie is kept. A response that breaks a rule
of :mod:`http1_reader` is an error, never a guess.
"""

from __future__ import annotations

import time
from _thread import allocate_lock

from . import tls as trust
from .connection import Connection, HttpError
from .dial import dial
from .reader import HEAD_LIMIT, ProtocolError, parse_head
from .request import write_head
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from .dial import Connect

__all__ = ["Client", "HttpError", "Response"]

#: Seconds after which a kept connection is not trusted: the way to Bedrock forgets one after 350 s of silence.
_IDLE_LIMIT = 240.0
_IDLE_KEPT = 8  # connections for each host
_CONNECT_LIMIT = 10.0  # seconds for each step of connecting, however patient the request is
_INTERIM_LIMIT = 8  # 1xx responses before the real one


class Client:
    """Makes requests; safe to share between threads.

    Parameters
    ----------
    tls
        A context that verifies; the default trust store if None.
    connect
        Stands for ``sockets.connect`` in tests.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, connect: Connect | None = None) -> None:
        self._tls = tls or trust.context()
        self._connect = connect
        self._lock = allocate_lock()
        self._idle: dict[str, list[Connection]] = {}
        self._closed = False

    def request(
        self,
        method: str,
        host: str,
        path: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | Sequence[bytes | memoryview] = b"",
        *,
        timeout: float,
        deadline: float,
        watch: Callable[[Connection], None] | None = None,
    ) -> Response:
        """Send a request and return its response once the head is there.

        Over a kept connection that turns out to have been closed before any byte of a response, the request is sent
        once more, on a new one.

        Parameters
        ----------
        method, host, path
            Of the request line; the path is percent-encoded and may hold a query.
        headers
            To send. Length, framing and encoding are set here and cannot be given; ``host``, if given, is the host.
        body
            The whole body, or its pieces in order.
        timeout
            Seconds of silence, before the response and within it.
        deadline
            A ``time.monotonic`` value by which the body must have been read.
        watch
            Called with the connection before it is used, so that another thread can close it.

        Raises
        ------
        HttpError
            See there.
        ValueError
            If something given cannot be part of a request.
        """
        pieces: list[bytes | memoryview] = [body] if isinstance(body, bytes) else list(body)
        pieces.insert(0, write_head(method, host, path, headers, sum(map(len, pieces))))
        connection = self._take(host)
        if connection is not None:
            try:
                if watch is not None:
                    watch(connection)
                return self._exchange(host, connection, pieces, timeout, deadline)
            except _StaleConnection:
                pass
        connection = self._dial(host, timeout, deadline)
        if watch is not None:
            watch(connection)
        try:
            return self._exchange(host, connection, pieces, timeout, deadline)
        except _StaleConnection as stale:
            raise stale.error from None

    def warm(self, host: str, *, timeout: float = 5.0) -> None:
        """Open a connection ahead of the first request, so that this need not wait for the handshake.

        Raises
        ------
        HttpError
            As when connecting.
        """
        self._keep(host, self._dial(host, timeout, time.monotonic() + timeout))

    def close(self) -> None:
        """Drop the connections that are kept, and keep none from now on."""
        with self._lock:
            self._closed = True
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _dial(self, host: str, timeout: float, deadline: float) -> Connection:
        read_timeout = min(timeout, _CONNECT_LIMIT)
        try:
            return dial(host, self._tls, self._connect, read_timeout=read_timeout, deadline=deadline)
        except HttpError as error:
            if error.kind != "tls" or not trust.complete(self._tls):
                raise
        return dial(host, self._tls, self._connect, read_timeout=read_timeout, deadline=deadline)

    def _take(self, host: str) -> Connection | None:
        """A kept connection that still stands, the most recently used first."""
        while True:
            with self._lock:
                kept = self._idle.get(host)
                if not kept:
                    return None
                connection = kept.pop()
            if not connection.stale(_IDLE_LIMIT):
                return connection
            connection.close()

    def _keep(self, host: str, connection: Connection) -> None:
        connection.used = True
        connection.idle_since = (time.monotonic(), time.time())
        with self._lock:
            kept = self._idle.setdefault(host, [])
            if not self._closed and len(kept) < _IDLE_KEPT:
                kept.append(connection)
                return
        connection.close()

    def _exchange(
        self, host: str, connection: Connection, pieces: Sequence[bytes | memoryview], timeout: float, deadline: float
    ) -> Response:
        connection.read_timeout = timeout
        connection.deadline = deadline
        buffer = b""
        broken: HttpError | None = None
        try:
            try:
                connection.send(pieces)
            except HttpError as error:
                if error.kind != "reset":
                    raise
                broken = error  # the server may have answered before it hung up, as it does to a body too large
            for _ in range(_INTERIM_LIMIT):
                raw, buffer = _receive_head(connection, buffer)
                head = parse_head(raw)
                if head.status >= 200:
                    if broken is not None:
                        head.minor = 0  # half of the request is still owed: not a connection to use again
                    return Response(connection, head, buffer, lambda kept: self._keep(host, kept))
                if head.status == 101:
                    raise ProtocolError("the server switches to another protocol")
            raise ProtocolError("the server sends interim responses only")
        except ProtocolError as error:
            connection.close()
            raise HttpError("protocol", str(error), sent=True) from None
        except _Nothing as nothing:
            connection.close()
            cause = broken or nothing.error
            try:
                raise _StaleConnection(cause) if connection.used else cause from None
            finally:
                del cause, broken  # an exception whose frame names it would stay, with all that the frame holds
        except BaseException:
            connection.close()
            raise


class _Nothing(Exception):  # noqa: N818  # not an error by itself
    """The server closed before any byte of a response."""

    def __init__(self, error: HttpError) -> None:
        super().__init__()
        self.error = error


class _StaleConnection(_Nothing):
    """… on a connection that had served before: it had been closed while idle."""


def _cut() -> HttpError:
    return HttpError("reset", "the server closed the connection before its response was complete", sent=True)


def _receive_head(connection: Connection, buffer: bytes) -> tuple[bytes, bytes]:
    """Read up to the blank line; return the head without it, and what follows."""
    end = buffer.find(b"\r\n\r\n")
    while end < 0:
        if len(buffer) > HEAD_LIMIT:
            raise ProtocolError(f"the response's head is over {HEAD_LIMIT} bytes")
        try:
            data = connection.receive()
        except HttpError as error:
            if error.kind == "reset" and not buffer:
                raise _Nothing(error) from None
            raise
        if not data:
            if not buffer:
                raise _Nothing(_cut())
            raise _cut()
        start = max(len(buffer) - 3, 0)
        buffer += data
        end = buffer.find(b"\r\n\r\n", start)
    if end > HEAD_LIMIT:
        raise ProtocolError(f"the response's head is over {HEAD_LIMIT} bytes")
    return buffer[:end], buffer[end + 4 :]
