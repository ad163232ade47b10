"""One invocation's response, streamed: Lambda's HTTP form (metadata as JSON, eight NULs, the body) in chunks.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import time
from _thread import RLock  # replies may be written by a heartbeat's thread too
from binascii import b2a_base64

from ..core.jsontext import writer
from .api import BrokenError, RuntimeApi, echoed, error_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: API Gateway looks for the delimiter in the first 16 KB only.
_PRELUDE_LIMIT = 16 * 1024
#: Seconds before the deadline to which Lambda's answer to a reply is waited for: what follows takes less.
SPARE = 1.0
_DELIMITER = b"\0" * 8
_END = b"0\r\n\r\n"
_json = writer(ascii=True)
_HEADERS = (
    "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
    "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
    "Transfer-Encoding: chunked\r\n"
    "Trailer: Lambda-Runtime-Function-Error-Type\r\n"
    "Trailer: Lambda-Runtime-Function-Error-Body\r\n"
)


class ClientGone(Exception):  # noqa: N818  # nothing is wrong: the caller left
    """Nobody reads this reply any more."""


class Reply:
    """The response to one invocation. Safe to write to from more than one thread.

    Attributes
    ----------
    started
        Whether ``start`` was called: from then on the status cannot change.
    ended
        Whether the last byte was sent.
    """

    __slots__ = (
        "_api",
        "_deadline",
        "_gone",
        "_invocation_id",
        "_lock",
        "_pending",
        "_request_id",
        "ended",
        "started",
    )

    def __init__(self, api: RuntimeApi, request_id: str, invocation_id: str | None, deadline: float) -> None:
        self._api = api
        self._request_id = request_id
        self._invocation_id = invocation_id
        self._deadline = deadline
        self._lock = RLock()
        self._pending: list[bytes] = []  # the head and the metadata, until the first write
        self._gone = False
        self.started = False
        self.ended = False

    def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """Set the status and the headers. They leave with the first ``write``, which may be empty.

        Parameters
        ----------
        status
            200 to 599.
        headers
            (name, value); a name that comes twice is sent twice.

        Raises
        ------
        RuntimeError
            If it was called before.
        ValueError
            If the headers do not fit in the 16 KB that API Gateway reads.
        """
        with self._lock:
            if self.started:
                raise RuntimeError("the reply has been started before")
            prelude = _prelude(status, headers)
            lines = _HEADERS + echoed(self._invocation_id)
            head = self._api.post_head(f"invocation/{self._request_id}/response", lines)
            self._pending = [head, b"%x\r\n" % len(prelude), prelude, b"\r\n"]
            self.started = True

    def write(self, data: bytes) -> None:
        """Send bytes of the body now, as one chunk with one system call.

        Raises
        ------
        RuntimeError
            If the reply has not been started, or has ended.
        ClientGone
            If nobody reads any more.
        """
        with self._lock:
            self._send([b"%x\r\n" % len(data), data, b"\r\n"] if data else [])

    def finish(self, data: bytes = b"") -> None:
        """Send the last bytes of the body and end the reply, with one system call; then wait for Lambda's answer.

        Calling it is an option: a reply whose handler returns is ended. Work after it costs the caller no time.

        Raises
        ------
        As for ``write``.
        """
        with self._lock:
            self._last([b"%x\r\n" % len(data), data, b"\r\n", _END] if data else [_END])

    def alive(self) -> bool:
        """Whether somebody still reads. Sends nothing: for use while there is nothing to say.

        On AWS the Runtime API hides that a caller left; there it stays True until the reply is ended.
        """
        with self._lock:
            if self._gone or self.ended:
                return False
            return not self.started or bool(self._pending) or self._api.quiet()

    def end(self) -> None:
        """End a reply whose handler returned (for the runtime).

        Raises
        ------
        ClientGone, ApiError
            If nobody reads any more, or the Runtime API refuses it.
        """
        with self._lock:
            if self.ended:
                return
            if self.started:
                self.finish()
            else:
                self.fail("Function.NoResponse")

    def fail(self, error_type: str) -> None:
        """Report that the handler failed (for the runtime): as an error before the start, as trailers after it.

        Raises
        ------
        ClientGone, ApiError
            As for ``end``.
        """
        with self._lock:
            if self.ended:
                return
            if not self.started:
                self.ended = True
                self._api.invocation_error(self._request_id, error_type, self._invocation_id)
                return
            detail = b2a_base64(error_body(error_type, "The function failed while it answered."), newline=False)
            trailers = b"Lambda-Runtime-Function-Error-Type: %b\r\nLambda-Runtime-Function-Error-Body: %b\r\n"
            self._last([b"0\r\n", trailers % (error_type.encode(), detail), b"\r\n"])

    def abandon(self) -> None:
        """Give the reply up (for the runtime): what it was sent over is of no further use."""
        with self._lock:
            self._gone = True
            if self.started and not self._pending:
                self._api.drop()

    def _last(self, pieces: list[bytes]) -> None:
        """Send what ends the reply and wait for Lambda to say that it has it."""
        self._send(pieces)
        self.ended = True
        try:
            self._api.accepted(self._deadline - SPARE)
        except BrokenError:
            self._gone = True
            raise ClientGone from None

    def _send(self, pieces: list[bytes]) -> None:
        if not self.started or self.ended:
            raise RuntimeError("a reply is written between its start and its end")
        if self._gone:
            raise ClientGone
        try:
            if self._pending:
                if not self._api.quiet():  # closed while the handler worked: nothing is lost by taking a new one
                    self._api.drop()
                self._api.set_send_timeout(self._deadline - SPARE - time.monotonic())
                pieces = self._pending + pieces
                self._pending = []
            if pieces:
                self._api.send(pieces)
        except BrokenError:
            self._gone = True  # from here on, a write would open a new connection in the middle of the reply
            raise ClientGone from None


def _prelude(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    """The metadata and the delimiter."""
    single: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for name, value in headers:
        if name in several:
            several[name].append(value)
        elif name in single:
            several[name] = [single.pop(name), value]
        else:
            single[name] = value
    metadata: dict[str, object] = {"statusCode": status, "headers": single}
    if several:
        metadata["multiValueHeaders"] = several
    prelude = _json(metadata).encode() + _DELIMITER
    if len(prelude) > _PRELUDE_LIMIT:
        raise ValueError(f"the reply's headers are over {_PRELUDE_LIMIT} bytes")
    return prelude
