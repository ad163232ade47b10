"""Responses, on the way out in events: takes bedrock-mantle's, puts into the outbox what the client will get.

Of bedrock-mantle's events those are read that carry something: a response's beginning and end, an item's, and the
pieces of a text. What OpenAI's clients expect around them is made anew (:mod:`responses_writer`), with the cleared
text. A tool call is buffered, guarded whole, and released at once.

What an event says again of what came before it (``….done``, and the whole response at the end) must say the same, or
more: what came in no piece is taken from there. If it says something else, the answer ends with an error.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import json

from ..core.errors import ProxyError, UpstreamFailedError
from ..core.usage import Usage, count
from . import shapes, structured
from .responses_answer import call_of, item_of, parts_of, shell
from .responses_pieces import Spoken, WrittenCall
from .responses_writer import Writer
from .shapes import broken_off, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..release.outbox import Channel, Outbox
    from ..request.prepared import Prepared
    from .structured import Shape

#: Events that carry a piece of a text -> the kind of the part that it is of, and the name of their index.
_DELTAS = {
    "response.output_text.delta": ("output_text", "content_index"),
    "response.refusal.delta": ("refusal", "content_index"),
    "response.reasoning_text.delta": ("reasoning_text", "content_index"),
    "response.reasoning_summary_text.delta": ("summary_text", "summary_index"),
}
#: … and those that say the whole of it again.
_WHOLE = {f"{name.removesuffix('delta')}done": of for name, of in _DELTAS.items()}
_ENDS = frozenset(("response.completed", "response.incomplete", "response.done"))
_FAILURES = frozenset(("error", "response.failed", "response.error", "response.cancelled"))
_CALL = "response.function_call_arguments"


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
        self._writer = Writer(out)
        self._ended: dict[str, Any] = {}  # the response at its end, as it came
        self._open: Spoken | None = None
        self._spoken: list[Spoken] = []  # every message, for what the end says of them
        self._calls: list[WrittenCall] = []  # every call
        self._going: dict[int, WrittenCall] = {}  # those that are not complete
        self._waiting: list[WrittenCall] = []  # those that are complete while a text is open
        self._shapes: list[tuple[Shape, Channel]] = []  # texts that must come to the JSON that was asked for
        self._instead = False  # a call or a refusal stands instead of them

    def take_all(self, events: Sequence[bytes]) -> None:
        """Take events that came together."""
        for data in events:
            self.take(data)

    def take(self, data: bytes) -> None:
        """Take one event."""
        if data.strip() in (b"[DONE]", b""):
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise unreadable("an event is not JSON") from None
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str) or kind in _FAILURES:
            raise broken_off()
        if self.complete:
            if kind == "response.output_item.added" or kind.endswith(".delta"):
                raise unreadable("an event after the end")
        elif kind in _DELTAS:
            self._delta(event, *_DELTAS[kind])
        elif kind in _WHOLE:
            self._again(event, *_WHOLE[kind])
        elif kind == "response.created":
            self._begin(event.get("response"))
        elif kind == "response.output_item.added":
            self._add(event, event.get("item"))
        elif kind == f"{_CALL}.delta":
            self._call(event).add(shapes.arguments(event.get("delta")))
        elif kind == f"{_CALL}.done":
            self._call(event).said(event.get("name"), event.get("arguments"))
        elif kind == "response.output_item.done":
            self._done(event, event.get("item"))
        elif kind in _ENDS:
            self._end(kind, event.get("response"))
        elif kind.endswith(".delta") and "reasoning" not in kind:
            raise unreadable("a piece of what is not known")

    def end(self) -> None:
        """Say that no event follows."""
        if not self.complete:
            raise UpstreamFailedError("The inference endpoint broke off its answer.", code="upstream_truncated")

    def blocked(self, message: str) -> bytes:
        """Return the events that end a stream of which the guardrail blocked the rest."""
        return self._writer.blocked(shell(self._ended, self._prepared, self.usage), message)

    def failed(self, error: ProxyError) -> bytes:
        """Return the events that end a stream which cannot go on."""
        return self._writer.failed(error)

    def _begin(self, response: Any) -> None:
        if self._writer.response is None:
            self._writer.begin(shell(response if isinstance(response, dict) else {}, self._prepared, self.usage))

    def _add(self, event: dict[str, Any], value: Any) -> None:
        self._begin(None)
        if isinstance(value, dict) and value.get("type") == "function_call":
            self._add_call(event, value)
        else:
            self._add_text(event, value)

    def _add_call(self, event: dict[str, Any], value: dict[str, Any]) -> WrittenCall:
        self._instead = True
        call = WrittenCall(event, call_of(value, item_of(value), self._prepared.ids))
        call.said(value.get("name"), None)
        call.add(shapes.arguments(value.get("arguments")))
        self._calls.append(call)
        self._going[id(call)] = call
        return call

    def _add_text(self, event: dict[str, Any], value: Any) -> Spoken:
        self._close()
        made = item_of(value)
        item = self._open = Spoken(event, made["type"], self._writer.item(made))
        self._spoken.append(item)
        return item

    def _known(self, event: dict[str, Any]) -> WrittenCall | None:
        """Return the open call that an event is about, if there is one."""
        there = list(self._going.values())
        known = [call for call in there if call.is_of(event)]
        if not known and event.get("output_index") is None and len(there) == 1:
            known = there
        return next((call for call in known if call.id == event.get("item_id")), known[-1]) if known else None

    def _call(self, event: dict[str, Any]) -> WrittenCall:
        call = self._known(event)
        if call is None:
            raise unreadable("arguments of no call")
        return call

    def _text(self, event: dict[str, Any], kind: str) -> Spoken:
        """Return the item that a piece of a text is of; some services do not say that it begins."""
        wanted = "reasoning" if kind in ("reasoning_text", "summary_text") else "message"
        if self._open is None or self._open.kind != wanted:
            late = any(item.kind == wanted == "message" and item.done and item.is_of(event) for item in self._spoken)
            if late:
                raise unreadable("a piece of a message that is done")
            self._begin(None)
            return self._add_text(event, {"type": wanted, "id": event.get("item_id")})
        if not self._open.is_of(event):
            raise unreadable("pieces of two messages at once")
        return self._open

    def _delta(self, event: dict[str, Any], kind: str, index_name: str) -> None:
        item = self._text(event, kind)
        text = shapes.text(event.get("delta"), "a delta")
        self._at(item, (kind, count(event.get(index_name), 0) or 0))
        item.feed(text)

    def _again(self, event: dict[str, Any], kind: str, index_name: str) -> None:
        text = shapes.text(event.get("refusal" if kind == "refusal" else "text"), "a text")
        if not text:
            return
        at, here = event.get("output_index"), self._open
        if (at is None or here is None or here.at != at) and any(
            item.done and item.is_of(event) and text in item.text() for item in self._spoken
        ):
            return
        item, key = self._text(event, kind), (kind, count(event.get(index_name), 0) or 0)
        if item.has(key):
            item.feed(item.missing(key, text))
        else:
            self._at(item, key)
            item.feed(text)

    def _at(self, item: Spoken, key: tuple[str, int]) -> None:
        """Go on to a part, unless it is the one that is open."""
        if item.part_key == key:
            return
        item.end_part(self._writer)
        json = key[0] == "output_text" and self._prepared.form is not None
        channel = item.begin_part(self._writer, key, json=json)
        if json and self._prepared.form is not None:
            item.shape = structured.Shape(self._prepared.form)
            self._shapes.append((item.shape, channel))
        self._instead = self._instead or key[0] == "refusal"

    def _done(self, event: dict[str, Any], value: Any) -> None:
        kind = value.get("type", "message") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            raise unreadable("an item of the output")
        status = "incomplete" if value.get("status") == "incomplete" else "completed"
        if kind == "function_call":
            call = self._known(event)
            if call is None and any(known.id == value.get("id") and known.is_of(event) for known in self._calls):
                return  # said twice
            self._begin(None)
            call = call or self._add_call(event, {**value, "arguments": None})
            call.said(value.get("name"), value.get("arguments"))
            self._finish(call, status)
        elif self._open is not None and self._open.kind == kind:
            item, parts = self._open, parts_of(value)
            if not item.parts:
                self._speak(item, parts)
            elif item.kind == "message":
                item.feed(item.rest("".join(text for _, text in parts)))
            self._close(status)
        elif not any(item.kind == kind and item.done and item.is_of(event) for item in self._spoken):
            self._begin(None)
            self._speak(self._add_text(event, value), parts_of(value))
            self._close(status)

    def _speak(self, item: Spoken, parts: list[tuple[str, str]]) -> None:
        """Take the texts of an item that came in no piece."""
        for at, (kind, text) in enumerate(parts):
            self._at(item, (kind, at))
            item.feed(text)

    def _finish(self, call: WrittenCall, status: str) -> None:
        call.done, call.status = True, status
        self._going.pop(id(call), None)
        self._waiting.append(call)
        if self._open is None:
            self._release()

    def _release(self) -> None:
        for call in self._waiting:
            call.write(self._writer)
        self._waiting.clear()

    def _close(self, status: str = "completed") -> None:
        if self._open is not None:
            item, self._open = self._open, None
            item.end_part(self._writer)
            item.done = True
            self._writer.item_done(item.item, status)
        self._release()

    def _end(self, kind: str, response: Any) -> None:
        if not isinstance(response, dict):
            raise unreadable("the response")
        if response.get("status") in ("failed", "cancelled") or response.get("error") is not None:
            raise broken_off()
        self._begin(response)
        self.usage.read(response.get("usage"), response.get("service_tier"))
        self._ended = response
        final = shell(response, self._prepared, self.usage)
        cut = kind == "response.incomplete" or final["status"] == "incomplete"
        final["status"] = "incomplete" if cut else "completed"
        self._close(final["status"])
        for call in self._calls:
            if not call.done:
                self._finish(call, final["status"])
        self._reconcile(response.get("output"))
        self._writer.end_text()
        self.complete = True
        if not cut and self._prepared.form is not None and not self._instead:
            for shape, _ in self._shapes:
                shape.check()
            if not self._shapes:
                structured.check("", self._prepared.form)
        final["id"] = (self._writer.response or final)["id"]

        def finished() -> bytes:
            for shape, channel in self._shapes:
                shape.masked(channel.cleared)
            kind = f"response.{final['status']}"
            return self._writer.frame(kind, response={**final, "output": self._writer.output})

        self._writer.event(finished)

    def _reconcile(self, output: Any) -> None:
        """See that the whole response says what its pieces said; take from it what came in none of them."""
        items = [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
        texts = [item for item in items if item.get("type", "message") == "message"]
        calls = [item for item in items if item.get("type") == "function_call"]
        said = "".join(text for item in texts for _, text in parts_of(item)).strip()
        came = "".join(item.text() for item in self._spoken if item.kind == "message").strip()
        if said and came and said != came:
            raise unreadable("a response that is another than its pieces")
        for item in texts if said and not came else ():
            self._speak(self._add_text({}, item), parts_of(item))
            self._close()
        for call, item in zip(self._calls, calls, strict=False):
            call.same(item)
        for item in calls[len(self._calls) :]:
            call = self._add_call({}, {**item, "arguments": None})
            call.said(None, item.get("arguments"))
            self._finish(call, "completed")
