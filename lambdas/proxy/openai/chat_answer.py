"""Chat Completions, on the way out: what an answer may hold, what of it is guarded, whole and in events.

An answer is made anew from the fields that OpenAI documents. Reasoning has none here, so it does not come through; log
probabilities would carry the tokens' texts past the guardrail, so they do not either.

https://platform.openai.com/docs/api-reference/chat/object
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import json
import time

from ..core.errors import ProxyError, UpstreamFailedError
from ..core.jsontext import compact
from ..core.usage import Usage, count, numbers, word
from ..http.sse import frame
from ..release.verdict import BlockedError
from ..request.texts import Arguments, Name, Slot, is_json, sound, unescaped
from . import structured
from .deltas import Deltas

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..release.outbox import Channel, Outbox
    from ..request.prepared import Prepared

_FINISHES = ("stop", "length", "tool_calls", "content_filter")


def unreadable(what: str) -> UpstreamFailedError:
    """Return the error for an answer that cannot be guarded because it cannot be understood."""
    return UpstreamFailedError(f"The inference endpoint's answer could not be read ({what}).", code="upstream_protocol")


def finish(value: Any) -> str:
    """Return a documented reason for the end of an answer."""
    return value if value in _FINISHES else "stop"


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
        self._form = prepared.form
        choices = answer.get("choices")
        if not (isinstance(choices, list) and len(choices) == 1 and isinstance(choices[0], dict)):
            raise unreadable("choices")
        self._choice: dict[str, Any] = {
            "index": 0,
            "message": self._message(choices[0].get("message")),
            "logprobs": None,
            "finish_reason": finish(choices[0].get("finish_reason")),
        }
        self._body = {
            "id": word(answer.get("id"), "chatcmpl-cloister"),
            "object": "chat.completion",
            "created": count(answer.get("created"), int(time.time())),
            "model": prepared.model.id,
            "choices": [self._choice],
            "usage": numbers(answer.get("usage")),
        }
        if self.usage.tier:
            self._body["service_tier"] = self.usage.tier

    def _message(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise unreadable("message")
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
        for name in ("content", "refusal"):
            text = value.get(name)
            if text is None:
                continue
            if not isinstance(text, str):
                raise unreadable(name)
            message[name] = sound(text)
            self.slots.append(Slot(message, name, name))
        calls = value.get("tool_calls")
        if calls:
            if not isinstance(calls, list):
                raise unreadable("tool_calls")
            message["tool_calls"] = [self._call(call, at) for at, call in enumerate(calls)]
        return message

    def _call(self, value: Any, at: int) -> dict[str, Any]:
        function = value.get("function") if isinstance(value, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise unreadable("tool_calls")
        arguments = function.get("arguments")
        made = {
            "name": sound(function["name"]),
            "arguments": sound(arguments) if isinstance(arguments, str) else "",
        }
        self.slots.append(Name(made, "name", "tool_calls.name"))
        self.slots.append(Arguments(made, "arguments", "tool_calls.arguments"))
        return {"id": word(value.get("id"), f"call_{at}"), "type": "function", "function": made}

    def shape(self) -> None:
        """Make of the text the JSON that was asked for, if it was, before it is guarded.

        Raises
        ------
        StructuredOutputError
        """
        message = self._choice["message"]
        # A refusal and a call stand instead of it, and an answer that was cut short says so itself.
        instead = message["refusal"] or message.get("tool_calls") or self._choice["finish_reason"] != "stop"
        if self._form is None or instead:
            return
        message["content"] = structured.settle(message["content"] or "", self._form)
        self.slots = [slot for slot in self.slots if slot.holder is not message or slot.key != "content"]
        self.slots.append(Arguments(message, "content", "content"))

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
        self._calls: dict[int, dict[str, str]] = {}
        self._usage: dict[str, Any] | None = None
        self._deltas = Deltas()

    def take(self, data: bytes) -> None:
        """Take one event."""
        known = None if self.complete else self._deltas.read(data)
        if known is not None:
            if known[0] == "content":  # a refusal is not learned, and anything else is not passed on
                self._text(known[1] if self._cut is None else self._cut.feed(known[1]))
            return
        if data == b"[DONE]":
            return
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            raise unreadable("an event is not JSON") from None
        if not isinstance(chunk, dict) or chunk.get("error") is not None:
            raise UpstreamFailedError(
                "The inference endpoint broke off its answer with an error.", code="upstream_error"
            )
        if chunk.get("usage") is not None:
            self.usage.read(chunk["usage"])
            self._usage = numbers(chunk["usage"])
        self.usage.read(None, chunk.get("service_tier"))
        if self._head is None:
            self._begin(chunk)
        choices = chunk.get("choices")
        if not choices:
            return
        if not isinstance(choices, list) or not isinstance(choices[0], dict) or self.complete:
            raise unreadable("choices")
        delta = choices[0].get("delta")
        if isinstance(delta, dict):
            self._delta(delta)
            if not (self.complete or chunk.get("usage") or delta.get("refusal") or delta.get("tool_calls")) and (
                choices[0].get("finish_reason") is None
            ):
                self._deltas.learn(data, chunk)
        if choices[0].get("finish_reason") is not None:
            self._finish(finish(choices[0]["finish_reason"]))

    def end(self) -> None:
        """Say that no event follows."""
        if not self.complete:
            raise UpstreamFailedError("The inference endpoint broke off its answer.", code="upstream_truncated")
        if self._cut is not None:
            if self._reason == "stop" and not self._calls and self._refusal is None:
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
            "id": word(chunk.get("id"), "chatcmpl-cloister"),
            "object": "chat.completion.chunk",
            "created": count(chunk.get("created"), int(time.time())),
            "model": self._prepared.model.id,
        }
        self._out.event(lambda: self._chunk({"role": "assistant", "content": "", "refusal": None}))

    def _delta(self, delta: dict[str, Any]) -> None:
        content, refusal, calls = delta.get("content"), delta.get("refusal"), delta.get("tool_calls")
        if isinstance(content, str) and content:
            self._text(content if self._cut is None else self._cut.feed(content))
        if isinstance(refusal, str) and refusal:
            if self._refusal is None:
                self._refusal = self._out.open(lambda text: self._chunk({"refusal": text}))
            self._refusal.feed(refusal)
        for at, call in enumerate(calls if isinstance(calls, list) else ()):
            self._call(call, at)

    def _text(self, content: str) -> None:
        if self._content is None and content:
            self._content = self._out.open(lambda text: self._chunk({"content": text}))
        if self._content is not None:
            self._content.feed(content)

    def _call(self, call: Any, at: int) -> None:
        if not isinstance(call, dict):
            raise unreadable("tool_calls")
        index = count(call.get("index"), at)
        known = self._calls.setdefault(index or 0, {"id": "", "name": "", "arguments": ""})
        function = call.get("function")
        if isinstance(call.get("id"), str):
            known["id"] = call["id"]
        if isinstance(function, dict):
            for name in ("name", "arguments"):
                if isinstance(function.get(name), str):
                    known[name] += function[name]

    def _finish(self, reason: str) -> None:
        self.complete = True
        self._reason = reason
        if self._cut is not None:
            self._text(self._cut.rest())
        for channel in (self._content, self._refusal):
            if channel is not None:
                channel.close()
        for at, call in enumerate(self._calls.values()):
            self._called(at, call)
        if self._cut is None:
            self._out.event(lambda: self._chunk({}, reason))

    def _called(self, at: int, call: dict[str, str]) -> None:
        name, arguments = self._out.whole(call["name"]), self._out.whole(unescaped(call["arguments"]))

        def released() -> bytes:
            function = cleared_call(call["name"], name, call["arguments"], arguments)
            made = {"index": at, "id": word(call["id"], f"call_{at}"), "type": "function", "function": function}
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


def cleared_call(name: str, name_channel: Channel, arguments: str, channel: Channel) -> dict[str, str]:
    """Return a tool call's name and arguments as cleared.

    Raises
    ------
    BlockedError
        If the mask left no usable call.
    """
    cleared = channel.cleared
    if name_channel.cleared != name or (is_json(arguments) and not is_json(cleared)):
        raise BlockedError("The guardrail masked a part of this tool call that has no masked form.")
    return {"name": name, "arguments": cleared}
