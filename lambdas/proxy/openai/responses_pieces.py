"""An item of a streamed response while it is being written: how bedrock-mantle numbers it, and what has come of it."""

from __future__ import annotations

import json

from ..request.texts import unescaped
from . import shapes
from .calls import Call
from .shapes import unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..release.outbox import Channel
    from .responses_writer import Item, Part, Writer
    from .structured import Shape

_Key = tuple[str, int]  # a part's kind, and bedrock-mantle's index of it


class _Numbered:
    """What bedrock-mantle calls an item."""

    __slots__ = ("at", "done", "id")

    def __init__(self, event: dict[str, Any]) -> None:
        item = event.get("item")
        self.at = event.get("output_index")
        self.id = event.get("item_id") or (item.get("id") if isinstance(item, dict) else None)
        self.done = False

    def is_of(self, event: dict[str, Any]) -> bool:
        """Whether an event is about this item: by its index, or else by its id; ids are seen to change on the way."""
        at, item = event.get("output_index"), event.get("item")
        id = event.get("item_id") or (item.get("id") if isinstance(item, dict) else None)
        if at is not None and self.at is not None:
            return bool(at == self.at) or (id is not None and id == self.id)
        return id is None or self.id is None or id == self.id


class Spoken(_Numbered):
    """A message, or reasoning."""

    __slots__ = ("_channel", "_known", "_part", "item", "kind", "part_key", "parts", "shape")

    def __init__(self, event: dict[str, Any], kind: str, item: Item) -> None:
        super().__init__(event)
        self.kind = kind
        self.item = item
        self.part_key: _Key | None = None
        self.shape: Shape | None = None  # of the open part, if it is structured output
        self.parts: list[tuple[_Key, list[str]]] = []  # what came of each, in its pieces
        self._known: dict[_Key, list[str]] = {}  # the same by its key
        self._part: Part | None = None
        self._channel: Channel | None = None

    def begin_part(self, writer: Writer, key: _Key, *, json: bool) -> Channel:
        """Begin a part; ``json`` says whether its reader will take it for JSON."""
        if self.kind == "message" and self.has(key):
            raise unreadable("a part that goes on after another")
        self.part_key = key
        self.parts.append((key, self._known.setdefault(key, [])))
        self._part, self._channel = writer.part(self.item, key[0], json=json)
        return self._channel

    def feed(self, text: str) -> None:
        """Add a piece to the part that is open."""
        if text and self._channel is not None:
            self.parts[-1][1].append(text)
            self._channel.feed(text if self.shape is None else self.shape.feed(text))

    def end_part(self, writer: Writer) -> None:
        """End the part that is open, if one is."""
        if self._channel is None or self._part is None:
            return
        if self.shape is not None:
            self._channel.feed(self.shape.rest())
        writer.part_done(self._part)
        self._channel = self._part = self.part_key = self.shape = None

    def has(self, key: _Key) -> bool:
        """Whether a part has begun."""
        return key in self._known

    def text(self) -> str:
        """Return all that came."""
        return "".join(piece for _, pieces in self.parts for piece in pieces)

    def missing(self, key: _Key, whole: str) -> str:
        """Return what of a part's whole text did not come in pieces."""
        pieces = self._known.get(key)
        return "" if pieces is None else self._more("".join(pieces), whole, last=key == self.part_key)

    def rest(self, whole: str) -> str:
        """Return what of the item's whole text did not come in pieces."""
        return self._more(self.text(), whole, last=self.part_key is not None)

    def _more(self, came: str, whole: str, *, last: bool) -> str:
        if not whole or whole.strip() == came.strip() or self.kind == "reasoning":
            return ""
        if last and whole.startswith(came):
            return whole[len(came) :]
        raise unreadable("a text that is another than its pieces")


class WrittenCall(_Numbered):
    """A call of a tool."""

    __slots__ = ("_call", "_made", "status")

    def __init__(self, event: dict[str, Any], made: dict[str, Any]) -> None:
        super().__init__(event)
        self.status = "completed"
        self._made = made
        self._call = Call(None)

    def add(self, piece: str) -> None:
        """Add a piece of its arguments."""
        self._call.add(piece)

    def said(self, name: Any, arguments: Any) -> None:
        """Take its name and its whole arguments, as far as they are given."""
        if isinstance(name, str) and name:
            if self._call.name not in ("", name):
                raise unreadable("the name of a call")
            self._call.name = name
        whole, came = shapes.arguments(arguments), "".join(self._call.pieces)
        if not whole.strip() or whole == came:
            return
        if came.strip() and not whole.startswith(came) and _read(came) not in (None, _read(whole)):
            raise unreadable("arguments that are others than their pieces")
        if _read(came) is None or not came.strip():
            self._call = _written(self._call.name, whole)

    def same(self, value: dict[str, Any]) -> None:
        """Raise UpstreamFailedError if the whole response has another call in its place."""
        name, whole = value.get("name"), shapes.arguments(value.get("arguments"))
        mine = self._call.arguments(cut=False)
        if name not in (None, "", self._call.name) or (whole.strip() and _read(whole) != _read(mine)):
            raise unreadable("a response that is another than its pieces")

    def write(self, writer: Writer) -> None:
        """Give it to the client, once it is complete."""
        if not self._call.name:
            raise unreadable("the name of a call")
        arguments = self._call.arguments(cut=self.status == "incomplete")
        writer.call(self._made, self._call.name, unescaped(arguments), self.status)


def _written(name: str, arguments: str) -> Call:
    call = Call(None)
    call.name = name
    call.add(arguments)
    return call


def _read(text: str) -> Any:
    """Return what JSON says; of what is none, None."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
