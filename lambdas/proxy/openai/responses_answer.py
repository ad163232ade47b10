"""Responses, on the way out in one piece: what an answer may hold, and what of it is guarded.

An answer is made anew from the fields that OpenAI documents; an item or a part of another kind ends it with an error,
since what is not understood cannot be guarded.

https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

import time

from ..core.usage import Usage, count, numbers, word
from ..request.texts import Arguments, Name, Slot, sound
from . import structured
from .shapes import unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..request.prepared import Prepared

_REASONS = ("max_output_tokens", "content_filter")
_STATUSES = ("in_progress", "completed", "incomplete", "failed", "queued", "cancelled")


def shell(answer: dict[str, Any], prepared: Prepared, usage: Usage) -> dict[str, Any]:
    """Return a response object without its output: ids, state and counts as they came."""
    body = prepared.body
    details = answer.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    status = answer.get("status")
    return {
        "id": word(answer.get("id"), "resp_cloister"),
        "object": "response",
        "created_at": count(answer.get("created_at"), int(time.time())),
        "status": status if status in _STATUSES else "completed",
        "background": False,
        "error": None,
        "incomplete_details": {"reason": reason} if reason in _REASONS else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": prepared.metadata,
        "model": prepared.model.id,
        "output": [],
        "parallel_tool_calls": prepared.model.parallel_tool_calls,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None, **body.get("reasoning", {})},
        "service_tier": usage.tier or prepared.tier,
        "store": False,
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text", {"format": {"type": "text"}}),
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools", []),
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": numbers(answer.get("usage")),
    }


def text_of(value: Any, what: str) -> str:
    """Return a text of an answer."""
    if not isinstance(value, str):
        raise unreadable(what)
    return sound(value)


class Whole:
    """An answer in one piece.

    Attributes
    ----------
    slots
        Its texts, for the guardrail; reasoning is one of them.
    usage
        What it took.
    """

    def __init__(self, answer: dict[str, Any], prepared: Prepared) -> None:
        self.usage = Usage()
        self.usage.read(answer.get("usage"), answer.get("service_tier"))
        self.slots: list[Slot] = []
        output = answer.get("output")
        if not isinstance(output, list):
            raise unreadable("output")
        self._form = prepared.form
        self._body = shell(answer, prepared, self.usage)
        self._body["output"] = [self._item(item, at) for at, item in enumerate(output)]

    def _item(self, value: Any, at: int) -> dict[str, Any]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind == "message":
            return {
                "type": kind,
                "id": word(value.get("id"), f"msg_{at}"),
                "status": word(value.get("status"), "completed"),
                "role": "assistant",
                "content": self._parts(value.get("content"), ("output_text", "refusal")),
            }
        if kind == "reasoning":
            return {
                "type": kind,
                "id": word(value.get("id"), f"rs_{at}"),
                "summary": self._parts(value.get("summary") or [], ("summary_text",)),
                "content": self._parts(value.get("content") or [], ("reasoning_text",)),
            }
        if kind == "function_call":
            call = {
                "type": kind,
                "id": word(value.get("id"), f"fc_{at}"),
                "call_id": word(value.get("call_id"), f"call_{at}"),
                "status": word(value.get("status"), "completed"),
                "name": text_of(value.get("name"), "function_call"),
                "arguments": text_of(value.get("arguments"), "function_call"),
            }
            self.slots.append(Name(call, "name", "function_call.name"))
            self.slots.append(Arguments(call, "arguments", "function_call.arguments"))
            return call
        raise unreadable("an item of the output")

    def _parts(self, value: Any, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise unreadable("content")
        return [self._part(part, kinds) for part in value]

    def _part(self, value: Any, kinds: tuple[str, ...]) -> dict[str, Any]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind == "text" and "reasoning_text" in kinds:
            kind = "reasoning_text"
        if kind not in kinds:
            raise unreadable("a part of the output")
        part = new_part(str(kind))
        key = "refusal" if kind == "refusal" else "text"
        part[key] = text_of(value.get(key), "a part of the output")
        self.slots.append(Slot(part, key, f"output.{kind}"))
        return part

    def shape(self) -> None:
        """Make of the text the JSON that was asked for, if it was, before it is guarded.

        Raises
        ------
        StructuredOutputError
        """
        if self._form is None or self._body["status"] != "completed":
            return
        items = [item for item in self._body["output"] if item["type"] != "reasoning"]
        parts = [part for item in items if item["type"] == "message" for part in item["content"]]
        if any(item["type"] == "function_call" for item in items) or any(part["type"] == "refusal" for part in parts):
            return  # these stand instead of it
        if not parts:
            structured.settle("", self._form)
        for part in parts:
            part["text"] = structured.settle(part["text"], self._form)
            self.slots = [slot for slot in self.slots if slot.holder is not part]
            self.slots.append(Arguments(part, "text", "output.output_text"))

    def body(self) -> dict[str, Any]:
        """Return the answer, with what the guardrail masked in its slots."""
        return self._body

    def blocked(self, message: str) -> dict[str, Any]:
        """Return the answer that says that the guardrail blocked the model's."""
        part = {**new_part("output_text"), "text": message}
        item = {
            "type": "message",
            "id": "msg_guardrail",
            "status": "incomplete",
            "role": "assistant",
            "content": [part],
        }
        filtered = {"reason": "content_filter"}
        self._body.update(status="incomplete", incomplete_details=filtered, output=[item])
        return self._body


def new_part(kind: str) -> dict[str, Any]:
    """Return an empty part of a kind."""
    if kind == "output_text":
        return {"type": kind, "text": "", "annotations": [], "logprobs": []}
    return {"type": kind, "refusal" if kind == "refusal" else "text": ""}
