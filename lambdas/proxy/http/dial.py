"""Opening a connection: the name is looked up, the host is who it should be, or there is no connection."""

from __future__ import annotations

import socket
import ssl
import time

from .connection import Connection, HttpError
from .sockets import connect as to_address
from .sockets import set_timeout, tune
from .tls_session import TlsSession

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Connect = Callable[[tuple[str, int], float], socket.socket]

_PORT = 443
_READ = 16 * 1024


def dial(
    host: str, tls: ssl.SSLContext, connect: Connect | None, *, read_timeout: float, deadline: float
) -> Connection:
    """Open a verified TLS connection to port 443 of a host.

    Parameters
    ----------
    host
        A name; it is looked up, sent as SNI and checked against the certificate.
    tls
        A context that verifies.
    connect
        Stands for ``sockets.connect``, if not None.
    read_timeout, deadline
        Seconds that each step may take, and the time.monotonic value when all must be over.

    Raises
    ------
    HttpError
        ``dns``, ``connect``, ``tls`` or ``timeout``, with ``sent`` False.
    """
    try:
        left = min(read_timeout, deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError
        plain = (connect or to_address)((host, _PORT), left)
    except socket.gaierror:
        raise HttpError("dns", f"the name {host} does not resolve", sent=False) from None
    except TimeoutError:
        raise HttpError("timeout", f"no connection to {host} in time", sent=False) from None
    except OSError as error:
        raise HttpError(
            "connect", f"no connection to {host}: {error.strerror or type(error).__name__}", sent=False
        ) from None
    session = TlsSession(tls, host)
    try:
        tune(plain)
        plain.settimeout(None)
        _shake(plain, session, host, min(time.monotonic() + read_timeout, deadline))
    except BaseException as error:
        plain.close()
        raise _explain(error, host) from None
    return Connection(plain, session)


def _shake(plain: socket.socket, session: TlsSession, host: str, until: float) -> None:
    """Do the handshake."""
    came = b""
    while True:
        try:
            session.handshake(came)
        except ssl.SSLError:
            _complain(plain, session)
            raise
        _bear(plain, socket.SO_SNDTIMEO, until)
        plain.sendall(session.owed())
        if session.established:
            return
        _bear(plain, socket.SO_RCVTIMEO, until)
        came = plain.recv(_READ)
        if not came:
            raise HttpError("connect", f"{host} closed the connection during the TLS handshake", sent=False)


def _complain(plain: socket.socket, session: TlsSession) -> None:
    """Tell the peer, for its log, why the handshake ends."""
    try:
        plain.send(session.owed())
    except OSError:
        return  # it has gone


def _bear(plain: socket.socket, option: int, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    set_timeout(plain, option, left)


def _explain(error: BaseException, host: str) -> BaseException:
    if isinstance(error, TimeoutError | BlockingIOError):
        return HttpError("timeout", f"no TLS handshake with {host} in time", sent=False)
    if isinstance(error, ssl.SSLCertVerificationError):
        return HttpError("tls", f"the certificate of {host} is refused: {error.verify_message}", sent=False)
    if isinstance(error, ssl.SSLError):
        return HttpError("tls", f"no TLS with {host}: {error.reason}", sent=False)
    if isinstance(error, OSError):
        return HttpError("connect", f"{host} broke the TLS handshake ({type(error).__name__})", sent=False)
    return error
