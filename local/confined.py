"""What the embedded AWS may not do on this machine, whoever asks: start a process, listen twice, or call out.

ministack can run functions and containers, open further servers, and call any address that it is given. The kit needs
none of it: functions run behind the front door. So the interpreter refuses, by its audit events
(https://docs.python.org/3/library/audit_events.html), for as long as the process lives.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable
from typing import Any

_STARTS = frozenset(
    {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.system", "pty.spawn"}
)
_INTERNET = (socket.AF_INET, socket.AF_INET6)


def hook(host: str, port: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Return the audit hook that allows one listener, calls to it, and nothing else.

    Examples
    --------
    >>> hook("127.0.0.1", 4566)("subprocess.Popen", ("sh", ["sh"], None, None))
    Traceback (most recent call last):
    PermissionError: [Errno 1] the embedded AWS starts no process, and was asked for: subprocess.Popen
    """
    own = (host, port)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STARTS:
            raise PermissionError(errno.EPERM, f"the embedded AWS starts no process, and was asked for: {event}")
        if event not in ("socket.bind", "socket.connect", "socket.sendto"):
            return
        made, address = arguments[0], arguments[1]
        if made.family in _INTERNET and tuple(address or ())[:2] != own:
            raise PermissionError(errno.EPERM, f"the embedded AWS has one socket, {host}:{port}, and no other")

    return refuse


def enter(host: str, port: int) -> None:
    """Confine this process. It cannot be undone."""
    sys.addaudithook(hook(host, port))
