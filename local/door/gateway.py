"""The public side: `http://127.0.0.1:{port}/{api-id}/{stage}/…`, as API Gateway answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from aiohttp import web
from botocore.exceptions import BotoCoreError, ClientError

from local import guarded, quiet
from local.door import event, prelude
from local.door.authorize import Gate
from local.door.deployed import Api, Function
from local.door.event import Call
from local.door.invocation import FunctionError, Invocation
from local.door.refusals import RefusalError, response
from local.door.seams import Deployed, Functions
from local.signatures import Received

LARGEST = 10 * 1024 * 1024
"""Bytes of a request to API Gateway."""
LARGEST_EVENT = 6 * 1024 * 1024
"""Bytes of an event that Lambda takes; base64 counts
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "te", "upgrade"})


class Gateway:
    """API Gateway's data plane.

    Parameters
    ----------
    deployed
        The deployed APIs.
    gate
        Who gets in.
    lambdas
        What answers.
    opens
        Whether an `Authorization` header is the kit's own: then the root tells what is here.
    named
        Finds a function by its name, for `/_invoke/{name}`, which is the kit's own too: nothing here starts a function
        by the clock, as EventBridge does.
    """

    def __init__(
        self,
        deployed: Deployed,
        gate: Gate,
        lambdas: Functions,
        opens: Callable[[str | None], bool],
        named: Callable[[str], Awaitable[Function]] | None = None,
    ) -> None:
        self._opens = opens
        self._named = named
        self._deployed = deployed
        self._gate = gate
        self._lambdas = lambdas

    def application(self) -> web.Application:
        """The application of the public listener."""
        app = web.Application(client_max_size=LARGEST, middlewares=[guarded.pages])
        app.router.add_get("/", self._index)
        app.router.add_post("/_invoke/{name}", self._invoke)
        app.router.add_route("*", "/{path:.+}", self.handle)
        return app

    async def _index(self, request: web.Request) -> web.Response:
        if not self._opens(request.headers.get("Authorization")):
            return web.json_response({"message": "Forbidden"}, status=403)
        ids = sorted(await self._deployed.all())
        return web.json_response({"apis": ids, "environments": self._lambdas.sizes()})

    async def _invoke(self, request: web.Request) -> web.Response:
        if self._named is None or not self._opens(request.headers.get("Authorization")):
            return web.json_response({"message": "Forbidden"}, status=403)
        try:
            function = await self._named(request.match_info["name"])
            async with await self._lambdas.invoke(function, await request.read() or b"{}") as invocation:
                return web.Response(body=b"".join([piece async for piece in invocation.pieces()]))
        except (FunctionError, BotoCoreError, ClientError) as failed:
            # As Lambda names it; what the function says of it may hold anything.
            kind = failed.kind if isinstance(failed, FunctionError) else type(failed).__name__
            return web.json_response({"errorType": kind}, status=502)

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answer a request to any API."""
        id, _, rest = http.raw_path.lstrip("/").partition("/")
        api = await self._deployed.api(id)
        path = rest.partition("?")[0]
        stage, _, below = path.partition("/")
        if api is None or stage != api.stage or not below:
            # On AWS a name without an API behind it, or an unknown stage, says no more than this.
            return web.json_response({"message": "Forbidden"}, status=403)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in http.raw_headers]
        call = Call(api, Received(http.method, http.raw_path, headers, b""), f"/{below}")
        try:
            body = await http.read()
        except web.HTTPRequestEntityTooLarge:
            return response(call, RefusalError("REQUEST_TOO_LARGE", "Request Entity Too Large"))
        call = Call(api, Received(http.method, http.raw_path, headers, body), f"/{below}", call.id, call.extended)
        try:
            return await self._answer(http, call)
        except RefusalError as refusal:
            return response(call, refusal)

    async def _answer(self, http: web.Request, call: Call) -> web.StreamResponse:
        caller = await self._gate.admit(call)
        payload = event.proxy(call, caller.key, caller.authorizer)
        if len(payload) > LARGEST_EVENT:
            raise RefusalError("REQUEST_TOO_LARGE", "Request Entity Too Large")
        if not call.api.streaming:
            raise RefusalError("API_CONFIGURATION_ERROR", "the door serves streaming integrations only")
        try:
            async with await self._lambdas.invoke(call.api.function, payload) as invocation:
                return await self._stream(http, call.api, invocation)
        except FunctionError as failed:
            _note(call.api, failed.kind)
            raise RefusalError("INTEGRATION_FAILURE", "Internal server error") from None
        except (BotoCoreError, ClientError) as problem:
            _note(call.api, f"its code or credentials could not be fetched: {type(problem).__name__}")
            raise RefusalError("INTEGRATION_FAILURE", "Internal server error") from None
        except prelude.MalformedError as wrong:
            _note(call.api, str(wrong))
            raise RefusalError("API_CONFIGURATION_ERROR", "Internal server error") from None

    async def _stream(self, http: web.Request, api: Api, invocation: Invocation) -> web.StreamResponse:
        async with aclosing(invocation.pieces()) as pieces:
            head, start = await prelude.read(pieces)
            answer = web.StreamResponse(status=head.status)
            for name, value in head.headers:
                if name.lower() not in _HOP:
                    answer.headers.add(name, value)
            answer.headers["x-amzn-RequestId"] = invocation.id
            await answer.prepare(http)
            try:
                if start:
                    await answer.write(start)
                async for piece in pieces:
                    await answer.write(piece)
                await answer.write_eof()
            except FunctionError as failed:
                # The status is out: all that is left is to end without the last chunk, so that the client sees it.
                _note(api, failed.kind)
                if http.transport is not None:
                    http.transport.abort()
            except (ConnectionError, asyncio.CancelledError):
                invocation.leave()
                raise
        return answer


def _note(api: Api, what: str) -> None:
    quiet.say(f"{api.function.name}: {what}")
