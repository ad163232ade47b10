"""A function in its execution environment: its process, and the Lambda Runtime API that it talks to.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The API is served by the load generator itself, with
blocking calls: between the two there is nothing but a socket, as there is nothing between Lambda's and its function.
"""

from __future__ import annotations

import select
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from benchmarks import machine
from benchmarks.http import Answer, Message, read

__all__ = ["Function", "FunctionFailedError"]

_ARN = "arn:aws:lambda:us-east-1:123456789012:function:bench"
_PATIENCE = 60.0
_TAKEN = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'


class FunctionFailedError(Exception):
    """The function did not do what was asked of it."""


class Function:
    """A running function, initialised.

    Parameters
    ----------
    command, environment
        Of its process; the address of the Runtime API is added.
    log
        Takes what it writes.

    Attributes
    ----------
    started
        Seconds from the start of the process to its first call of ``next``.
    started_cpu
        Seconds of CPU that this took.

    Raises
    ------
    FunctionFailedError
        When it does not get so far.
    """

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: dict[int, socket.socket] = {}
        self._poll = select.poll()
        self._poll.register(self._listener, select.POLLIN)
        self._log = log
        self._count = 0
        address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        with log.open("ab") as out, machine.on(machine.SUBJECT):
            began = perf_counter()
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self._waiting = self._next()
        self.started = perf_counter() - began
        self.started_cpu = self.cpu()

    def invoke(self, event: bytes) -> Answer:
        """Hand the function an event and return its answer: the body that a client would get.

        Raises
        ------
        FunctionFailedError
            When it reports an error.
        """
        self._count += 1
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-{self._count:012}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {int((time.time() + 300) * 1000)}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {_ARN}\r\n"
            f"Content-Length: {len(event)}\r\n\r\n"
        ).encode()
        whole = head + event
        began = perf_counter()
        self._waiting.sendall(whole)
        sock, message = self._request()
        sock.sendall(_TAKEN)
        self._waiting = self._next()
        return _answer(message, began)

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used."""
        return machine.cpu(self._process.pid)

    def memory(self) -> float:
        """Return the megabytes that it holds."""
        return machine.memory(self._process.pid)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for sock in [*self._connections.values(), self._listener]:
            sock.close()

    def _next(self) -> socket.socket:
        """Wait until the function asks for an event; return the connection that it waits on."""
        sock, message = self._request()
        if not message.head.startswith(b"get /2018-06-01/runtime/invocation/next "):
            self.close()
            raise FunctionFailedError(f"{message.head[:120]!r}; see {self._log}: {self._log.read_text()[-2000:]}")
        return sock

    def _request(self) -> tuple[socket.socket, Message]:
        while True:
            ready = self._poll.poll(_PATIENCE * 1000)
            if not ready:
                self.close()
                raise FunctionFailedError(f"nothing came in {_PATIENCE:.0f} s: {self._log.read_text()[-2000:]}")
            for number, _ in ready:
                if number == self._listener.fileno():
                    sock, _ = self._listener.accept()
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._connections[sock.fileno()] = sock
                    self._poll.register(sock, select.POLLIN)
                    continue
                sock = self._connections[number]
                message = read(sock.recv)
                if message is not None:
                    return sock, message
                self._poll.unregister(number)
                self._connections.pop(number).close()
                if not self._connections and self._process.poll() is not None:
                    raise FunctionFailedError(f"the process ended: {self._log.read_text()[-2000:]}")


def _answer(message: Message, began: float) -> Answer:
    if b"/response " not in message.head.split(b"\r\n", 1)[0]:
        raise FunctionFailedError(f"the function reported an error: {message.body[:500]!r}")
    body = message.body
    prelude, _, content = body.partition(b"\0" * 8)
    if b"\r\nlambda-runtime-function-response-mode: streaming" not in message.head:
        content = body
    first = message.ended
    gone = len(body) - len(content)
    for piece, at in zip(message.pieces, message.came, strict=True):
        gone -= len(piece)
        if gone < 0:  # the first piece that holds more than the prelude
            first = at
            break
    status = 200 if b'"statusCode":200' in prelude or b'"statusCode": 200' in body[:64] else 0
    return Answer(status, content, first - began, message.ended - began)
