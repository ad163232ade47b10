"""Responses, on the way out in events: takes bedrock-mantle's, puts into the outbox what the client will get.

Events are made anew and numbered anew. Of bedrock-mantle's, those are read that carry something: a response's beginning
and end, an item's, and the pieces of a text. What OpenAI's clients expect around them (``content_part.added``,
``output_text.done``, ``output_item.done``…) is made here, with the cleared text; so is the response inside of
``response.completed``. A tool call is buffered, guarded whole, and released at once.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import json

from ..core.errors import ProxyError, UpstreamFailedError
from ..core.jsontext import compact
from ..core.usage import Usage, count, word
from ..http.sse import frame
from ..request.texts import sound, unescaped
from . import structured
from .chat_answer import cleared_call
from .responses_answer import new_part, shell, text_of
from .shapes import unreadable
from .structured import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..release.outbox import Channel, Outbox
    from ..request.prepared import Prepared

#: Events that carry a piece of a text -> the kind of the part that it is of, and the name of their index.
_DELTAS = {
    "response.output_text.delta": ("output_text", "content_index"),
    "response.refusal.delta": ("refusal", "content_index"),
    "response.reasoning_text.delta": ("reasoning_text", "content_index"),
    "response.reasoning_summary_text.delta": ("summary_text", "summary_index"),
}
_ENDS = frozenset(("response.completed", "response.incomplete"))
_FAILURES = frozenset(("error", "response.failed"))
#: Kind of a part -> the events around it: added, delta, done, part done, and where it stands in its item.
_AROUND = {
    "output_text": ("response.content_part.added", "response.output_text", "response.content_part.done", "content"),
    "refusal": ("response.content_part.added", "response.refusal", "response.content_part.done", "content"),
    "reasoning_text": (
        "response.content_part.added",
        "response.reasoning_text",
        "response.content_part.done",
        "content",
    ),
    "summary_text": (
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text",
        "response.reasoning_summary_part.done",
        "summary",
    ),
}


class _Item:
    """An item that is being written: as bedrock-mantle numbers it, and as the client will see it."""

    __slots__ = ("arguments", "at", "channel", "kind", "made", "name", "part", "shape")

    def __init__(self, at: int, kind: str, made: dict[str, Any]) -> None:
        self.at = at
        self.kind = kind
        self.made = made
        self.part: tuple[str, int] | None = None  # the part that is open: its kind, and bedrock-mantle's index of it
        self.channel: Channel | None = None
        self.shape: Shape | None = None  # of the open part, if it is structured output
        self.name = ""
        self.arguments = ""


class Events:
    """An answer in events.

    Attributes
    ----------
    usage
        What it took, as far as the service said so yet.
    complete
        Whether the answer has come to its end.
    """

    def __init__(self, prepared: Prepared, out: Outbox) -> None:
        self.usage = Usage()
        self.complete = False
        self._prepared = prepared
        self._out = out
        self._number = 0
        self._response: dict[str, Any] | None = None
        self._item: _Item | None = None
        self._items = 0
        self._output: list[dict[str, Any]] = []  # the items that have been released
        self._shown: dict[str, Any] | None = None  # the one that is being released
        self._shapes: list[tuple[Shape, Channel]] = []  # texts that must come to the JSON that was asked for
        self._instead = False  # a call or a refusal stands instead of them

    def take(self, data: bytes) -> None:
        """Take one event."""
        if data == b"[DONE]":
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise unreadable("an event is not JSON") from None
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str) or kind in _FAILURES:
            raise UpstreamFailedError(
                "The inference endpoint broke off its answer with an error.", code="upstream_error"
            )
        if self.complete:
            raise unreadable("an event after the end")
        if kind in _DELTAS:
            self._delta(event, *_DELTAS[kind])
        elif kind == "response.created":
            self._begin(event.get("response"))
        elif kind == "response.output_item.added":
            self._open(event.get("item"))
        elif kind == "response.function_call_arguments.delta":
            self._arguments(event.get("delta"))
        elif kind == "response.output_item.done":
            self._close(event.get("item"))
        elif kind in _ENDS:
            self._end(kind, event.get("response"))

    def end(self) -> None:
        """Say that no event follows."""
        if not self.complete:
            raise UpstreamFailedError("The inference endpoint broke off its answer.", code="upstream_truncated")

    def blocked(self, message: str) -> bytes:
        """Return the events that end a stream of which the guardrail blocked the rest."""
        self._begin(None, now=True)
        response = self._now("incomplete")
        response["incomplete_details"] = {"reason": "content_filter"}
        if not self._out.texts_released and not response["output"]:
            part = {**new_part("output_text"), "text": message}
            made = {"type": "message", "id": "msg_guardrail", "status": "incomplete", "role": "assistant"}
            response["output"] = [{**made, "content": [part]}]
        return self._frame("response.incomplete", response=response)

    def failed(self, error: ProxyError) -> bytes:
        """Return the events that end a stream which cannot go on."""
        said = self._frame("error", code=error.code, message=error.message, param=error.param)
        if self._response is None:
            return said
        response = self._now("failed")
        response["error"] = {"code": "server_error", "message": error.message}
        return said + self._frame("response.failed", response=response)

    def _now(self, status: str) -> dict[str, Any]:
        begun = [{**self._shown, "status": "incomplete"}] if self._shown else []
        return {**(self._response or {}), "status": status, "output": [*self._output, *begun]}

    def _begin(self, response: Any, *, now: bool = False) -> None:
        if self._response is not None:
            return
        made = shell(response if isinstance(response, dict) else {}, self._prepared, self.usage)
        self._response = {**made, "status": "in_progress", "usage": None}
        if now:
            return
        self._out.event(lambda: self._frame("response.created", response=self._response))
        self._out.event(lambda: self._frame("response.in_progress", response=self._response))

    def _open(self, value: Any) -> None:
        self._begin(None)
        self._close(None)
        if not isinstance(value, dict):
            raise unreadable("an item of the output")
        kind, at = value.get("type"), self._items
        if kind == "message":
            made = {"type": kind, "id": word(value.get("id"), f"msg_{at}"), "role": "assistant", "content": []}
        elif kind == "reasoning":
            made = {"type": kind, "id": word(value.get("id"), f"rs_{at}"), "summary": [], "content": []}
        elif kind == "function_call":
            id, call = word(value.get("id"), f"fc_{at}"), word(value.get("call_id"), f"call_{at}")
            made = {"type": kind, "id": id, "call_id": call}
        else:
            raise unreadable("an item of the output")
        self._items += 1
        item = self._item = _Item(at, kind, made)
        if kind == "function_call":
            self._instead = True
            item.name = text_of(value.get("name"), "function_call")
            return
        self._add(item)

    def _add(self, item: _Item) -> None:
        started = {**item.made, "status": "in_progress"}

        def begun() -> bytes:
            self._shown = item.made
            return self._frame("response.output_item.added", output_index=item.at, item=started)

        self._out.event(begun)

    def _arguments(self, delta: Any) -> None:
        if self._item is None or self._item.kind != "function_call":
            raise unreadable("arguments of no call")
        self._item.arguments += text_of(delta, "arguments")

    def _delta(self, event: dict[str, Any], kind: str, index_name: str) -> None:
        item = self._item
        wanted = "reasoning" if kind in ("reasoning_text", "summary_text") else "message"
        if item is None or item.kind != wanted:
            # Some servers write a text without saying that its item begins.
            self._open({"type": wanted, "id": event.get("item_id")})
            item = self._item
        if item is None:
            raise unreadable("a text of no item")
        part = (kind, count(event.get(index_name), 0) or 0)
        if item.part != part:
            self._close_part(item)
            self._open_part(item, part)
        self._feed(item, text_of(event.get("delta"), "a delta"))

    def _feed(self, item: _Item, text: str) -> None:
        if item.channel is not None:
            item.channel.feed(text if item.shape is None else item.shape.feed(text))

    def _open_part(self, item: _Item, part: tuple[str, int]) -> None:
        item.part = part
        kind = part[0]
        added, stem, _, place = _AROUND[kind]
        index = len(item.made[place])
        made = new_part(kind)
        item.made[place] = [*item.made[place], made]
        where = self._where(item, place, index)
        empty = new_part(kind)
        self._out.event(lambda: self._frame(added, **where, part=empty))
        extra: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
        key = "refusal" if kind == "refusal" else "text"

        def delta(text: str) -> bytes:
            made[key] += text
            return self._frame(f"{stem}.delta", **where, delta=text, **extra)

        item.channel = self._out.open(delta)
        if kind == "output_text" and self._prepared.form is not None:
            item.shape = Shape(self._prepared.form)
            self._shapes.append((item.shape, item.channel))
        self._instead = self._instead or kind == "refusal"

    def _where(self, item: _Item, place: str, index: int) -> dict[str, Any]:
        name = "summary_index" if place == "summary" else "content_index"
        return {"item_id": item.made["id"], "output_index": item.at, name: index}

    def _close_part(self, item: _Item) -> None:
        channel, part = item.channel, item.part
        if channel is None or part is None:
            return
        if item.shape is not None:
            channel.feed(item.shape.rest())
        item.channel = item.part = item.shape = None
        channel.close()
        kind = part[0]
        _, stem, done, place = _AROUND[kind]
        made = item.made[place][-1]
        where = self._where(item, place, len(item.made[place]) - 1)
        key = "refusal" if kind == "refusal" else "text"

        def finished() -> bytes:
            extra: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
            return self._frame(f"{stem}.done", **where, **{key: made[key]}, **extra) + self._frame(
                done, **where, part=made
            )

        self._out.event(finished)

    def _close(self, value: Any) -> None:
        item = self._item
        if item is None:
            return
        self._item = None
        if item.kind == "function_call":
            self._close_call(item, value)
            return
        if isinstance(value, dict) and not item.made["content"] and not item.made.get("summary"):
            self._unannounced(item, value)
        self._close_part(item)
        status = word(value.get("status"), "completed") if isinstance(value, dict) else "completed"

        def finished() -> bytes:
            made = {**item.made, "status": status}
            self._shown = None
            self._output.append(made)
            return self._frame("response.output_item.done", output_index=item.at, item=made)

        self._out.event(finished)

    def _unannounced(self, item: _Item, value: dict[str, Any]) -> None:
        """Take the texts of an item that came without a delta."""
        kinds = ("reasoning_text", "summary_text") if item.kind == "reasoning" else ("output_text", "refusal")
        for place in ("summary", "content"):
            parts = value.get(place)
            for at, part in enumerate(parts if isinstance(parts, list) else ()):
                kind = part.get("type") if isinstance(part, dict) else None
                if kind not in kinds:
                    raise unreadable("a part of the output")
                self._close_part(item)
                self._open_part(item, (str(kind), at))
                self._feed(item, text_of(part.get("refusal" if kind == "refusal" else "text"), "a part"))

    def _close_call(self, item: _Item, value: Any) -> None:
        if isinstance(value, dict) and isinstance(value.get("arguments"), str):
            item.arguments = value["arguments"]
        arguments = unescaped(sound(item.arguments))
        name, channel = self._out.whole(item.name), self._out.whole(arguments)

        def finished() -> bytes:
            call = {**item.made, **cleared_call(item.name, name, arguments, channel)}
            where = {"item_id": item.made["id"], "output_index": item.at}
            started = {**call, "arguments": "", "status": "in_progress"}
            done = {**call, "status": "completed"}
            self._output.append(done)
            return b"".join(
                (
                    self._frame("response.output_item.added", output_index=item.at, item=started),
                    self._frame("response.function_call_arguments.delta", **where, delta=call["arguments"]),
                    self._frame("response.function_call_arguments.done", **where, **_only(call, "name", "arguments")),
                    self._frame("response.output_item.done", output_index=item.at, item=done),
                )
            )

        self._out.event(finished)

    def _end(self, kind: str, response: Any) -> None:
        if not isinstance(response, dict):
            raise unreadable("the response")
        self._begin(response)
        self._close(None)
        self.usage.read(response.get("usage"), response.get("service_tier"))
        self.complete = True
        if kind == "response.completed" and self._prepared.form is not None and not self._instead:
            for shape, _ in self._shapes:
                shape.check()
            if not self._shapes:
                structured.check("", self._prepared.form)
        final = shell(response, self._prepared, self.usage)
        final["status"] = kind.removeprefix("response.")
        final["id"] = (self._response or final)["id"]

        def finished() -> bytes:
            for shape, channel in self._shapes:
                shape.masked(channel.cleared)
            return self._frame(kind, response={**final, "output": self._output})

        self._out.event(finished)

    def _frame(self, kind: str, **rest: Any) -> bytes:
        event = {"type": kind, "sequence_number": self._number, **rest}
        self._number += 1
        return frame(compact(event).encode(), kind)


def _only(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names}
