"""Chat Completions, on the way out: what an answer may hold, what of it is guarded, whole and in events.

An answer is made anew from the fields that OpenAI documents, whatever form they came in (:mod:`shapes`). Reasoning has
none here, so it does not come through; log probabilities would carry the tokens' texts past the guardrail, so they do
not either.

https://platform.openai.com/docs/api-reference/chat/object
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import json
import time

from ..core.errors import ProxyError, UpstreamFailedError
from ..core.jsontext import compact, parse
from ..core.usage import Usage, count, numbers
from ..http.sse import frame
from ..release.verdict import BlockedError
from ..request.ids import given
from ..request.texts import Arguments, Name, Slot, Structured, is_json, sound, unescaped
from . import shapes, structured
from .calls import Calls
from .deltas import FEW, RUNS, Deltas
from .shapes import broken_off, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..release.outbox import Channel, Outbox
    from ..request.prepared import Prepared
    from .calls import Call


class Whole:
    """An answer in one piece.

    Attributes
    ----------
    slots
        Its texts, for the guardrail.
    usage
        What it took.
    """

    def __init__(self, answer: dict[str, Any], prepared: Prepared) -> None:
        self.usage = Usage()
        self.usage.read(answer.get("usage"), answer.get("service_tier"))
        self.slots: list[Slot] = []
        self._form, self._names = prepared.form, prepared.names
        choices = answer.get("choices")
        if not (isinstance(choices, list) and len(choices) == 1 and isinstance(choices[0], dict)):
            raise unreadable("choices")
        self._ids = prepared.ids
        reason = shapes.finish(choices[0].get("finish_reason"))
        message = self._message(choices[0].get("message"), cut=reason == "length")
        said, calls = bool(message["content"] or message["refusal"]), "tool_calls" in message
        self._choice: dict[str, Any] = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": shapes.ended(reason, calls=calls, said=said),
        }
        self._body = {
            "id": given(answer.get("id"), "chatcmpl"),
            "object": "chat.completion",
            "created": count(answer.get("created"), int(time.time())),
            "model": prepared.model.id,
            "choices": [self._choice],
            "usage": numbers(answer.get("usage")),
        }
        if self.usage.tier:
            self._body["service_tier"] = self.usage.tier

    def _message(self, value: Any, *, cut: bool) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise unreadable("message")
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
        for name in ("content", "refusal"):
            if value.get(name) is not None:
                message[name] = shapes.text(value[name], name)
                before = self.slots[-1] if self.slots else None
                self.slots.append(Slot(message, name, name, follows=before))
        calls = Calls(self._names)
        calls.take(value.get("tool_calls"), apart=True)
        if not calls.made and value.get("function_call"):  # OpenAI's former name
            calls.take({"function": value["function_call"]})
        calls.check()
        if calls.made:
            message["tool_calls"] = [self._call(call, cut=cut) for call in calls.made]
        return message

    def _call(self, call: Call, *, cut: bool) -> dict[str, Any]:
        made = {"name": sound(call.name), "arguments": call.arguments(cut=cut)}
        self.slots.append(Name(made, "name", "tool_calls.name"))
        self.slots.append(Arguments(made, "arguments", "tool_calls.arguments"))
        return {"id": self._ids.answered(call.id), "type": "function", "function": made}

    def shape(self) -> None:
        """Make of the text the JSON that was asked for, if it was, before it is guarded.

        Raises
        ------
        StructuredOutputError
        """
        message = self._choice["message"]
        # A refusal and a call stand instead of it, and an answer that was cut short says so itself.
        instead = message["refusal"] or message.get("tool_calls") or self._choice["finish_reason"] != "stop"
        if self._form is None or (instead and message["content"] is None):
            return
        if not instead:
            message["content"] = structured.settle(message["content"] or "", self._form)
        self.slots = [slot for slot in self.slots if slot.holder is not message or slot.key != "content"]
        self.slots.append(Structured(message, "content", "content"))

    def body(self) -> dict[str, Any]:
        """Return the answer, with what the guardrail masked in its slots."""
        return self._body

    def blocked(self, message: str) -> dict[str, Any]:
        """Return the answer that says that the guardrail blocked the model's."""
        self._choice["message"] = {"role": "assistant", "content": message, "refusal": None, "annotations": []}
        self._choice["finish_reason"] = "content_filter"
        return self._body


class Events:
    """An answer in events: takes bedrock-mantle's, puts into the outbox what the client will get.

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
        self._head: dict[str, Any] | None = None
        self._content: Channel | None = None
        self._reason: str | None = None
        self._cut = structured.Shape(prepared.form) if prepared.form is not None else None
        self._refusal: Channel | None = None
        self._calls = Calls(prepared.names)
        self._size = 0  # characters of content
        self._usage: dict[str, Any] | None = None
        self._deltas = Deltas()

    def take(self, data: bytes) -> None:
        """Take one event."""
        known = None if self.complete else self._deltas.read(data)
        if known is None:
            self._read(data)
        elif known[0] == "content":  # a refusal is not learned, and anything else is not passed on
            self._text(known[1])

    def take_all(self, events: Sequence[bytes]) -> None:
        """Take events that came together; pieces of text that follow one another are one piece."""
        if len(events) == 1:
            self.take(events[0])
            return
        texts: list[str] = []
        at, runs = 0, RUNS
        while at < len(events):
            count, known = 0, None
            if not self.complete:
                run = self._deltas.run(events, at) if runs and len(events) - at >= FEW else None
                if run is not None:
                    runs -= 1
                    count, known = run
                if not count:
                    known = self._deltas.read(events[at])
            if known is None:
                self._texts(texts)
                self._read(events[at])
            elif known[0] == "content":
                texts.append(known[1])
            at += count or 1
        self._texts(texts)

    def _texts(self, texts: list[str]) -> None:
        if texts:
            self._text("".join(texts))
            texts.clear()

    def _read(self, data: bytes) -> None:
        """Take an event as the JSON that it is."""
        if data.strip() in (b"[DONE]", b""):
            return
        try:
            chunk = _json(data)
        except (ValueError, RecursionError):
            raise unreadable("an event is not JSON") from None
        if not isinstance(chunk, dict) or chunk.get("error") is not None or "error" in _kinds(chunk):
            raise broken_off()
        if chunk.get("usage") is not None:
            self.usage.read(chunk["usage"])
            self._usage = numbers(chunk["usage"])
        self.usage.read(None, chunk.get("service_tier"))
        choices = chunk.get("choices")
        if self._head is None and (choices or chunk.get("id")):
            self._begin(chunk)
        if not choices:
            return
        if not isinstance(choices, list):
            raise unreadable("choices")
        acted = [self._choice(choice) for choice in choices]
        if acted == [False] and not (self.complete or chunk.get("usage")):
            self._deltas.learn(data, chunk)

    def _choice(self, choice: Any) -> bool:
        """Take one choice; return whether there was more in it than content or what goes no further."""
        if not isinstance(choice, dict) or choice.get("index") not in (None, 0) or choice.get("error") is not None:
            raise unreadable("choices")
        delta: Any = choice.get("delta")
        if not delta:
            delta = self._instead(choice)
        if not isinstance(delta, dict):
            raise unreadable("delta")
        came = delta.get("content")
        content, refusal = shapes.text(came, "content"), shapes.text(delta.get("refusal"), "refusal")
        calls = delta.get("tool_calls") or delta.get("function_call")
        if self.complete and (content or refusal or calls):
            raise unreadable("an answer that goes on after its end")
        self._text(content)
        if refusal:
            if self._refusal is None:
                self._refusal = self._out.open(lambda text: self._chunk({"refusal": text}))
            self._refusal.feed(refusal)
        self._calls.take(delta.get("tool_calls") or ({"index": 0, "function": calls} if calls else None))
        reason = shapes.finish(choice.get("finish_reason"))
        if reason is not None and not self.complete:
            self._finish(reason)
        plain = bool(choice.get("delta")) and (came is None or isinstance(came, str))
        return bool(refusal or calls or reason or not plain)

    def _instead(self, choice: dict[str, Any]) -> Any:
        """Return what stands in the place of a delta: the whole message, or the text as completions have it."""
        message, text = choice.get("message"), choice.get("text")
        if isinstance(message, dict):
            again = shapes.text(message.get("content"), "content")
            if not self._size and not self._calls.made:
                return message
            if len(again) not in (0, self._size) or (message.get("tool_calls") and not self._calls.made):
                raise unreadable("a message that is another than its pieces")
        elif text:
            return {"content": text}
        return {}

    def end(self) -> None:
        """Say that no event follows."""
        if not self.complete:
            raise UpstreamFailedError("The inference endpoint broke off its answer.", code="upstream_truncated")
        if self._cut is not None:
            if self._reason == "stop" and not self._calls.made and self._refusal is None:
                self._cut.check()  # only now: the usage, which the record must have, comes after the finish
            self._out.event(self._fitted)
        if self._prepared.include_usage and self._usage is not None:
            self._out.event(self._usage_chunk)
        self._out.event(lambda: frame(b"[DONE]"))

    def blocked(self, message: str) -> bytes:
        """Return the events that end a stream of which the guardrail blocked the rest."""
        said = b"" if self._out.texts_released else self._chunk({"content": message})
        usage = self._usage_chunk() if self._prepared.include_usage and self._usage is not None else b""
        return said + self._chunk({}, "content_filter") + usage + frame(b"[DONE]")

    def failed(self, error: ProxyError) -> bytes:
        """Return the event that ends a stream which cannot go on; there is no ``[DONE]`` after it."""
        return frame(error.body())

    def _begin(self, chunk: dict[str, Any]) -> None:
        self._head = {
            "id": given(chunk.get("id"), "chatcmpl"),
            "object": "chat.completion.chunk",
            "created": count(chunk.get("created"), int(time.time())),
            "model": self._prepared.model.id,
        }
        self._out.event(lambda: self._chunk({"role": "assistant", "content": "", "refusal": None}))

    def _text(self, content: str) -> None:
        self._size += len(content)
        self._write(content if self._cut is None else self._cut.feed(content))

    def _write(self, content: str) -> None:
        if self._content is None and content:
            self._content = self._out.open(lambda text: self._chunk({"content": text}), json=self._cut is not None)
        if self._content is not None:
            self._content.feed(content)

    def _finish(self, reason: str) -> None:
        self.complete = True
        self._calls.check()
        said = bool(self._size or self._refusal)
        reason = self._reason = shapes.ended(reason, calls=bool(self._calls.made), said=said)
        if self._cut is not None:
            self._write(self._cut.rest())
        for channel in (self._content, self._refusal):
            if channel is not None:
                channel.close()
        for at, call in enumerate(self._calls.made):
            self._called(at, call, cut=reason == "length")
        if self._cut is None:
            self._out.event(lambda: self._chunk({}, reason))

    def _called(self, at: int, call: Call, *, cut: bool) -> None:
        written, id = call.arguments(cut=cut), self._prepared.ids.answered(call.id)
        name, arguments = self._out.whole(call.name), self._out.whole(unescaped(written), json=True)

        def released() -> bytes:
            function = cleared_call(self._out, call.name, name, unescaped(written), arguments)
            made = {"index": at, "id": id, "type": "function", "function": function}
            return self._chunk({"tool_calls": [made]})

        self._out.event(released)

    def _fitted(self) -> bytes:
        if self._cut is not None and self._content is not None:
            self._cut.masked(self._content.cleared)
        return self._chunk({}, self._reason)

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._frame({"choices": [choice]}, None)

    def _usage_chunk(self) -> bytes:
        return self._frame({"choices": []}, self._usage)

    def _frame(self, rest: dict[str, Any], usage: dict[str, Any] | None) -> bytes:
        if self._head is None:
            self._begin({})
        chunk = {**(self._head or {}), **rest}
        if self.usage.tier:
            chunk["service_tier"] = self.usage.tier
        if self._prepared.include_usage:
            chunk["usage"] = usage
        return frame(compact(chunk).encode())


def _json(data: bytes) -> Any:
    try:
        return parse(data.decode())
    except ValueError:
        return json.loads(data)  # which takes half of a surrogate pair, and other codings than UTF-8


def _kinds(chunk: dict[str, Any]) -> tuple[Any, Any]:
    return chunk.get("object"), chunk.get("type")


def cleared_call(out: Outbox, name: str, name_channel: Channel, arguments: str, channel: Channel) -> dict[str, str]:
    """Return a tool call's name and arguments as cleared.

    Raises
    ------
    BlockedError
        If the mask left no usable call.
    """
    cleared = channel.cleared
    broken = name_channel.cleared != name or (is_json(arguments) and not is_json(cleared))
    if broken or not (out.arguments or cleared == sound(arguments)):
        raise BlockedError("The guardrail masked a part of this tool call that has no masked form.")
    return {"name": name, "arguments": cleared}
