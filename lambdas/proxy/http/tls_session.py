"""TLS as bytes in and bytes out, with no socket in it.

The standard library's TLS socket reads each record with two system calls and sets its timeout with another. Taken
apart, all that has arrived is read with one call, however many records it holds, and the connection keeps the clocks.
"""

from __future__ import annotations

import ssl

#: A record holds 16 KiB at the most (RFC 8446, 5.1): a read never returns more.
RECORD = 16 * 1024


class TlsSession:
    """The client's side of one TLS connection.

    Parameters
    ----------
    context
        A context that verifies.
    host
        A name: sent as SNI and checked against the certificate.

    Attributes
    ----------
    established
        Whether the handshake is done.
    over
        Whether the peer has sent close_notify: no bytes follow.
    """

    __slots__ = ("_fault", "_in", "_out", "_tls", "established", "over")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        # As bytes: see sockets.connect
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host.encode("ascii"))
        self._fault: ssl.SSLError | None = None
        self.established = self.over = False

    def handshake(self, data: bytes) -> None:
        """Take the peer's next bytes, none at first. What is to be sent, even after a failure, is in ``owed``.

        Raises
        ------
        ssl.SSLError
            If the peer is not who it should be, or does not speak TLS.
        """
        self._in.write(data)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.established = True

    def owed(self) -> bytes:
        """Return the bytes that TLS itself wants to be sent, and forget them."""
        return self._out.read() if self._out.pending else b""

    def encrypt(self, data: bytes | memoryview) -> bytes:
        """Return what goes on the wire for bytes of the application."""
        sent = self._tls.write(data)
        if sent < len(data):  # a record at a time
            rest = memoryview(data)
            while sent < len(rest):
                sent += self._tls.write(rest[sent:])
        return self._out.read()

    def decrypt(self, data: bytes) -> bytes:
        """Return the application's bytes in what came off the wire; none if no record is complete yet.

        Parameters
        ----------
        data
            What came; none at the end of the connection, which is a fault if the peer has not sent close_notify.

        Raises
        ------
        ssl.SSLError
            If the bytes are not the peer's, or end early. What came whole before that is returned first.
        """
        if self._fault is not None:
            try:
                raise self._fault
            finally:
                self._fault = None  # or it would hold what holds it
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()
        pieces: list[bytes] = []
        try:
            while True:
                piece = self._tls.read(RECORD)
                if not piece:
                    self.over = True
                    break
                pieces.append(piece)
                if not self._in.pending:  # a record is read whole, so nothing of it is left elsewhere
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            if not pieces:
                raise
            self._fault = error.with_traceback(None)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Free the library's memory, 100 KB, without waiting for the collector of cycles; nothing can be asked then."""
        del self._tls, self._in, self._out

    @property
    def waiting(self) -> bool:
        """Whether there is something to tell that no byte on the wire will announce."""
        return self.over or self._fault is not None
