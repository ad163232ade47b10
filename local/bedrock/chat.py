"""The Chat Completions route: reads a request, writes the answer whole or as server-sent events.

Reasoning never appears on this route (model cards); one tool call a turn. Shapes:
https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from local.bedrock.ask import Ask, Call, End, Piece, Text
from local.bedrock.checks import call_id, choice_of, integer, not_empty, picture, take, texts_of
from local.bedrock.errors import RejectedError, dumps

LONGEST_ID = 40
"""Characters of a tool call's id."""
_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed")


def read(body: Mapping[str, Any]) -> Ask:
    """Read a request body that has passed the parameter checks.

    Raises
    ------
    RejectedError
        400, naming the parameter.
    """
    messages = take(body, "messages", list)
    if not messages:
        raise RejectedError(400, "invalid_value", "messages is empty: give at least one message.", param="messages")
    for place, message in enumerate(messages):
        _message(message, f"messages[{place}]")
    wanted = body.get("response_format") or {}
    named = body.get("tool_choice")
    return Ask(
        model=str(body["model"]),
        messages=messages,
        tools=take(body, "tools", list, []),
        tool_choice=str(named["function"]["name"]) if isinstance(named, dict) else choice_of(named),
        schema=wanted["json_schema"].get("schema", {}) if wanted.get("type") == "json_schema" else None,
        any_object=wanted.get("type") == "json_object",
        limit=integer(body, "max_completion_tokens") or integer(body, "max_tokens"),
        stop=texts_of(body.get("stop"), "stop"),
        effort=body.get("reasoning_effort"),
        tier=body.get("service_tier") or "default",
        sampling={name: body[name] for name in _SAMPLING if body.get(name) is not None},
    )


def _message(message: Any, where: str) -> None:
    roles = ("system", "developer", "user", "assistant", "tool")
    if not isinstance(message, dict) or message.get("role") not in roles:
        raise RejectedError(400, "invalid_value", f"{where}.role must be one of {', '.join(roles)}.", param=where)
    content = message.get("content")
    not_empty(content, f"{where}.content")
    not_empty(message.get("tool_calls"), f"{where}.tool_calls")
    for place, call in enumerate(message.get("tool_calls") or ()):
        call_id(call.get("id"), f"{where}.tool_calls[{place}].id", LONGEST_ID)
    if message["role"] == "tool":
        call_id(message.get("tool_call_id"), f"{where}.tool_call_id", LONGEST_ID)
    for place, part in enumerate(content if isinstance(content, list) else []):
        if isinstance(part, dict) and part.get("type") == "image_url":
            picture((part.get("image_url") or {}).get("url"), f"{where}.content[{place}].image_url.url")


def _usage(end: End) -> dict[str, Any]:
    return {
        "prompt_tokens": end.input_tokens,
        "completion_tokens": end.output_tokens,
        "total_tokens": end.input_tokens + end.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _head(ask: Ask, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": ask.model,
        "service_tier": ask.tier,
    }


def _tool_call(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}


async def whole(ask: Ask, pieces: AsyncIterator[Piece]) -> dict[str, Any]:
    """Write the answer as one object."""
    text, calls, end = "", [], End("stop", 0, 0)
    async for piece in pieces:
        if isinstance(piece, Text):
            text += piece.text
        elif isinstance(piece, Call):
            calls.append(_tool_call(piece))
        elif isinstance(piece, End):
            end = piece
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    answer = {"index": 0, "message": message, "logprobs": None, "finish_reason": end.reason}
    return {**_head(ask, "chat.completion"), "choices": [answer], "usage": _usage(end)}


async def stream(ask: Ask, pieces: AsyncIterator[Piece], *, include_usage: bool) -> AsyncIterator[bytes]:
    """Write the answer as `chat.completion.chunk` events and a closing `[DONE]`."""
    head = _head(ask, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        body = {**head, "choices": choices}
        if include_usage:
            body["usage"] = None
        return f"data: {dumps(body)}\n\n".encode()

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    async for piece in pieces:
        if isinstance(piece, Text):
            yield chunk({"content": piece.text})
        elif isinstance(piece, Call):
            call = _tool_call(piece)
            first = {**call, "index": 0, "function": {"name": piece.name, "arguments": ""}}
            yield chunk({"tool_calls": [first]})
            for place in range(0, len(piece.arguments), 12):
                part = {"index": 0, "function": {"arguments": piece.arguments[place : place + 12]}}
                yield chunk({"tool_calls": [part]})
        elif isinstance(piece, End):
            yield chunk({}, piece.reason)
            if include_usage:
                yield f"data: {dumps({**head, 'choices': [], 'usage': _usage(piece)})}\n\n".encode()
    yield b"data: [DONE]\n\n"
