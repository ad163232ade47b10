"""What stands before the embedded AWS: whoever has no key of this run is refused before ministack sees the request.

ministack takes any key, any `Host` and any `Origin`, and answers every page that asks. So each request has to be
signed, as on AWS, with a key of this run; what a browser sends for a page is refused even then, and no answer carries
CORS.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from xml.sax.saxutils import escape

from local import root, strangers
from local.keys import Key
from local.signatures import Received, RefusedError, verify
from local.state import State
from local.types import emulator

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST = 64 * 1024 * 1024
"""Bytes of a request; the largest of the kit are the functions' packages."""

_RUNS = re.compile(
    r"/\d{4}-\d{2}-\d{2}/functions/[^/]+/(response-streaming-)?(invocations|invoke-async/?)|.*/_user_request_(/.*)?"
)
"""Paths that would run a function: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and its siblings."""


class Front:
    """An ASGI application before another.

    Parameters
    ----------
    inner
        The embedded AWS.
    state
        Where the run's keys are.
    port
        The loopback port that it listens on.
    """

    def __init__(self, inner: Application, state: State, port: int) -> None:
        self._inner = inner
        self._state = state
        self._hosts = strangers.loopback(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            # Nothing of the kit speaks WebSockets; closed before it is accepted, it is answered with 403.
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _key(self, access_key: str) -> Key | None:
        """The run's root key, or a session that the embedded STS has given out: CDK's and the callers' roles."""
        with contextlib.suppress(root.NoRootError):
            if (known := root.key(self._state)).access_key == access_key:
                return known
        if (session := emulator.session(access_key)) is None:
            return None
        secret, token, arn = session
        return Key(access_key, secret, token, arn, arn.split(":")[4])

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        request = Received(scope["method"], target, headers, b"")
        try:
            if refused := strangers.refusal(headers, self._hosts):
                raise RefusedError(strangers.CODE, refused)
            if not request.header("authorization"):
                raise RefusedError("MissingAuthenticationTokenException", "Missing Authentication Token")
            body = await _whole(receive)
            if body is None:
                raise RefusedError("RequestEntityTooLarge", f"the request is larger than {LARGEST} bytes")
            request = Received(scope["method"], target, headers, body)
            verify(request, self._key, services=None, region=None)
            if _RUNS.fullmatch(scope["path"]):
                raise RefusedError("AccessDeniedException", "functions are run by the front door, not here")
        except RefusedError as refused_:
            await _refuse(request, refused_, send)
            return
        await self._inner(scope, _replayed(body, receive), _without_cors(send))


async def _whole(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError("IncompleteBody", "the request ended before its body did")
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _without_cors(send: Send) -> Send:
    async def bare(message: MutableMapping[str, Any]) -> None:
        if "headers" in message:
            kept = [pair for pair in message["headers"] if not bytes(pair[0]).lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return bare


async def _refuse(request: Received, refused: RefusedError, send: Send) -> None:
    """Answer in the form of the protocol, so that an SDK shows code and reason."""
    code, reason = escape(refused.code), escape(refused.reason)
    authorization = request.header("authorization") or ""
    if "/s3/aws4_request" in authorization:
        kind, text = "application/xml", f"<Error><Code>{code}</Code><Message>{reason}</Message></Error>"
    elif (request.header("content-type") or "").startswith("application/x-www-form-urlencoded"):
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{reason}</Message></Error>"
        kind, text = "text/xml", f"<ErrorResponse>{inner}</ErrorResponse>"
    else:
        kind, text = "application/json", json.dumps({"__type": refused.code, "message": refused.reason})
    body = text.encode()
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    headers.append((b"x-amzn-errortype", refused.code.encode()))
    # What is left of the body is not read: the connection ends with the answer.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
