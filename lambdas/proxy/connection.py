"""One outbound connection: a socket with two clocks (silence and deadline) that another thread can cut off."""

from __future__ import annotations

import select
import socket
import ssl
import time
from _thread import allocate_lock  # threading would cost 0.9 ms at cold start for the same lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    Kind = Literal["dns", "connect", "tls", "timeout", "reset", "protocol", "too_large", "closed"]
    Connect = Callable[[tuple[str, int], float], socket.socket]

_PORT = 443
#: A TLS record holds 16 KiB: a larger read never returns more, and smaller writes waste records.
_RECORD = 16 * 1024
#: An interface endpoint forgets a connection that is silent for 350 s, without telling either side: probes go out well
#: before. https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
_KEEPALIVE_IDLE, _KEEPALIVE_INTERVAL, _KEEPALIVE_PROBES = 45, 15, 4
#: Sent bytes that nobody acknowledges for so long mean a path that is gone: sooner than the kernel's 15 minutes.
_UNACKNOWLEDGED_MS = 20_000


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
    """A connected socket. One thread sends and receives; any thread may call ``close``.

    Parameters
    ----------
    sock
        Connected, and wrapped in TLS if the peer speaks it.
    """

    __slots__ = ("_busy", "_closed", "_lock", "_sock", "deadline", "idle_since", "silence", "used")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = allocate_lock()
        self._busy = False
        self._closed = False
        self.silence: float = 60.0  # seconds without a byte
        self.deadline: float = 0.0  # time.monotonic value
        self.idle_since: tuple[float, float] = (0.0, 0.0)
        self.used = False  # whether a response came over it before

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._closed

    def send(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Send the pieces in order. Small neighbours share a record; large ones are not copied.

        Raises
        ------
        HttpError
            ``timeout``, ``reset`` or ``closed``.
        """
        self._enter()
        try:
            small: list[bytes | memoryview] = []
            held = 0
            for piece in pieces:
                if held + len(piece) <= _RECORD:
                    small.append(piece)
                    held += len(piece)
                    continue
                if small:
                    self._send(b"".join(small))
                    small, held = [], 0
                if len(piece) <= _RECORD:
                    small, held = [piece], len(piece)
                else:
                    self._send(piece)
            if small:
                self._send(b"".join(small))
        except OSError as error:
            raise self._explain(error, "sending the request") from None
        finally:
            self._leave()

    def _send(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            self._sock.settimeout(self._patience())
            view = view[self._sock.send(view) :]

    def receive(self) -> bytes:
        """Return the next bytes, or none at the peer's orderly end.

        Raises
        ------
        HttpError
            ``timeout``, ``reset`` or ``closed``.
        """
        self._enter()
        try:
            self._sock.settimeout(self._patience())
            data = self._sock.recv(_RECORD)
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
            self._sock.settimeout(0)
            return self._sock.recv(_RECORD)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None  # half a record, or a session ticket
        except OSError as error:
            raise self._explain(error, "reading the response") from None
        finally:
            self._leave()

    def pending(self) -> bool:
        """Whether bytes were decrypted that nobody has taken yet."""
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

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
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        if not poll.poll(0):
            return False
        try:
            self._sock.settimeout(0)
            self._sock.recv(1)
        except (ssl.SSLWantReadError, BlockingIOError):
            return False  # nothing but the session tickets of TLS 1.3
        except OSError:
            return True
        return True  # the end, or bytes that nobody asked for

    def close(self) -> None:
        """Drop the connection; a thread that is waiting on it gets ``HttpError('closed')``."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if not self._busy:
                self._sock.close()
                return
            # The waiting thread still uses the descriptor: wake it, and let it close. SSLSocket.shutdown would take
            # the TLS state from under it, so the plain one is called.
            try:
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
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
                self._sock.close()

    def _patience(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(self.silence, left)

    def _explain(self, error: OSError, during: str) -> HttpError:
        if self._closed:
            return HttpError("closed", f"the request was given up while {during}", sent=True)
        if isinstance(error, TimeoutError) and error.errno is None:  # the kernel's ETIMEDOUT is a path that is gone
            if time.monotonic() >= self.deadline:
                return HttpError("timeout", f"the deadline passed while {during}", sent=True)
            return HttpError("timeout", f"{self.silence:g} s of silence while {during}", sent=True)
        return HttpError("reset", f"the connection broke while {during} ({type(error).__name__})", sent=True)


def dial(host: str, tls: ssl.SSLContext, connect: Connect | None, *, silence: float, deadline: float) -> Connection:
    """Open a verified TLS connection to port 443 of a host.

    Parameters
    ----------
    host
        A name; it is looked up, sent as SNI and checked against the certificate.
    tls
        A context that verifies.
    connect
        Stands for ``socket.create_connection``, which is looked up at each call if None.
    silence, deadline
        Seconds that each step may take, and the time.monotonic value when all must be over.

    Raises
    ------
    HttpError
        ``dns``, ``connect``, ``tls`` or ``timeout``, with ``sent`` False.
    """
    try:
        left = min(silence, deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError
        plain = (connect or socket.create_connection)((host, _PORT), left)
    except socket.gaierror:
        raise HttpError("dns", f"the name {host} does not resolve", sent=False) from None
    except TimeoutError:
        raise HttpError("timeout", f"no connection to {host} in time", sent=False) from None
    except OSError as error:
        raise HttpError(
            "connect", f"no connection to {host}: {error.strerror or type(error).__name__}", sent=False
        ) from None
    try:
        _tune(plain)
        plain.settimeout(max(min(silence, deadline - time.monotonic()), 0.001))
        # suppress_ragged_eofs=False: an end without TLS's own goodbye is a cut, not the end of a body
        return Connection(tls.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False))
    except TimeoutError:
        plain.close()
        raise HttpError("timeout", f"no TLS handshake with {host} in time", sent=False) from None
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise HttpError("tls", f"the certificate of {host} is refused: {error.verify_message}", sent=False) from None
    except ssl.SSLEOFError:
        plain.close()
        raise HttpError("connect", f"{host} closed the connection during the TLS handshake", sent=False) from None
    except ssl.SSLError as error:
        plain.close()
        raise HttpError("tls", f"no TLS with {host}: {error.reason}", sent=False) from None
    except OSError as error:
        plain.close()
        raise HttpError("connect", f"{host} broke the TLS handshake ({type(error).__name__})", sent=False) from None


def _tune(sock: socket.socket) -> None:
    """Send small writes at once, and notice a path that is gone."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (  # absent on some developers' systems, present on Lambda's
        ("TCP_KEEPIDLE", _KEEPALIVE_IDLE),
        ("TCP_KEEPINTVL", _KEEPALIVE_INTERVAL),
        ("TCP_KEEPCNT", _KEEPALIVE_PROBES),
        ("TCP_USER_TIMEOUT", _UNACKNOWLEDGED_MS),
    ):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
