"""The Responses route's server-sent events, in the order that OpenAI documents.

A whole answer is the same thing with the events thrown away, so both ways of asking can never disagree.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping
from typing import Any

from local.bedrock.ask import Ask, Call, End, Piece, Reasoning, Text
from local.bedrock.errors import dumps
from local.bedrock.responses import finished, identifier, skeleton


class Writer:
    """Writes one response.

    Attributes
    ----------
    response
        The response object, complete once `events` has ended.
    """

    def __init__(self, ask: Ask, body: Mapping[str, Any], *, store: bool) -> None:
        self.response = skeleton(ask, body, store=store)
        self._sequence = 0
        self._item: dict[str, Any] | None = None

    async def events(self, pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
        """Write the events of an answer."""
        yield self._whole("response.created")
        yield self._whole("response.in_progress")
        end = End("stop", 0, 0)
        async for piece in pieces:
            if isinstance(piece, End):
                end = piece
                continue
            for event in self._piece(piece):
                yield event
        if self._item is None and not self.response["output"]:
            for event in self._open("message"):
                yield event
        for event in self._close("incomplete" if end.reason == "length" else "completed"):
            yield event
        finished(self.response, end)
        yield self._whole(f"response.{self.response['status']}")

    def _piece(self, piece: Reasoning | Text | Call) -> list[bytes]:
        kind = {Reasoning: "reasoning", Text: "message", Call: "function_call"}[type(piece)]
        made: list[bytes] = []
        if self._item is None or self._item["type"] != kind or kind == "function_call":
            made += self._close("completed")
            made += self._open(kind, piece.name if isinstance(piece, Call) else "")
        item = self._item or {}
        if isinstance(piece, Call):
            for place in range(0, len(piece.arguments), 12):
                part = piece.arguments[place : place + 12]
                made.append(self._event("response.function_call_arguments.delta", delta=part))
            item["arguments"] = piece.arguments
        else:
            item["content"][0]["text"] += piece.text
            if isinstance(piece, Text):
                delta = self._event("response.output_text.delta", content_index=0, delta=piece.text, logprobs=[])
            else:
                delta = self._event("response.reasoning_text.delta", content_index=0, delta=piece.text)
            made.append(delta)
        return made

    def _open(self, kind: str, name: str = "") -> list[bytes]:
        item: dict[str, Any]
        if kind == "function_call":
            item = {"id": identifier("fc"), "type": kind, "status": "in_progress", "call_id": identifier("call")}
            item |= {"name": name, "arguments": ""}
        elif kind == "reasoning":
            item = {"id": identifier("rs"), "type": kind, "status": "in_progress", "summary": [], "content": []}
        else:
            item = {"id": identifier("msg"), "type": kind, "status": "in_progress", "role": "assistant", "content": []}
        self._item = item
        made = [self._event("response.output_item.added", item=copy.deepcopy(item), bare=True)]
        if kind != "function_call":
            part: dict[str, Any] = {"type": "reasoning_text", "text": ""}
            if kind == "message":
                part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
            item["content"] = [part]
            made.append(self._event("response.content_part.added", content_index=0, part=dict(part)))
        return made

    def _close(self, status: str) -> list[bytes]:
        item = self._item
        if item is None:
            return []
        made: list[bytes] = []
        if item["type"] == "function_call":
            done = self._event("response.function_call_arguments.done", arguments=item["arguments"], name=item["name"])
            made.append(done)
        else:
            part = item["content"][0]
            if item["type"] == "message":
                done = self._event("response.output_text.done", content_index=0, text=part["text"], logprobs=[])
            else:
                done = self._event("response.reasoning_text.done", content_index=0, text=part["text"])
            made += [done, self._event("response.content_part.done", content_index=0, part=dict(part))]
        item["status"] = status
        made.append(self._event("response.output_item.done", item=copy.deepcopy(item), bare=True))
        self.response["output"].append(item)
        self._item = None
        return made

    def _event(self, kind: str, *, bare: bool = False, **fields: Any) -> bytes:
        where: dict[str, Any] = {"output_index": len(self.response["output"])}
        if not bare and self._item is not None:
            where["item_id"] = self._item["id"]
        return self._frame(kind, {**where, **fields})

    def _whole(self, kind: str) -> bytes:
        return self._frame(kind, {"response": self.response})

    def _frame(self, kind: str, fields: Mapping[str, Any]) -> bytes:
        body = {"type": kind, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return f"event: {kind}\ndata: {dumps(body)}\n\n".encode()
