"""What a client of Responses is sent: events made anew and numbered anew, with what was cleared, and how they end.

OpenAI's clients expect each item and each part to be added, written and done; so that a stream that ends early leaves
nothing open, it is noted here what of it has been released.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from ..core.jsontext import compact
from ..http.sse import frame
from ..request.ids import fresh, unlike
from .chat_answer import cleared_call
from .responses_answer import blocked_item, new_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..core.errors import ProxyError
    from ..release.outbox import Channel, Outbox

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


class Part:
    """A part of an item, as far as the client will see it."""

    __slots__ = ("item", "kind", "made", "where")

    def __init__(self, item: Item, kind: str) -> None:
        place = _AROUND[kind][3]
        index = len(item.made[place])
        name = "summary_index" if place == "summary" else "content_index"
        self.item = item
        self.kind = kind
        self.made = new_part(kind)
        self.where = {"item_id": item.made["id"], "output_index": item.at, name: index}
        item.made[place] = [*item.made[place], self.made]


class Item:
    """A message or reasoning, as far as the client will see it."""

    __slots__ = ("at", "made")

    def __init__(self, at: int, made: dict[str, Any]) -> None:
        self.at = at
        self.made = made


class Writer:
    """The events of one answer, in the order in which they leave.

    Attributes
    ----------
    response
        The response without its output, once it has begun.
    output
        The items that were released, done.
    """

    def __init__(self, out: Outbox) -> None:
        self.response: dict[str, Any] | None = None
        self.output: list[dict[str, Any]] = []
        self._out = out
        self._number = 0
        self._ids: dict[str, int] = {}
        self._items = 0  # that were added, released or not
        self._begun = False  # whether the client was told that it begins
        self._item: Item | None = None  # what it was told begins, and not that it is done
        self._part: Part | None = None
        self._text: tuple[str, Channel] | None = None  # the last text and its kind, while another may go on with it

    def event(self, make: Callable[[], bytes]) -> None:
        """Add an event that is made when its turn comes."""
        self._out.event(make)

    def begin(self, shell: dict[str, Any]) -> None:
        """Begin the response, if it has not begun."""
        if self.response is None:
            self.response = {**shell, "status": "in_progress", "usage": None}
            self._out.event(self._begin)

    def _begin(self) -> bytes:
        self._begun = True
        kinds = ("response.created", "response.in_progress")
        return b"".join(self.frame(kind, response=self.response) for kind in kinds)

    def item(self, made: dict[str, Any]) -> Item:
        """Begin a message or reasoning."""
        made["id"] = unlike(made["id"], self._ids)
        item = Item(self._items, made)
        self._items += 1
        started = {**made, "status": "in_progress"}

        def begun() -> bytes:
            self._item = item
            return self.frame("response.output_item.added", output_index=item.at, item=started)

        self._out.event(begun)
        return item

    def part(self, item: Item, kind: str, *, json: bool) -> tuple[Part, Channel]:
        """Begin a part of an item; return it, and what its text is fed to.

        Clients put the texts of an answer together, so it goes on with the last one if that is of the same kind.
        """
        part = Part(item, kind)
        added, stem, _, _ = _AROUND[kind]
        extra: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
        key = _key(kind)

        def begun() -> bytes:
            self._part = part
            return self.frame(added, **part.where, part=new_part(kind))

        def delta(text: str) -> bytes:
            part.made[key] += text
            return self.frame(f"{stem}.delta", **part.where, delta=text, **extra)

        self._out.event(begun)
        after = self._text[1] if self._text is not None and self._text[0] == kind else None
        if after is None:
            self.end_text()
        channel = self._out.open(delta, json=json, after=after)
        self._text = kind, channel
        return part, channel

    def end_text(self) -> None:
        """Say that no text goes on with the last one."""
        if self._text is not None:
            self._text[1].close()
            self._text = None

    def part_done(self, part: Part) -> None:
        """End a part; another may go on with its text."""
        self._out.event(lambda: self._end_part(part))

    def _end_part(self, part: Part) -> bytes:
        self._part = None
        _, stem, done, _ = _AROUND[part.kind]
        extra: dict[str, Any] = {"logprobs": []} if part.kind == "output_text" else {}
        key = _key(part.kind)
        said = self.frame(f"{stem}.done", **part.where, **{key: part.made[key]}, **extra)
        return said + self.frame(done, **part.where, part=part.made)

    def item_done(self, item: Item, status: str) -> None:
        """End an item."""
        self._out.event(lambda: self._end_item(item, status))

    def _end_item(self, item: Item, status: str) -> bytes:
        self._item = None
        made = {**item.made, "status": status}
        self.output.append(made)
        return self.frame("response.output_item.done", output_index=item.at, item=made)

    def call(self, made: dict[str, Any], name: str, arguments: str, status: str) -> None:
        """Write a call, whole: its name and arguments are shown to the guardrail first."""
        made["id"] = unlike(made["id"], self._ids)
        at = self._items
        self._items += 1
        name_channel, channel = self._out.whole(name), self._out.whole(arguments, json=True)

        def finished() -> bytes:
            call = {**made, **cleared_call(self._out, name, name_channel, arguments, channel)}
            where = {"item_id": made["id"], "output_index": at}
            done = {**call, "status": status}
            self.output.append(done)
            started = {**call, "arguments": "", "status": "in_progress"}
            whole = {"name": call["name"], "arguments": call["arguments"]}
            return b"".join(
                (
                    self.frame("response.output_item.added", output_index=at, item=started),
                    self.frame("response.function_call_arguments.delta", **where, delta=call["arguments"]),
                    self.frame("response.function_call_arguments.done", **where, **whole),
                    self.frame("response.output_item.done", output_index=at, item=done),
                )
            )

        self._out.event(finished)

    def blocked(self, shell: dict[str, Any], message: str) -> bytes:
        """Return the events that end a stream of which the guardrail blocked the rest.

        What is open is done, as incomplete; the guardrail's message is an item of its own, as it is the whole answer's.
        """
        self.response = self.response or shell
        said = [] if self._begun else [self._begin()]
        if self._part is not None:
            said.append(self._end_part(self._part))
        if self._item is not None:
            said.append(self._end_item(self._item, "incomplete"))
        item = Item(len(self.output), {"type": "message", "id": fresh("msg"), "role": "assistant", "content": []})
        begun = {**item.made, "status": "in_progress"}
        said.append(self.frame("response.output_item.added", output_index=item.at, item=begun))
        part = Part(item, "output_text")
        said.append(self.frame("response.content_part.added", **part.where, part=new_part("output_text")))
        part.made["text"] = message
        said.append(self.frame("response.output_text.delta", **part.where, delta=message, logprobs=[]))
        said += [self._end_part(part), self._end_item(item, "incomplete")]
        self.output[-1] = blocked_item(message, item.made["id"])
        filtered = {"incomplete_details": {"reason": "content_filter"}, "usage": shell["usage"]}
        ended = {**self.response, **filtered, "status": "incomplete", "output": self.output}
        return b"".join(said) + self.frame("response.incomplete", response=ended)

    def failed(self, error: ProxyError) -> bytes:
        """Return the events that end a stream which cannot go on."""
        said = self.frame("error", code=error.code, message=error.message, param=error.param)
        if self.response is None:
            return said
        begun = [{**self._item.made, "status": "incomplete"}] if self._item else []
        ended = {**self.response, "status": "failed", "output": [*self.output, *begun]}
        ended["error"] = {"code": "server_error", "message": error.message}
        return said + self.frame("response.failed", response=ended)

    def frame(self, kind: str, **rest: Any) -> bytes:
        """Return an event as it is sent, with the next number."""
        event = {"type": kind, "sequence_number": self._number, **rest}
        self._number += 1
        return frame(compact(event).encode(), kind)


def _key(kind: str) -> str:
    return "refusal" if kind == "refusal" else "text"
