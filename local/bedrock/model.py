"""A real model behind the same rules: any OpenAI-compatible server of this machine (`LOCAL_MODEL_URL`).

Ollama, llama.cpp and vLLM all serve Chat Completions, streamed; not all serve Responses, and no two the same
subset. So the model is always asked on `/chat/completions`, streamed, and both routes are written here from what it
says. What a request must pass (signature, Project, limits, parameters) has been checked before.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from local.bedrock.ask import Ask, Call, End, Engine, Piece, Reasoning, Text, count, input_tokens
from local.bedrock.errors import RejectedError

_SILENCE = 300.0
_LONGEST_LINE = 8 * 1024 * 1024


def checked(url: str) -> str:
    """Give the base URL without a closing slash.

    Raises
    ------
    ValueError
        When it does not point at this machine: prompts do not leave it.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if parts.scheme not in ("http", "https") or not here:
        raise ValueError(
            f"LOCAL_MODEL_URL is {url!r}; it must be the base URL of a server on this machine, "
            "such as http://127.0.0.1:11434/v1"
        )
    return url.rstrip("/")


def from_environment(session: aiohttp.ClientSession, environment: Mapping[str, str]) -> Engine:
    """Make the engine that the variables `LOCAL_MODEL_…` describe.

    Raises
    ------
    ValueError
        The URL does not point at this machine, or what an answer stops at is no JSON list.
    """
    return engine(
        session,
        environment["LOCAL_MODEL_URL"],
        environment.get("LOCAL_MODEL_NAME"),
        environment.get("LOCAL_MODEL_KEY"),
        tuple(map(str, json.loads(environment.get("LOCAL_MODEL_STOP") or "[]"))),
    )


def engine(
    session: aiohttp.ClientSession,
    url: str,
    name: str | None,
    key: str | None = None,
    stop: tuple[str, ...] = (),
) -> Engine:
    """Make an engine that asks the server.

    Parameters
    ----------
    url
        Base URL, such as `http://127.0.0.1:11434/v1`.
    name
        The server's name of the model; None sends the Bedrock model id.
    key
        What the server asks for as a bearer token, or None.
    stop
        Texts at which each answer ends, beside the caller's: of a model that was not trained to stop.
    """
    base = checked(url)
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def speak(ask: Ask) -> AsyncIterator[Piece]:
        body = _body(ask, name or ask.model)
        if stop:
            body["stop"] = [*ask.stop, *stop]
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=_SILENCE)
        try:
            async with session.post(
                f"{base}/chat/completions", json=body, headers=headers, timeout=timeout
            ) as response:
                if response.status != 200:
                    # The server's own text may quote the prompt, so only its status is passed on.
                    text = f"the local model's server answered {response.status}"
                    raise RejectedError(502, "local_model_error", text, kind="server_error")
                async for piece in _pieces(ask, response.content):
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as problem:
            text = f"the local model's server at {base} did not answer: {type(problem).__name__}"
            raise RejectedError(503, "local_model_unreachable", text, kind="server_error") from None

    return speak


def _body(ask: Ask, model: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "messages": list(ask.messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        **ask.sampling,
    }
    if ask.tools:
        named = ask.tool_choice not in ("auto", "none", "required")
        choice: Any = {"type": "function", "function": {"name": ask.tool_choice}} if named else ask.tool_choice
        body |= {"tools": list(ask.tools), "tool_choice": choice}
    if ask.limit is not None:
        body["max_tokens"] = ask.limit
    if ask.stop:
        body["stop"] = list(ask.stop)
    if ask.schema is not None:
        schema = {"name": "answer", "schema": ask.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif ask.any_object:
        body["response_format"] = {"type": "json_object"}
    return body


async def _pieces(ask: Ask, content: aiohttp.StreamReader) -> AsyncIterator[Piece]:
    call: dict[str, str] = {"name": "", "arguments": ""}
    usage: dict[str, Any] = {}
    said, reason = 0, "stop"
    async for line in _lines(content):
        if not line.startswith(b"data:") or line[5:].strip() == b"[DONE]":
            continue
        event = json.loads(line[5:])
        usage = event.get("usage") or usage
        for choice in event.get("choices") or []:
            delta = choice.get("delta") or {}
            if thought := delta.get("reasoning_content") or delta.get("reasoning"):
                said += count(thought)
                yield Reasoning(thought)
            if text := delta.get("content"):
                said += count(text)
                yield Text(text)
            for part in delta.get("tool_calls") or []:
                # One tool call a turn: Gemma 4 on mantle makes no parallel ones.
                if part.get("index", 0) == 0:
                    function = part.get("function") or {}
                    call["name"] += function.get("name") or ""
                    call["arguments"] += function.get("arguments") or ""
            reason = choice.get("finish_reason") or reason
    if call["name"]:
        yield Call(call["name"], call["arguments"] or "{}")
        reason = "tool_calls"
    known = int(usage.get("prompt_tokens") or input_tokens(ask)), int(usage.get("completion_tokens") or said)
    yield End("length" if reason == "length" else "tool_calls" if reason == "tool_calls" else "stop", *known)


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length up to the limit; aiohttp's own reader stops at 64 KiB or so."""
    rest = b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
        if len(rest) > _LONGEST_LINE:
            raise aiohttp.ClientPayloadError("line too long")
    if rest:
        yield rest
