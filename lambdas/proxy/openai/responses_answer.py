"""Responses, on the way out in one piece: what an answer may hold, and what of it is guarded.

An answer is made anew from the fields that OpenAI documents; an item or a part of another kind ends it with an error,
since what is not understood cannot be guarded.

https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

import time

from ..core.usage import Usage, count, numbers
from ..request.ids import fresh, given, unlike
from ..request.texts import Arguments, Name, Slot, Structured, sound
from . import shapes, structured
from .calls import Call
from .shapes import broken_off, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..request.ids import Ids
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
        "id": given(answer.get("id"), "resp"),
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
        if self._body["status"] in ("failed", "cancelled") or answer.get("error") is not None:
            raise broken_off()
        self._ids = prepared.ids
        self._texts: dict[str, list[Slot]] = {}
        self._body["output"] = [self._item(item) for item in output]
        for texts in self._texts.values():
            self.slots += texts
        seen: dict[str, int] = {}
        for item in self._body["output"]:
            item["id"] = unlike(item["id"], seen)

    def _item(self, value: Any) -> dict[str, Any]:
        made = item_of(value)
        if made["type"] == "function_call":
            call = {**call_of(value, made, self._ids), "status": _status(value)}
            call["name"] = text_of(value.get("name"), "function_call")
            written = Call(None)
            written.add(shapes.arguments(value.get("arguments")))
            call["arguments"] = written.arguments(cut=call["status"] == "incomplete")
            self.slots.append(Name(call, "name", "function_call.name"))
            self.slots.append(Arguments(call, "arguments", "function_call.arguments"))
            return call
        if made["type"] == "message":
            made["status"] = _status(value)
        for kind, text in parts_of(value):
            part = new_part(kind)
            key = "refusal" if kind == "refusal" else "text"
            part[key] = text
            # Clients put the texts of an answer together: what follows another of its kind is read as one with it.
            texts = self._texts.setdefault("output_text" if kind == "refusal" else kind, [])
            texts.append(Slot(part, key, f"output.{kind}", follows=texts[-1] if texts else None))
            made["summary" if kind == "summary_text" else "content"].append(part)
        return made

    def shape(self) -> None:
        """Make of the text the JSON that was asked for, if it was, before it is guarded.

        Raises
        ------
        StructuredOutputError
        """
        if self._form is None:
            return
        items = [item for item in self._body["output"] if item["type"] != "reasoning"]
        parts = [part for item in items if item["type"] == "message" for part in item["content"]]
        texts = [part for part in parts if part["type"] == "output_text"]
        # A refusal and a call stand instead of it, and an answer that was cut short says so itself.
        instead = len(texts) < len(parts) or any(item["type"] == "function_call" for item in items)
        if not instead and self._body["status"] == "completed":
            if not texts:
                structured.settle("", self._form)
            for part in texts:
                part["text"] = structured.settle(part["text"], self._form)
        settled = {id(part) for part in texts}
        self.slots = [slot for slot in self.slots if id(slot.holder) not in settled]
        self.slots += [Structured(part, "text", "output.output_text") for part in texts]

    def body(self) -> dict[str, Any]:
        """Return the answer, with what the guardrail masked in its slots."""
        return self._body

    def blocked(self, message: str) -> dict[str, Any]:
        """Return the answer that says that the guardrail blocked the model's."""
        item = blocked_item(message, fresh("msg"))
        filtered = {"reason": "content_filter"}
        self._body.update(status="incomplete", incomplete_details=filtered, output=[item])
        return self._body


def new_part(kind: str) -> dict[str, Any]:
    """Return an empty part of a kind."""
    if kind == "output_text":
        return {"type": kind, "text": "", "annotations": [], "logprobs": []}
    return {"type": kind, "refusal" if kind == "refusal" else "text": ""}


def blocked_item(message: str, id: str) -> dict[str, Any]:
    """Return the message that says that the guardrail blocked the answer."""
    part = {**new_part("output_text"), "text": message}
    return {"type": "message", "id": id, "status": "incomplete", "role": "assistant", "content": [part]}


def item_of(value: Any) -> dict[str, Any]:
    """Return an item without what was written in it.

    Raises
    ------
    UpstreamFailedError
        If it is of a kind that is not known: it could not be guarded.
    """
    kind = value.get("type", "message") if isinstance(value, dict) else None
    if kind == "message":
        return {"type": kind, "id": given(value.get("id"), "msg"), "role": "assistant", "content": []}
    if kind == "reasoning":
        return {"type": kind, "id": given(value.get("id"), "rs"), "summary": [], "content": []}
    if kind == "function_call":
        return {"type": kind, "id": given(value.get("id"), "fc")}
    raise unreadable("an item of the output")


def call_of(value: dict[str, Any], made: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """Return a call with the id by which its result is put to it."""
    return {**made, "call_id": ids.answered(value.get("call_id") or value.get("id"))}


def parts_of(value: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the texts of a message or of reasoning, each with the kind of its part.

    Raises
    ------
    UpstreamFailedError
        If a part is of a kind that is not known.
    """
    reasoning = value.get("type") == "reasoning"
    found = []
    for place, plain in (("summary", "summary_text"), ("content", "reasoning_text" if reasoning else "output_text")):
        parts = value.get(place) if reasoning or place == "content" else None
        for part in [parts] if isinstance(parts, str) else parts if isinstance(parts, list) else ():
            if isinstance(part, str):
                found.append((plain, sound(part)))
                continue
            kind = part.get("type") if isinstance(part, dict) else None
            kind = plain if kind == "text" else kind
            if kind != plain and not (kind == "refusal" and not reasoning):
                raise unreadable("a part of the output")
            found.append((kind, text_of(part.get("refusal" if kind == "refusal" else "text"), "a part of the output")))
    return found


def _status(value: dict[str, Any]) -> str:
    return "incomplete" if value.get("status") == "incomplete" else "completed"
