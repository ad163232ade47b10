"""A Lambda Runtime API on loopback: hands out invocations, takes streamed responses, and can misbehave."""

from __future__ import annotations

import base64
import io
import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from tests.waiting import LONG

_EXTENSION = "/2020-01-01/extension/"
_DELIMITER = b"\0" * 8


@dataclass
class Answer:
    """What the function answered to one invocation.

    Attributes
    ----------
    chunks
        Of the streamed response, as they were framed, with their times of arrival (time.monotonic).
    trailers
        After the last chunk; names in lower case.
    error
        What was posted to ``/error``, if anything was.
    """

    request_id: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    error: dict[str, object] | None = None
    complete: threading.Event = field(default_factory=threading.Event)
    moved: threading.Condition = field(default_factory=threading.Condition)

    @property
    def raw(self) -> bytes:
        """The whole response, metadata included."""
        return b"".join(data for _, data in self.chunks)

    @property
    def metadata(self) -> dict[str, object]:
        """Status and headers, as API Gateway reads them."""
        head, delimiter, _ = self.raw[: 16 * 1024].partition(_DELIMITER)
        assert delimiter, "no delimiter within 16 KB: API Gateway answers 500"
        found = json.loads(head)
        assert isinstance(found, dict)
        return found

    @property
    def status(self) -> object:
        """The status code that the caller sees."""
        return self.metadata["statusCode"]

    @property
    def body(self) -> bytes:
        """What follows the delimiter."""
        return self.raw.partition(_DELIMITER)[2]

    @property
    def trailer_error(self) -> dict[str, object]:
        """The error that the trailers report."""
        found = json.loads(base64.b64decode(self.trailers["lambda-runtime-function-error-body"]))
        assert isinstance(found, dict)
        return found

    def wait(self, timeout: float = LONG) -> Answer:
        """Wait until the function has answered."""
        assert self.complete.wait(timeout), "the function does not answer"
        return self

    def wait_for(self, text: bytes, timeout: float = LONG) -> Answer:
        """Wait until the response holds these bytes."""
        with self.moved:
            assert self.moved.wait_for(lambda: text in self.raw, timeout), f"{text!r} does not come"
        return self


@dataclass
class _Invocation:
    answer: Answer
    event: bytes
    headers: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class Call:
    """A request to the API. Names of headers are in lower case."""

    connection: int
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes


class RuntimeServer:
    """The API; give ``address`` to the function as ``AWS_LAMBDA_RUNTIME_API``.

    Attributes
    ----------
    calls
        All requests but ``next``, in order.
    nexts
        How often ``next`` was asked; ``idle`` is set while it waits, and nothing is queued for it.
    accept
        The status line's rest and header lines of the answer to a posted response, for tests of refusals.
    hang_up
        Whether to close each connection once it gave out an invocation, as an idle limit would.
    extensions, register
        All requests of extensions, in order, and the status of the answer to one that registers.
    on_chunk
        Called with an answer and the connection at each chunk, for tests of a caller that leaves.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.calls: list[Call] = []
        self.nexts = 0
        self.idle = threading.Event()
        self.connections = 0
        self.accept = "202 Accepted\r\n"
        self.next_status = "200 OK"
        self.hang_up = False
        self.on_chunk: Callable[[Answer, socket.socket], None] | None = None
        self.extensions: list[Call] = []
        self.register = "200 OK"
        self.init_error: dict[str, object] | None = None
        self._queue: queue.Queue[_Invocation | None] = queue.Queue()
        self._lock = threading.Lock()  # so that ``idle`` is never set, not for a moment, while something is queued
        self._answers: dict[str, Answer] = {}
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._count = 0

    def __enter__(self) -> RuntimeServer:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for _ in range(len(self._open)):
            self._queue.put(None)
        for thread in self._threads:
            thread.join(LONG)

    def invoke(self, event: object, *, seconds: float = 30, headers: dict[str, str] | None = None) -> Answer:
        """Queue an invocation and return its answer, which fills as the function writes.

        Parameters
        ----------
        event
            Bytes as they are, anything else as JSON.
        seconds
            Time that the function has, from when it is handed the invocation.
        headers
            Beside, or instead of, those that Lambda sends.
        """
        self._count += 1
        request_id = f"00000000-0000-4000-8000-{self._count:012d}"
        answer = Answer(request_id)
        self._answers[request_id] = answer
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        sent = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:proxy",
            **(headers or {}),
        }
        with self._lock:
            self.idle.clear()
            self._queue.put(_Invocation(answer, raw, sent, seconds))
        return answer

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with suppress(OSError, EOFError), sock, sock.makefile("rb") as file:
            while line := file.readline():
                first, headers = line, []
                while (line := file.readline()) not in (b"\r\n", b""):
                    name, _, value = line.decode("latin-1").partition(":")
                    headers.append((name.lower(), value.strip()))
                if not line:
                    raise EOFError  # the function ended in the middle of it
                method, path, _ = first.decode().split(" ")
                if path.startswith(_EXTENSION):
                    self._extension(sock, file, Call(number, method, path.removeprefix(_EXTENSION), headers, b""))
                    continue
                path = path.removeprefix("/2018-06-01/runtime/")
                if path == "invocation/next":
                    self._next(sock)
                else:
                    self._post(sock, file, Call(number, method, path, headers, b""))

    def _extension(self, sock: socket.socket, file: io.BufferedReader, call: Call) -> None:
        body = file.read(int(dict(call.headers)["content-length"])) or b""
        self.extensions.append(Call(call.connection, call.method, call.path, call.headers, body))
        if call.path == "event/next":
            file.readline()  # no event ever comes
            raise EOFError
        identifier = "Lambda-Extension-Identifier: 7f3f8d7c-0000-4000-8000-000000000001\r\n"
        sock.sendall(f"HTTP/1.1 {self.register}\r\n{identifier}Content-Length: 2\r\n\r\n{{}}".encode())

    def _next(self, sock: socket.socket) -> None:
        with self._lock:
            self.nexts += 1
            if self._queue.empty():
                self.idle.set()
        invocation = self._queue.get()
        if invocation is None:
            raise EOFError
        sent = {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.seconds) * 1000)), **invocation.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        head = f"HTTP/1.1 {self.next_status}\r\nContent-Type: application/json\r\n{lines}"
        sock.sendall(f"{head}Content-Length: {len(invocation.event)}\r\n\r\n".encode() + invocation.event)
        if self.hang_up:
            raise EOFError

    def _post(self, sock: socket.socket, file: io.BufferedReader, call: Call) -> None:
        headers = dict(call.headers)
        answer = self._answers.get(call.path.split("/")[1], Answer(""))
        if headers.get("transfer-encoding") == "chunked":
            answer.headers = call.headers
            self.calls.append(call)
            self._stream(sock, file, answer)
        else:
            body = file.read(int(headers["content-length"])) or b""
            if len(body) < int(headers["content-length"]):
                raise EOFError
            self.calls.append(Call(call.connection, call.method, call.path, call.headers, body))
            answer.headers = call.headers
            if call.path == "init/error":
                self.init_error = json.loads(body)
            else:
                answer.error = json.loads(body)
        sock.sendall(f"HTTP/1.1 {self.accept}Content-Length: 16\r\n\r\n".encode() + b'{"status":"OK"}\n')
        answer.complete.set()

    def _stream(self, sock: socket.socket, file: io.BufferedReader, answer: Answer) -> None:
        while True:
            line = file.readline()
            if not line:
                raise EOFError
            size = int(line, 16)
            if not size:
                break
            data = file.read(size)
            if file.readline() != b"\r\n":
                raise EOFError  # the function left in the middle of a chunk
            with answer.moved:
                answer.chunks.append((time.monotonic(), data))
                answer.moved.notify_all()
            if self.on_chunk:
                self.on_chunk(answer, sock)
        while (line := file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            answer.trailers[name.lower()] = value.strip()
