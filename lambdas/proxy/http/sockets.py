"""What the kernel is told of a socket: where it leads, how long its calls may wait, how a lost path is noticed."""

from __future__ import annotations

import select
import socket
import struct

#: An interface endpoint forgets a connection that is silent for 350 s, without telling either side: probes go out well
#: before. https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
_KEEPALIVE_IDLE, _KEEPALIVE_INTERVAL, _KEEPALIVE_PROBES = 45, 15, 4
#: Sent bytes that nobody acknowledges for so long mean a path that is gone: sooner than the kernel's 15 minutes.
_UNACKNOWLEDGED_MS = 20_000


def connect(address: tuple[str, int], timeout: float) -> socket.socket:
    """Open a connection to a name or an address, in ASCII: ``socket.create_connection``, looked up at each call.

    A name that is a ``str`` would be encoded by the codec for international names, whose import takes 1.3 ms of a cold
    start; bytes go to the resolver as they are (``socket_getaddrinfo``,
    https://github.com/python/cpython/blob/3.13/Modules/socketmodule.c).

    Raises
    ------
    OSError
        As there.
    """
    name, port = address
    return socket.create_connection((name.encode("ascii"), port), timeout)  # type: ignore[arg-type]


def ear(sock: socket.socket) -> select.poll:
    """Return what listens to a socket for as long as that is open (`silent`); it is made once."""
    made = select.poll()
    made.register(sock, select.POLLIN)
    return made


def silent(ear: select.poll, seconds: float = 0.0) -> bool:
    """Whether nothing has come that was not taken, no bytes, no end, no fault, and nothing does within some seconds."""
    return not ear.poll(seconds * 1000 if seconds > 0 else 0)


def set_timeout(sock: socket.socket, option: int, seconds: float) -> None:
    """Let a blocking socket's calls wait for so long; then they raise BlockingIOError.

    The kernel's own timeout, since Python's costs another system call for each of the socket's calls.

    Parameters
    ----------
    option
        ``socket.SO_RCVTIMEO`` or ``socket.SO_SNDTIMEO``.
    """
    seconds = max(seconds, 0.001)  # 0 would be for ever
    sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000)))


def tune(sock: socket.socket) -> None:
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
