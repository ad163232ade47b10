"""A response over a connection: its head, and its body as it arrives."""

from __future__ import annotations

from .connection import Connection, HttpError
from .http1_reader import CHUNKED, UNTIL_CLOSE, Chunked, Head, ProtocolError, framing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Response:
    """A response whose head has come; the body is read as it arrives.

    Attributes
    ----------
    status
        200 to 999.
    headers
        (lower-case name, value) in the order sent.

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

    __slots__ = ("_connection", "_finished", "_head", "_keep", "_mode", "_rest", "headers", "status")

    def __init__(self, connection: Connection, head: Head, rest: bytes, keep: Callable[[Connection], None]) -> None:
        self.status = head.status
        self.headers = head.headers
        self._head = head
        self._mode = framing(head)
        self._rest = rest  # bytes of the body that came with the head
        self._keep = keep
        self._connection = connection
        self._finished = False
        if self._mode == 0:
            self._finish(rest)

    def header(self, name: str) -> str | None:
        """Return the first header of this name, whatever its case, or None."""
        return self._head.get(name.lower())

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
        try:
            if self._finished:
                return
            if self._mode == CHUNKED:
                yield from self._chunked()
            elif self._mode == UNTIL_CLOSE:
                yield from self._until_close()
            else:
                yield from self._counted()
        except ProtocolError as error:
            self.close()
            raise HttpError("protocol", str(error), sent=True) from None
        except HttpError:
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection unless the body was read to its end; unblocks a thread that is reading it."""
        if not self._finished:
            self._connection.close()

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _receive(self) -> bytes:
        """The next bytes of the body; its end is not here yet."""
        data, self._rest = self._rest, b""
        if not data:
            data = self._connection.receive()
            if not data:
                raise HttpError("reset", "the response ended before its body did", sent=True)
        return data

    def _counted(self) -> Iterator[bytes]:
        left = self._mode
        while left:
            data = self._receive()
            rest = b""
            if len(data) > left:
                data, rest = data[:left], data[left:]
            left -= len(data)
            if not left:
                self._finish(rest)
            yield data

    def _chunked(self) -> Iterator[bytes]:
        decoder = Chunked()
        while not decoder.done:
            pieces = decoder.feed(self._receive())
            if decoder.done:
                self._finish(decoder.rest)
            if pieces:
                yield pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _until_close(self) -> Iterator[bytes]:
        data = self._rest
        self._rest = b""
        while True:
            if data:
                yield data
            data = self._connection.receive()
            if not data:
                self._finish(b"")
                return

    def _finish(self, rest: bytes) -> None:
        """The body is read: keep the connection, unless bytes follow that belong to no request."""
        self._finished = True
        if self._head.persistent and not rest and self._mode != UNTIL_CLOSE:
            self._keep(self._connection)
        else:
            self._connection.close()
