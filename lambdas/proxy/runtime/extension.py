"""An extension of this process's own that does nothing, so that Lambda says when the process ends.

Lambda sends SIGTERM to a function that has an extension, and gives it 500 ms then if the extension is part of its
process; any other is killed without a word
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown).
AWS's own client
for Rust has one for that alone (aws/aws-lambda-rust-runtime, ``spawn_graceful_shutdown_handler``).
The API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

from _thread import start_new_thread

from ..http.reader import HEAD_LIMIT, ProtocolError, parse_head
from ..http.sockets import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

_NAME = "cloister-shutdown"
_BASE = "/2020-01-01/extension/"
_TIMEOUT = 1.0  # seconds; the API is on this machine


def register(address: str) -> bool:
    """Register the extension; return whether it is. A process that cannot be told of its end works all the same.

    Parameters
    ----------
    address
        ``host:port``, as in ``AWS_LAMBDA_RUNTIME_API``. It is to be called before the first invocation is asked for.
    """
    host, _, port = address.rpartition(":")
    try:
        connection = connect((host, int(port)), _TIMEOUT)
    except (OSError, ValueError):
        return False
    try:
        body = b'{"events":[]}'
        connection.sendall(_head("POST", "register", address, f"Lambda-Extension-Name: {_NAME}", len(body)) + body)
        id = _identifier(connection)
        if id is None:
            connection.close()
            return False
        connection.sendall(_head("GET", "event/next", address, f"Lambda-Extension-Identifier: {id}", 0))
    except OSError:
        connection.close()
        return False
    # It has no events, so no answer ever comes: there is nothing that a deadline would be for.
    connection.settimeout(None)
    start_new_thread(_stay, (connection,))
    return True


def _head(method: str, path: str, address: str, header: str, size: int) -> bytes:
    lines = (f"{method} {_BASE}{path} HTTP/1.1", f"Host: {address}", header)
    return "\r\n".join((*lines, "Content-Type: application/json", f"Content-Length: {size}", "", "")).encode()


def _identifier(connection: socket.socket) -> str | None:
    """Return what the extension is called, None if it was refused."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        if not more or len(data) > HEAD_LIMIT:
            return None
        data += more
    try:
        head = parse_head(data.partition(b"\r\n\r\n")[0])
    except ProtocolError:
        return None
    id = head.get("lambda-extension-identifier")
    plain = id is not None and id.isascii() and id.replace("-", "").isalnum()
    return id if head.status == 200 and plain else None


def _stay(connection: socket.socket) -> None:
    with connection:
        try:
            while connection.recv(4096):
                pass
        except OSError:
            pass
