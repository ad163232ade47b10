"""The Lambda Runtime API of one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; response streaming, with its trailers:
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import h11

from local import ports, strangers
from local.door.invocation import FunctionError, Invocation

_PREFIX = "/2018-06-01/runtime"
_REPORT = re.compile(rf"{_PREFIX}/invocation/([^/]+)/(response|error)")
LARGEST_BUFFERED = 6 * 1024 * 1024
"""Bytes of a response that is not streamed (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
_LARGEST_ERROR = 256 * 1024


class RuntimeApi:
    """Listens on loopback for one environment's process.

    Parameters
    ----------
    arn
        ARN of the function, as it is told to the runtime.
    next_event
        Gives the next invocation, when there is one.
    finished
        Called when an invocation has been answered or has failed.
    init_failed
        Called with the error's type when the runtime reports that it could not start.
    owner
        Gives the pid of the environment's process, once it has one: it alone, with what it started, is answered.
        The Runtime API's protocol has no place for a secret, so the socket's own process is asked for.
    """

    def __init__(
        self,
        arn: str,
        next_event: Callable[[], Awaitable[Invocation]],
        finished: Callable[[Invocation], None],
        init_failed: Callable[[str], None],
        owner: Callable[[], Awaitable[int]],
    ) -> None:
        self._arn = arn
        self._next_event = next_event
        self._finished = finished
        self._init_failed = init_failed
        self._owner = owner
        self._hosts = strangers.loopback(0)
        self._server: asyncio.Server | None = None
        self._current: Invocation | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self) -> str:
        """Start, and give `address:port` for AWS_LAMBDA_RUNTIME_API."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        address, port = self._server.sockets[0].getsockname()[:2]
        self._hosts = strangers.loopback(port)
        return f"{address}:{port}"

    async def close(self) -> None:
        """Stop listening and drop the connections."""
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
        connection = _Connection(reader, writer)
        try:
            known = await self._known(writer)
            while (request := await connection.request()) is not None:
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
                if not known or strangers.refusal(headers, self._hosts):
                    await connection.reply(403, {"errorType": "Forbidden", "errorMessage": "not this environment's"})
                    # Told to close, so that the answer goes out; what is left of the request is not read.
                    writer.close()
                    await writer.wait_closed()
                    break
                await self._answer(connection, request)
        except (OSError, h11.ProtocolError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The runtime broke the connection, or this environment is closed; what that means for an invocation is
            # settled in _report, and nothing waits for this task.
            pass
        finally:
            if task is not None:
                self._connections.discard(task)
            writer.transport.abort()

    async def _known(self, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection was made by the environment's own process."""
        peer = writer.get_extra_info("peername")
        pid = await self._owner()
        return peer is not None and await asyncio.to_thread(ports.connected, pid, peer[:2])

    async def _answer(self, connection: _Connection, request: h11.Request) -> None:
        target = request.target.decode("ascii", "replace")
        if request.method == b"GET" and target == f"{_PREFIX}/invocation/next":
            await connection.drain()
            await self._next(connection)
        elif request.method == b"POST" and target == f"{_PREFIX}/init/error":
            report = _error_type(request, await connection.body(_LARGEST_ERROR) or b"")
            await connection.reply(202, {"status": "OK"})
            self._init_failed(report)
        elif request.method == b"POST" and (found := _REPORT.fullmatch(target)):
            await self._report(connection, request, found[1], found[2])
        else:
            await connection.drain()
            await connection.reply(404, {"errorType": "NotFound", "errorMessage": "no such call"})

    async def _next(self, connection: _Connection) -> None:
        invocation = await self._next_event()
        self._current = invocation
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline()),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{invocation.id[:8]}-{invocation.id.replace('-', '')[:24]};Sampled=0",
        }
        await connection.send(200, headers, invocation.event)

    async def _report(self, connection: _Connection, request: h11.Request, id: str, kind: str) -> None:
        invocation = self._current
        if invocation is None or invocation.id != id:
            await connection.drain()
            await connection.reply(400, {"errorType": "InvalidRequestID", "errorMessage": "not the current invocation"})
            return
        if kind == "error":
            report = _error_type(request, await connection.body(_LARGEST_ERROR) or b"")
            await invocation.end(FunctionError(report))
        elif _header(request, b"lambda-runtime-function-response-mode") == b"streaming":
            invocation.streaming = True
            await self._stream(connection, invocation)
        else:
            body = await connection.body(LARGEST_BUFFERED)
            if body is None:
                await invocation.end(FunctionError("Function.ResponseSizeTooLarge"))
                self._done(invocation)
                await connection.reply(413, {"errorType": "RequestEntityTooLarge", "errorMessage": "over 6 MB"})
                return
            await invocation.put(body)
            await invocation.end()
        self._done(invocation)
        await connection.reply(202, {"status": "OK"})

    async def _stream(self, connection: _Connection, invocation: Invocation) -> None:
        invocation.on_leave(connection.abort)
        try:
            async for event in connection.events():
                if isinstance(event, h11.Data):
                    await invocation.put(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    trailers = {bytes(name).lower(): bytes(value) for name, value in event.headers}
                    kind = trailers.get(b"lambda-runtime-function-error-type")
                    await invocation.end(FunctionError(_plain(kind)) if kind is not None else None)
        except (OSError, h11.ProtocolError, asyncio.IncompleteReadError):
            # Broken off by the client's leaving, or by the runtime: either way this response has no good end.
            await invocation.end(FunctionError("Runtime.TruncatedResponse"))
            self._done(invocation)
            raise

    def _done(self, invocation: Invocation) -> None:
        self._current = None
        self._finished(invocation)


class _Connection:
    """One HTTP/1.1 connection, by h11, which hands out trailers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)

    def abort(self) -> None:
        self._writer.transport.abort()

    async def _event(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                self._writer.write(self._http.send(go_on) or b"")
            self._http.receive_data(await self._reader.read(64 * 1024))
        return event

    async def request(self) -> h11.Request | None:
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        event = await self._event()
        return event if isinstance(event, h11.Request) else None

    async def events(self) -> Any:
        """The rest of the message, its end included."""
        while True:
            event = await self._event()
            if isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                raise asyncio.IncompleteReadError(b"", None)
            yield event
            if isinstance(event, h11.EndOfMessage):
                return

    async def body(self, limit: int) -> bytes | None:
        """The whole body, or None when it is over the limit; it is read to its end all the same."""
        whole, size = bytearray(), 0
        async for event in self.events():
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size <= limit:
                    whole += event.data
        return bytes(whole) if size <= limit else None

    async def drain(self) -> None:
        await self.body(0)

    async def reply(self, status: int, body: dict[str, str]) -> None:
        await self.send(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

    async def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        head = h11.Response(status_code=status, headers=[*headers.items(), ("Content-Length", str(len(body)))])
        parts = (self._http.send(head), self._http.send(h11.Data(data=body)), self._http.send(h11.EndOfMessage()))
        self._writer.write(b"".join(part or b"" for part in parts))
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()


def _header(request: h11.Request, name: bytes) -> bytes | None:
    return next((bytes(value) for key, value in request.headers if key == name), None)


def _error_type(request: h11.Request, body: bytes) -> str:
    named = _header(request, b"lambda-runtime-function-error-type")
    if named is None:
        try:
            named = str(json.loads(body)["errorType"]).encode()
        except (ValueError, KeyError, TypeError):
            named = b"Unknown"
    # API Gateway turns an authorizer's exception into a 401 by its message alone.
    with contextlib.suppress(ValueError, KeyError, TypeError):
        if json.loads(body)["errorMessage"] == "Unauthorized":
            return "Unauthorized"
    return _plain(named)


def _plain(kind: bytes) -> str:
    return kind.decode("latin-1")[:128] or "Unknown"
