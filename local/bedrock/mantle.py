"""The bedrock-mantle endpoint, as documented and as reported, quirks included.

- Gemma 4 is served under `/openai/v1` only. Under `/v1` the answers mislead: Chat Completions says
  401 "Berm is not enabled for this account", Responses says 400 "isn't supported on this route".
- `GET /v1/models` lists the models all the same.
- `store` defaults to true on the Responses route, and what is given is kept.
- The whole request is limited to 3.5 MB.
- E2B lets its reasoning leak into the answer below effort `high`.
- `GET /openai/v1/responses/{id}/input_items` answers 404.
- A Project says which data retention mode it has, and a model which it allows (`local.bedrock.retention`).

Facts and dates: https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-google-gemma-4-31b.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html,
https://github.com/BerriAI/litellm/issues/30657, https://github.com/BerriAI/litellm/issues/36970
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from local.bedrock import chat, responses, retention
from local.bedrock.ask import Ask, Engine, Piece, Text, input_tokens
from local.bedrock.checks import parameters
from local.bedrock.control import Control
from local.bedrock.errors import RejectedError
from local.bedrock.responses_events import Writer
from local.signatures import Received

BODY_LIMIT = 3_670_016
"""Bytes; the model cards say 3.5 MB."""

REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-central-1", "us-gov-west-1")
WINDOWS = {"google.gemma-4-31b": 262_144, "google.gemma-4-26b-a4b": 262_144, "google.gemma-4-e2b": 131_072}
"""Context windows in tokens. Known here apart from the kit's catalogue, so that a mistake there shows."""

_LEAK = "(I was asked something, so I think about it.) "


class _CutError(Exception):
    """The control asked for a stream that breaks off."""


class Mantle:
    """The endpoint.

    Parameters
    ----------
    region
        The Region it stands in.
    engine
        What answers: the deterministic voice, or a real model.
    control
        Failures and delays on demand; also what has been seen and kept.
    projects
        Tells whether a Bedrock Project exists.
    """

    def __init__(
        self, region: str, engine: Engine, control: Control, projects: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._models = WINDOWS if region in REGIONS else {}
        self._engine = engine
        self._control = control
        self._projects = projects
        self._retention = retention.Retention()

    async def answer(self, http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        """Answer a request whose signature has been verified.

        Parameters
        ----------
        http
            The connection to answer on.
        request
            The same request, read.
        seen
            This request's entry in the record, to which model, tier and the like are added.

        Raises
        ------
        RejectedError
            For every answer that is an error.
        """
        path = request.target.partition("?")[0]
        project = request.header("openai-project") or "default"
        if project != "default" and not await self._projects(project):
            raise RejectedError(404, "project_not_found", "No such Project.", param="project", kind="not_found_error")
        seen["project"] = project
        if path.startswith(retention.PROJECTS):
            return await self._project(request, path.removeprefix(retention.PROJECTS), str(seen.get("caller", "")))
        if request.method == "GET":
            return self._get(path, project)
        if request.method != "POST" or path.rpartition("/")[2] not in ("responses", "completions"):
            raise RejectedError(404, "not_found", f"No route for {request.method} {path}.", kind="not_found_error")
        body = self._body(request.body)
        seen |= self._noted(body)
        self._routed(path, seen["model"])
        if failure := self._control.next_failure("mantle"):
            raise self._failed(failure.status, failure.retry_after)
        route = "responses" if path.endswith("/responses") else "chat.completions"
        parameters(route, body, self._control.rejected)
        ask = self._fits(responses.read(body) if route == "responses" else chat.read(body), body)
        await asyncio.sleep(self._control.delay)
        if route == "responses":
            return await self._responses(http, ask, body)
        return await self._chat(http, ask, body)

    async def _project(self, request: Received, name: str, caller: str) -> web.Response:
        """Tell which mode a Project has, or change it."""
        self._mode(name)
        if not await self._projects(name):
            raise RejectedError(404, "not_found", "Not found.", kind="not_found_error")
        if request.method == "POST":
            self._retention.change(name, self._body(request.body), caller)
        elif request.method != "GET":
            raise RejectedError(404, "not_found", f"No route for {request.method}.", kind="not_found_error")
        return web.json_response(retention.told(name, self._mode(name)))

    def _mode(self, project: str) -> str:
        """Return the mode that a Project has, or that the control says it has."""
        mode = self._control.retention
        if mode is not None and mode not in retention.MODES:
            raise RejectedError(403, "access_denied", "Not allowed.", kind="permission_error")
        return mode or self._retention.mode(project)

    def _get(self, path: str, project: str) -> web.Response:
        if path == "/v1/models":
            mode = self._mode(project)
            return web.json_response({"object": "list", "data": [retention.model(name, mode) for name in self._models]})
        if path.startswith("/v1/models/") and (name := path.removeprefix("/v1/models/")) in self._models:
            return web.json_response(retention.model(name, self._mode(project)))
        kept = self._control.stored.get(path.removeprefix("/openai/v1/responses/"))
        if kept is not None:
            return web.json_response(kept["response"])
        raise RejectedError(404, "not_found", "Not found.", kind="not_found_error")

    @staticmethod
    def _body(raw: bytes) -> dict[str, Any]:
        if len(raw) > BODY_LIMIT:
            raise RejectedError(413, "request_too_large", f"The request is larger than {BODY_LIMIT} bytes.")
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RejectedError(400, "invalid_json", "The body is not a JSON object.")
        return body

    @staticmethod
    def _noted(body: dict[str, Any]) -> dict[str, Any]:
        given = body.get("input")
        items = given if isinstance(given, list) else []
        effort = body.get("reasoning_effort") or (body.get("reasoning") or {}).get("effort")
        noted = {name: body.get(name) for name in ("model", "stream", "store", "service_tier")}
        kinds = [item.get("type") for item in items if isinstance(item, dict)]
        return {**noted, "effort": effort, "parameters": sorted(body), "reasoning_items": kinds.count("reasoning")}

    def _routed(self, path: str, model: Any) -> None:
        if path == "/v1/chat/completions":
            raise RejectedError(401, "unauthorized", "Berm is not enabled for this account", kind="auth_error")
        if path == "/v1/responses":
            raise RejectedError(400, "invalid_request", f"The model {model!r} isn't supported on this route")
        if path not in ("/openai/v1/responses", "/openai/v1/chat/completions"):
            raise RejectedError(404, "not_found", f"No route for POST {path}.", kind="not_found_error")
        if model not in self._models:
            text = f"The model {model!r} does not exist in this Region."
            raise RejectedError(404, "model_not_found", text, param="model", kind="not_found_error")

    @staticmethod
    def _failed(status: int, retry_after: float | None) -> RejectedError:
        if status == 429:
            text = "Token quota exceeded, try again later."
            return RejectedError(429, "rate_limit_exceeded", text, kind="rate_limit_error", retry_after=retry_after)
        text = "The service is at capacity, try again later." if status == 503 else "The request failed."
        return RejectedError(status, "service_unavailable", text, kind="server_error", retry_after=retry_after)

    def _fits(self, ask: Ask, body: dict[str, Any]) -> Ask:
        window = self._models[ask.model]
        if input_tokens(ask) + (ask.limit or 0) > window:
            text = f"This model's maximum context length is {window} tokens."
            raise RejectedError(400, "context_length_exceeded", text)
        for name in ("background", "previous_response_id"):
            if body.get(name):
                raise RejectedError(400, "unsupported_parameter", f"{name} is not simulated here.", param=name)
        return ask

    async def _started(self, ask: Ask) -> AsyncIterator[Piece]:
        """The answer, once its first piece is there: until then a failure can still be an HTTP error."""
        pieces = self._pieces(ask)
        first = await anext(pieces)

        async def rest() -> AsyncIterator[Piece]:
            yield first
            async for piece in pieces:
                yield piece

        return rest()

    async def _pieces(self, ask: Ask) -> AsyncIterator[Piece]:
        if ask.model == "google.gemma-4-e2b" and ask.effort != "high" and ask.schema is None and not ask.tools:
            yield Text(_LEAK)
        async for piece in self._engine(ask):
            yield piece

    async def _chat(self, http: web.Request, ask: Ask, body: dict[str, Any]) -> web.StreamResponse:
        pieces = await self._started(ask)
        if not body.get("stream"):
            return web.json_response(await chat.whole(ask, pieces))
        options = body.get("stream_options") or {}
        events = chat.stream(ask, pieces, include_usage=bool(options.get("include_usage")))
        return await self._stream(http, events)

    async def _responses(self, http: web.Request, ask: Ask, body: dict[str, Any]) -> web.StreamResponse:
        # True unless it is said to be false: this is the default that the kit has to override.
        store = body.get("store") is not False
        writer = Writer(ask, body, store=store)
        events = writer.events(await self._started(ask))
        if body.get("stream"):
            answered: web.StreamResponse = await self._stream(http, events)
        else:
            async for _ in events:
                pass
            answered = web.json_response(writer.response)
        if store:
            self._control.stored[writer.response["id"]] = {"input": body.get("input"), "response": writer.response}
        return answered

    async def _stream(self, http: web.Request, events: AsyncIterator[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        cut, self._control.cut_after = self._control.cut_after, None
        await response.prepare(http)
        sent = 0
        try:
            async for event in events:
                if sent == cut:
                    raise _CutError
                if sent:
                    await asyncio.sleep(self._control.chunk_delay)
                await response.write(event)
                sent += 1
        except (_CutError, RejectedError):
            # The status is out: the stream ends without its end.
            if http.transport is not None:
                http.transport.abort()
            return response
        await response.write_eof()
        return response
