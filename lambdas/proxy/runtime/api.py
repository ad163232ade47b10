"""A client of the Lambda Runtime API, version 2018-06-01, whose responses are streamed.

Sources, all public:

- endpoints, headers, status codes: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
- streaming (response mode, chunked coding, error trailers):
  https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
- both ``Trailer`` headers, the content type and the prelude: aws/aws-lambda-rust-runtime,
  ``lambda-runtime/src/requests.rs``; ``Lambda-Runtime-Invocation-Id`` is echoed there, and in
  aws/aws-lambda-python-runtime-interface-client, ``tests/test_runtime_client_headers.py``
- one connection kept for ``next`` and for streamed responses, though the guide says to close it after each: AWS's own
  Node.js client does so (aws/aws-lambda-nodejs-runtime-interface-client, ``src/client/rapid-client.ts``: an agent with
  ``keepAlive`` and one socket). If the API closes it, or says that it will, a new one is opened.
"""

from __future__ import annotations

import socket
import time

from ..http.reader import CHUNKED, HEAD_LIMIT, UNTIL_CLOSE, Chunked, Head, ProtocolError, framing, parse_head
from ..http.sockets import connect, ear, set_timeout, silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    import select
    from collections.abc import Sequence

_BASE = "/2018-06-01/runtime/"
#: Bytes that are read at once: more than most events have, and less than what malloc maps and unmaps each time. The
#: rest of a large event is read into its place.
_READ = 32 * 1024
#: An answer to a posted response is a short status object.
_ANSWER_LIMIT = 64 * 1024
#: Lambda's largest event is 6 MB; in it an API's binary body is base64.
_EVENT_LIMIT = 64 * 1024 * 1024
_CONNECT_TIMEOUT = 5.0  # seconds; the API is on this machine
#: Seconds that a send waits before it looks at the clock.
_TURN = 0.5


class ApiError(Exception):
    """The Runtime API did not take what it was given; the message holds nothing of an event or a response."""


class FatalError(ApiError):
    """… and the process must end: Lambda starts another."""


class BrokenError(ApiError):
    """The connection broke."""


class RuntimeApi:
    """The Runtime API of this execution environment. Used by one thread at a time.

    Parameters
    ----------
    address
        ``host:port``, as in ``AWS_LAMBDA_RUNTIME_API``.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._host = address
        self._sock: socket.socket | None = None
        self._ear: select.poll | None = None  # of that socket
        self._until = float("inf")  # the time.monotonic value that a send may last to

    def next(self) -> tuple[Head, bytes | bytearray]:
        """Wait for the next invocation, for ever: the process may be frozen meanwhile.

        Returns
        -------
        Head, bytes
            Its headers and its event.

        Raises
        ------
        FatalError
            If the API does not give one.
        """
        for last in (False, True):  # a connection that broke while the process was frozen is replaced once
            try:
                self.send([self._get("invocation/next")])
                head, event = self.receive(_EVENT_LIMIT)
                break
            except BrokenError as error:
                if last:
                    raise FatalError(str(error)) from None
        if head.status != 200:
            raise FatalError(f"the Runtime API answered {head.status} to next")
        return head, event

    def init_error(self, error_type: str) -> None:
        """Tell Lambda that the function cannot start.

        Raises
        ------
        ApiError
            If Lambda does not take it.
        """
        self._error("init/error", error_type, "The function could not start; its log says where.", None)

    def invocation_error(self, request_id: str, error_type: str, invocation_id: str | None) -> None:
        """Tell Lambda that an invocation failed before its response began.

        Raises
        ------
        ApiError
            If Lambda does not take it; FatalError if it says that the process must end.
        """
        path = f"invocation/{request_id}/error"
        self._error(path, error_type, "The function failed; its log says where.", invocation_id)

    def post_head(self, path: str, headers: str) -> bytes:
        """Return the head of a POST; each of the headers is a line with its end."""
        return f"POST {_BASE}{path} HTTP/1.1\r\nHost: {self._host}\r\n{headers}\r\n".encode("latin-1")

    def accepted(self, until: float) -> None:
        """Read the answer to a POST.

        Parameters
        ----------
        until
            The ``time.monotonic`` value that it is waited for.

        Raises
        ------
        BrokenError
            If the connection breaks before it comes, or it does not come in time.
        ApiError
            If it is a refusal. 400, 403 and 413 concern this invocation; the function goes on.
        FatalError
            If it is 500 ("Container error. Non-recoverable state. Runtime should exit promptly") or 410.
        """
        head, _ = self.receive(_ANSWER_LIMIT, until)
        if head.status in (410, 500):
            raise FatalError(f"the Runtime API answered {head.status}: this process cannot go on")
        if not 200 <= head.status < 300:
            raise ApiError(f"the Runtime API refused a response with {head.status}")

    def socket(self) -> socket.socket:
        """Return the connection, opened if there is none.

        Raises
        ------
        BrokenError
            If it cannot be opened.
        """
        if self._sock is None:
            try:
                self._sock = connect(self._address, _CONNECT_TIMEOUT)
                self._sock.settimeout(None)
                self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                set_timeout(self._sock, socket.SO_SNDTIMEO, _TURN)
            except OSError as error:
                self.drop()
                raise BrokenError(f"the Runtime API cannot be reached ({type(error).__name__})") from None
        return self._sock

    def drop(self) -> None:
        """Close the connection; the next call opens another."""
        if self._sock is not None:
            self._sock.close()
            self._sock = self._ear = None

    def set_send_timeout(self, seconds: float) -> None:
        """Let no send wait past this time from now: for a reader that does not read."""
        self._until = time.monotonic() + seconds

    def quiet(self) -> bool:
        """Whether the API has neither answered nor closed the connection, without waiting."""
        return self._sock is not None and self._silent()

    def send(self, pieces: Sequence[bytes]) -> None:
        """Send all pieces, with one system call where the kernel takes them at once.

        Raises
        ------
        BrokenError
            If the connection breaks, or takes nothing for longer than its send timeout.
        """
        sock = self.socket()
        try:
            left: list[bytes | memoryview] = _unsent(sock, pieces)
            while left:
                if time.monotonic() >= self._until:
                    raise TimeoutError
                left = _unsent(sock, left)
        except OSError as error:
            self.drop()
            raise BrokenError(f"the Runtime API's connection broke ({type(error).__name__})") from None

    def receive(self, limit: int, until: float | None = None) -> tuple[Head, bytes | bytearray]:
        """Read one response whole.

        Parameters
        ----------
        limit
            Bytes that its body may have.
        until
            The ``time.monotonic`` value that it is waited for; None: for ever.

        Raises
        ------
        BrokenError
            If the connection breaks, nothing comes in time, or what comes is not an HTTP/1.1 response within the limit.
        """
        sock = self.socket()
        try:
            buffer = b""
            while True:
                if until is not None and self._silent(until - time.monotonic()):
                    raise TimeoutError
                data = sock.recv(_READ)
                if not data:
                    raise ProtocolError("the Runtime API closed the connection")
                start = max(len(buffer) - 3, 0)
                buffer += data
                end = buffer.find(b"\r\n\r\n", start)
                if end >= 0:
                    break
                if len(buffer) > HEAD_LIMIT:
                    raise ProtocolError("the Runtime API's response has too long a head")
            head = parse_head(buffer[:end])
            body, rest = _receive_body(sock, framing(head), buffer[end + 4 :], limit)
        except (OSError, ProtocolError) as error:
            self.drop()
            reason = str(error) if isinstance(error, ProtocolError) else type(error).__name__
            raise BrokenError(f"no response from the Runtime API: {reason}") from None
        if rest or not head.persistent:
            self.drop()
        return head, body

    def _silent(self, seconds: float = 0.0) -> bool:
        if self._ear is None:
            self._ear = ear(self.socket())
        return silent(self._ear, seconds)

    def _get(self, path: str) -> bytes:
        return f"GET {_BASE}{path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode("latin-1")

    def _error(self, path: str, error_type: str, message: str, invocation_id: str | None) -> None:
        body = error_body(error_type, message)
        headers = (
            "Content-Type: application/vnd.aws.lambda.error+json\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n"
        )
        self.send([self.post_head(path, headers + echoed(invocation_id)), body])
        self.accepted(time.monotonic() + _CONNECT_TIMEOUT)


def echoed(invocation_id: str | None) -> str:
    """Return the header that says which invocation is answered, if the API gave it an id."""
    return f"Lambda-Runtime-Invocation-Id: {invocation_id}\r\n" if invocation_id else ""


def error_body(error_type: str, message: str) -> bytes:
    """Return the error object that the Runtime API takes, for constant texts that need no escaping."""
    return b'{"errorMessage":"%b","errorType":"%b","stackTrace":[]}' % (message.encode(), error_type.encode())


def _unsent(sock: socket.socket, pieces: Sequence[bytes | memoryview]) -> list[bytes | memoryview]:
    """Send what the kernel takes with one call, and return what it left."""
    try:
        taken = sock.sendmsg(pieces)
    except BlockingIOError:  # nothing was taken for a turn
        taken = 0
    if taken == sum(map(len, pieces)):
        return []
    left: list[bytes | memoryview] = [piece for piece in pieces if piece]
    while taken >= len(left[0]):
        taken -= len(left.pop(0))
    left[0] = memoryview(left[0])[taken:]
    return left


def _receive_body(sock: socket.socket, mode: int, buffer: bytes, limit: int) -> tuple[bytes | bytearray, bytes]:
    """Read a body whose first bytes are there; return it and what follows."""
    if mode == CHUNKED:
        decoder = Chunked()
        pieces = decoder.feed(buffer)
        while not decoder.done and sum(map(len, pieces)) <= limit:
            pieces += decoder.feed(_some(sock))
        return b"".join(pieces), decoder.rest
    if mode == UNTIL_CLOSE or mode > limit:
        raise ProtocolError("a body without a length, or over its limit")
    if len(buffer) >= mode:
        return (buffer, b"") if len(buffer) == mode else (buffer[:mode], buffer[mode:])
    size = len(buffer)
    body = bytearray(mode)  # into its place at once: joining pieces would take each page of memory twice
    body[:size] = buffer
    view = memoryview(body)
    while size < mode:
        got = sock.recv_into(view[size:])
        if not got:
            raise ProtocolError("the Runtime API closed the connection in the middle of a response")
        size += got
    return body, b""


def _some(sock: socket.socket) -> bytes:
    data = sock.recv(_READ)
    if not data:
        raise ProtocolError("the Runtime API closed the connection in the middle of a response")
    return data
