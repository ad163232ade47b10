"""The Responses route: reads a request into the common form, and describes the response object.

Shapes: https://platform.openai.com/docs/api-reference/responses. On this route a reasoning item stands before the
answer, and `store` defaults to true: the service keeps input and output for 30 days
(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.bedrock.ask import Ask, End
from local.bedrock.checks import call_id, choice_of, integer, not_empty, picture, take
from local.bedrock.errors import RejectedError

_SAMPLING = ("temperature", "top_p")
LONGEST_ID = 64
"""Characters of a tool call's id."""
LEAST_OUTPUT = 16
"""Smallest max_output_tokens that the route takes."""


def read(body: Mapping[str, Any]) -> Ask:
    """Read a request body that has passed the parameter checks.

    Raises
    ------
    RejectedError
        400, naming the parameter.
    """
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else take(body, "input", list)
    messages = [_message(item, f"input[{place}]") for place, item in enumerate(items)]
    if body.get("instructions"):
        messages.insert(0, {"role": "system", "content": body["instructions"]})
    named = body.get("tool_choice")
    wanted = (body.get("text") or {}).get("format") or {}
    return Ask(
        model=str(body["model"]),
        messages=[message for message in messages if message],
        tools=[_tool(tool, place) for place, tool in enumerate(take(body, "tools", list, []))],
        tool_choice=str(named["name"]) if isinstance(named, dict) else choice_of(named),
        schema=wanted.get("schema", {}) if wanted.get("type") == "json_schema" else None,
        any_object=wanted.get("type") == "json_object",
        limit=integer(body, "max_output_tokens", LEAST_OUTPUT),
        effort=(body.get("reasoning") or {}).get("effort"),
        tier=body.get("service_tier") or "default",
        sampling={name: body[name] for name in _SAMPLING if body.get(name) is not None},
    )


def _tool(tool: Any, place: int) -> dict[str, Any]:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        raise RejectedError(400, "invalid_value", "only function tools are served here.", param=f"tools[{place}].type")
    return {
        "type": "function",
        "function": {key: tool[key] for key in ("name", "description", "parameters") if key in tool},
    }


def _message(item: Any, where: str) -> dict[str, Any]:
    """An input item as a chat message; a reasoning item counts for nothing."""
    kind = item.get("type", "message") if isinstance(item, dict) else None
    if kind in ("function_call", "function_call_output"):
        call_id(item.get("call_id"), f"{where}.call_id", LONGEST_ID)
    if kind == "message":
        content = item.get("content")
        not_empty(content, f"{where}.content")
        parts = content if isinstance(content, list) else []
        return {
            "role": item.get("role", "user"),
            "content": [_part(part, f"{where}.content[{n}]") for n, part in enumerate(parts)] if parts else content,
        }
    if kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if kind == "function_call_output":
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}
    if kind == "reasoning":
        return {}
    raise RejectedError(400, "invalid_value", f"{where}.type {kind!r} is not served here.", param=f"{where}.type")


def _part(part: Any, where: str) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in ("input_text", "output_text", "text"):
        return {"type": "text", "text": part.get("text", "")}
    if kind == "input_image":
        picture(part.get("image_url"), f"{where}.image_url")
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    raise RejectedError(400, "invalid_value", f"{where}.type must be input_text or input_image.", param=f"{where}.type")


def identifier(kind: str) -> str:
    """Make an id such as `resp_…`, `msg_…`, `fc_…`."""
    return f"{kind}_{uuid.uuid4().hex}"


def skeleton(ask: Ask, body: Mapping[str, Any], *, store: bool) -> dict[str, Any]:
    """The response object before anything is in it."""
    return {
        "id": identifier("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": ask.limit,
        "metadata": body.get("metadata") or {},
        "model": ask.model,
        "output": [],
        "parallel_tool_calls": False,
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": ask.effort, "summary": None},
        "service_tier": ask.tier,
        "store": store,
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 0.95),
        "truncation": "disabled",
        "usage": None,
        "user": body.get("user"),
    }


def finished(response: dict[str, Any], end: End) -> dict[str, Any]:
    """The response object at its end: `completed`, or `incomplete` when the limit cut it."""
    cut = end.reason == "length"
    response["status"] = "incomplete" if cut else "completed"
    response["incomplete_details"] = {"reason": "max_output_tokens"} if cut else None
    response["usage"] = {
        "input_tokens": end.input_tokens,
        # Implicit caching exists for Gemma 4; this stand-in caches nothing.
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": end.output_tokens,
        # 0 even with real reasoning: reported of the service.
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": end.input_tokens + end.output_tokens,
    }
    return response
