"""One outbound connection: a socket with two clocks (a read timeout and a deadline) that another thread can cut off."""

from __future__ import annotations

import socket
import time
from _thread import allocate_lock  # threading would cost 0.9 ms at cold start for the same lock

from .sockets import ear, set_timeout, silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from .tls_session import TlsSession

    Kind = Literal["dns", "connect", "tls", "timeout", "reset", "protocol", "too_large", "closed"]

#: Bytes that are read at once, and that are encrypted at once.
_READ = _BLOCK = 64 * 1024
#: Seconds that the kernel waits at the most before the connection's own clocks are looked at.
_TURN = 1.0


class HttpError(Exception):
    """A request that got no complete response.

    Attributes
    ----------
    kind
        ``dns``: the name did not resolve. ``connect``: no connection. ``tls``: the server is not who it should be.
        ``timeout``: silence for too long, or the deadline. ``reset``: the server closed too early. ``protocol``: the
        response is not one that is accepted. ``too_large``: the body is over the limit given. ``closed``: ``close``
        was called meanwhile.
    sent
        Whether any byte of the request may have reached the server; False means that sending it again is safe.

    The message never holds anything of a request or a response.
    """

    def __init__(self, kind: Kind, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.sent = sent


class Connection:
    """A connected socket and its TLS. One thread sends and receives; any thread may call ``close``.

    Parameters
    ----------
    sock
        Connected, and blocking.
    tls
        Established over it.
    """

    __slots__ = (
        "_busy",
        "_closed",
        "_ear",
        "_lock",
        "_sock",
        "_timeouts",
        "_tls",
        "deadline",
        "idle_since",
        "read_timeout",
        "used",
    )

    def __init__(self, sock: socket.socket, tls: TlsSession) -> None:
        self._sock = sock
        self._ear = ear(sock)
        self._tls = tls
        self._lock = allocate_lock()
        self._busy = False
        self._closed = False
        self._timeouts: dict[int, float] = {}  # seconds that the kernel waits, by socket option
        self.read_timeout: float = 60.0  # seconds without a byte
        self.deadline: float = 0.0  # time.monotonic value
        self.idle_since: tuple[float, float] = (0.0, 0.0)
        self.used = False  # whether a response came over it before

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._closed

    def send(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Send the pieces in order. Small neighbours go together; large ones are not copied whole.

        Raises
        ------
        HttpError
            ``timeout``, ``reset`` or ``closed``.
        """
        self._enter()
        try:
            if sum(map(len, pieces)) <= _BLOCK:  # nearly always
                self._send(self._tls.encrypt(b"".join(pieces)))
                return
            small: list[bytes | memoryview] = []
            held = 0
            for piece in pieces:
                if held + len(piece) <= _BLOCK:
                    small.append(piece)
                    held += len(piece)
                    continue
                if small:
                    self._send(self._tls.encrypt(b"".join(small)))
                    small, held = [], 0
                view = memoryview(piece)
                for at in range(0, len(view), _BLOCK):
                    self._send(self._tls.encrypt(view[at : at + _BLOCK]))
            if small:
                self._send(self._tls.encrypt(b"".join(small)))
        except OSError as error:
            raise self._explain(error, "sending the request") from None
        finally:
            self._leave()

    def receive(self) -> bytes:
        """Return the next bytes, or none at the peer's orderly end.

        Raises
        ------
        HttpError
            ``timeout``, ``reset`` or ``closed``.
        """
        self._enter()
        try:
            began = time.monotonic()
            data = b""
            while not data and not self._tls.over:
                self._bear(socket.SO_RCVTIMEO, began)
                try:
                    came = self._sock.recv(_READ)
                except BlockingIOError:  # the kernel has waited long enough: have we?
                    continue
                began = time.monotonic()
                data = self._decrypt(came)
        except OSError as error:
            raise self._explain(error, "waiting for the response") from None
        finally:
            self._leave()
        if not data and self._closed:
            raise HttpError("closed", "the request was given up while its response was awaited", sent=True)
        return data

    def receive_now(self) -> bytes | None:
        """Return the next bytes if they are here, none at the peer's orderly end, None if there are none yet.

        Raises
        ------
        HttpError
            ``reset`` or ``closed``.
        """
        self._enter()
        try:
            while True:
                if self._tls.over:
                    return b""
                data = self._decrypt(self._sock.recv(_READ, socket.MSG_DONTWAIT))
                if data:
                    return data
        except BlockingIOError:
            return None  # maybe half a record, or a session ticket
        except OSError as error:
            raise self._explain(error, "reading the response") from None
        finally:
            self._leave()

    def waiting(self) -> bool:
        """Whether there is something to be received that a look at the socket would not show."""
        return self._tls.waiting

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._sock.fileno()

    def stale(self, limit: float) -> bool:
        """Whether an idle connection can no longer be used.

        Parameters
        ----------
        limit
            Seconds after which it counts as forgotten on the way. Both clocks are asked: a frozen function's monotonic
            clock may have stood still.
        """
        if self._closed:
            return True
        monotonic, wall = self.idle_since
        if max(time.monotonic() - monotonic, time.time() - wall) > limit:
            return True
        try:
            # Session tickets may come; the end, or bytes that nobody asked for, may not.
            return not silent(self._ear) and self.receive_now() is not None
        except HttpError:
            return True

    def close(self) -> None:
        """Drop the connection; a thread that is waiting on it gets ``HttpError('closed')``."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if not self._busy:
                self._free()
                return
            # The waiting thread still uses the descriptor: wake it, and let it close.
            try:
                self._sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the peer was faster

    def _enter(self) -> None:
        with self._lock:
            if self._closed:
                raise HttpError("closed", "the connection was closed", sent=True)
            self._busy = True

    def _leave(self) -> None:
        with self._lock:
            self._busy = False
            if self._closed:
                self._free()

    def _free(self) -> None:
        self._sock.close()
        self._tls.close()

    def _decrypt(self, came: bytes) -> bytes:
        data = self._tls.decrypt(came)
        owed = self._tls.owed()
        if owed:  # an answer to the peer's change of keys
            self._send(owed)
        return data

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        began = time.monotonic()
        while view:
            self._bear(socket.SO_SNDTIMEO, began)
            try:
                view = view[self._sock.send(view) :]
            except BlockingIOError:
                continue
            began = time.monotonic()

    def _bear(self, option: int, began: float) -> None:
        """Let the kernel wait for as long as can be borne, and raise TimeoutError when that is over.

        It is told only when that changes: it waits for `_TURN` again and again as long as there is more time than that.
        """
        now = time.monotonic()
        left = min(_TURN, self.deadline - now, began + self.read_timeout - now)
        if left <= 0:
            raise TimeoutError
        if self._timeouts.get(option) != left:
            set_timeout(self._sock, option, left)
            self._timeouts[option] = left

    def _explain(self, error: OSError, during: str) -> HttpError:
        if self._closed:
            return HttpError("closed", f"the request was given up while {during}", sent=True)
        if isinstance(error, TimeoutError) and error.errno is None:  # the kernel's ETIMEDOUT is a path that is gone
            if time.monotonic() >= self.deadline:
                return HttpError("timeout", f"the deadline passed while {during}", sent=True)
            return HttpError("timeout", f"{self.read_timeout:g} s of silence while {during}", sent=True)
        return HttpError("reset", f"the connection broke while {during} ({type(error).__name__})", sent=True)
