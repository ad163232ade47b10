"""A response over a connection: its head, and its body as it arrives."""

from __future__ import annotations

from .connection import Connection, HttpError
from .reader import CHUNKED, UNTIL_CLOSE, Chunked, Head, ProtocolError, framing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Response:
    """A response whose head has come; the body is read as it arrives.

    Attributes
    ----------
    status
        200 to 999.
    finished
        Whether the body was read to its end.

    Parameters
    ----------
    connection
        The head was read from it.
    head
        What it said.
    rest
        Bytes that came with it.
    keep
        Called with the connection when the body was read and the connection can serve again.

    Raises
    ------
    ProtocolError
        If the head does not say how the body ends.
    """

    __slots__ = (
        "_connection",
        "_decoder",
        "_head",
        "_keep",
        "_left",
        "_mode",
        "_rest",
        "finished",
        "status",
    )

    def __init__(self, connection: Connection, head: Head, rest: bytes, keep: Callable[[Connection], None]) -> None:
        self.status = head.status
        self._head = head
        self._mode = framing(head)
        self._rest = rest  # bytes of the body that came with the head
        self._keep = keep
        self._connection = connection
        self._left = self._mode  # bytes to come, if they are counted
        self._decoder = Chunked() if self._mode == CHUNKED else None
        self.finished = False
        if self._mode == 0:
            self._finish(rest)

    def header(self, name: str) -> str | None:
        """Return the first header of this name, whatever its case, or None."""
        return self._head.get(name.lower())

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Every header, (lower-case name, value), in the order sent."""
        return self._head.headers

    def starting(self, prefix: str) -> list[tuple[str, str]]:
        """Return the headers whose lower-case names start so."""
        return self._head.starting(prefix)

    def read(self, limit: int) -> bytes:
        """Return the whole body.

        Parameters
        ----------
        limit
            Bytes it may have.

        Raises
        ------
        HttpError
            ``too_large`` if it has more; else as for ``chunks``.
        """
        if self._mode > limit:
            self.close()
            raise HttpError("too_large", f"the response says it is over {limit} bytes", sent=True)
        if self._rest and len(self._rest) == self._mode:  # nearly always: it came with its head
            data, self._rest = self._rest, b""
            self._finish(b"")
            return data
        pieces: list[bytes] = []
        size = 0
        for piece in self.chunks():
            size += len(piece)
            if size > limit:
                self.close()
                raise HttpError("too_large", f"the response is over {limit} bytes", sent=True)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives, in pieces that are never empty. The connection is kept if it was all read.

        Raises
        ------
        HttpError
            ``reset`` if it ends before its end, ``protocol`` if it is malformed, ``timeout``, or ``closed``.
        """
        while not self.finished:
            piece = self._take(wait=True)
            if piece:
                yield piece

    def arrived(self) -> bytes:
        """Return what has arrived of the body, without waiting; ``finished`` tells whether more will come.

        Raises
        ------
        As for ``chunks``.
        """
        return b"" if self.finished else self._take(wait=False)

    @property
    def waiting(self) -> bool:
        """Whether bytes are here that a look at the socket would not show."""
        return bool(self._rest) or self._connection.waiting()

    @property
    def read_timeout(self) -> float:
        """Seconds without a byte that the request bears."""
        return self._connection.read_timeout

    def fileno(self) -> int:
        """Return the socket's descriptor, to wait on."""
        return self._connection.fileno()

    def close(self) -> None:
        """Drop the connection unless the body was read to its end; unblocks a thread that is reading it."""
        if not self.finished:
            self._connection.close()

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _take(self, *, wait: bool) -> bytes:
        """Take the next bytes of the connection, and return what of the body they hold."""
        try:
            data: bytes | None = self._rest
            self._rest = b""
            if not data:
                data = self._connection.receive() if wait else self._connection.receive_now()
            if data is None:
                return b""
            if not data:
                if self._mode != UNTIL_CLOSE:
                    raise HttpError("reset", "the response ended before its body did", sent=True)
                self._finish(b"")
                return b""
            if self._mode == CHUNKED:
                return self._unchunked(data)
            return data if self._mode == UNTIL_CLOSE else self._counted(data)
        except ProtocolError as error:
            self.close()
            raise HttpError("protocol", str(error), sent=True) from None
        except HttpError:
            self.close()
            raise

    def _counted(self, data: bytes) -> bytes:
        rest = data[self._left :]
        data = data[: self._left]
        self._left -= len(data)
        if not self._left:
            self._finish(rest)
        return data

    def _unchunked(self, data: bytes) -> bytes:
        decoder = self._decoder
        if decoder is None:
            return data
        pieces = decoder.feed(data)
        if decoder.done:
            self._finish(decoder.rest)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _finish(self, rest: bytes) -> None:
        """The body is read: keep the connection, unless bytes follow that belong to no request."""
        self.finished = True
        if self._head.persistent and not rest and self._mode != UNTIL_CLOSE:
            self._keep(self._connection)
        else:
            self._connection.close()
