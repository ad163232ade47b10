"""The tool calls of a chat answer, put together from whatever pieces a service sends them in.

OpenAI documents one form: the first piece of a call has its index, id and whole name, the others have its index and a
piece of its arguments. Reported besides: no index; the same index for every call; an empty id, or another one in each
piece; the name again in each piece; the arguments as an object, again in full, as a string in a string, or not at all.
"""

from __future__ import annotations

import json

from ..request.texts import is_json
from .shapes import arguments, unreadable
from .structured import Cutter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

#: Characters of a name at the most, and calls of an answer.
NAME = 256
MOST = 128


class Call:
    """One call, as far as it has come."""

    __slots__ = ("_grown", "_json", "follows", "glued", "id", "name", "pieces")

    def __init__(self, id: str | None) -> None:
        self.id = id
        self.name = ""
        self.glued = False  # whether the name was put together
        self.follows = False  # whether another call of that name begins if a piece of arguments comes
        self.pieces: list[str] = []
        self._json = Cutter()
        self._grown = True  # whether each piece holds the one before it, from the beginning

    @property
    def whole(self) -> bool:
        """Whether its arguments are complete."""
        return self._json.done or (self._grown and len(self.pieces) > 1 and is_json(self.pieces[-1]))

    def add(self, piece: str) -> None:
        """Add a piece of its arguments."""
        if piece:
            self._grown = self._grown and (not self.pieces or piece.startswith(self.pieces[-1]))
            self.pieces.append(piece)
            self._json.feed(piece)

    def arguments(self, *, cut: bool) -> str:
        """Return its arguments, once all has come.

        Parameters
        ----------
        cut
            Whether the answer was cut off, perhaps in this call.

        Raises
        ------
        UpstreamFailedError
            If they are those of two calls.
        """
        joined = "".join(self.pieces)
        if not joined.strip():
            return "" if cut else "{}"  # none is an object with nothing in it to who reads JSON
        try:
            value = json.loads(joined)
        except (ValueError, RecursionError):
            return self._mended(joined)
        if value is None:
            return "{}"
        # A string that holds the object was written as JSON twice.
        return value if isinstance(value, str) and value.lstrip().startswith("{") and is_json(value) else joined

    def _mended(self, joined: str) -> str:
        last = self.pieces[-1]
        again = "".join(self.pieces[:-1]).strip() == last.strip()
        if (again or self._grown) and is_json(last):
            return last
        if self._json.done:
            try:
                _, end = json.JSONDecoder().raw_decode(joined.lstrip())
            except (ValueError, RecursionError):
                return joined
            if joined.lstrip()[end:].lstrip().startswith("{"):
                raise unreadable("the arguments of two calls in one")
        return joined  # the model's own mistake, which the client tells it


class Calls:
    """The calls of one answer.

    Parameters
    ----------
    names
        The tools that were declared.

    Examples
    --------
    >>> calls = Calls({"f"})
    >>> for id, piece in (("a", '{"x":'), ("", "1}"), ("b", "{}")):
    ...     calls.take([{"index": 0, "id": id, "function": {"name": "f", "arguments": piece}}])
    >>> [(call.id, call.name, call.arguments(cut=False)) for call in calls.made]
    [('a', 'f', '{"x":1}'), ('b', 'f', '{}')]
    """

    __slots__ = ("_at", "_ids", "_names", "made")

    def __init__(self, names: Collection[str]) -> None:
        self.made: list[Call] = []
        self._names = names
        self._at: dict[int, Call] = {}  # the last one at an index
        self._ids: dict[str, Call] = {}

    def take(self, value: Any, *, apart: bool = False) -> None:
        """Take the ``tool_calls`` of a delta, or of a whole message.

        Parameters
        ----------
        apart
            Whether each entry is a call of its own, as in a whole message.

        Raises
        ------
        UpstreamFailedError
            If it cannot be told what is meant.
        """
        if not value:
            return
        for item in [value] if isinstance(value, dict) else value if isinstance(value, list) else (None,):
            function = item.get("function") if isinstance(item, dict) else None
            if isinstance(item, dict) and function is None:
                function = item  # which some write without the object around it
            if item is None or not isinstance(function, dict) or item.get("type") not in (None, "", "function"):
                raise unreadable("tool_calls")
            name = function.get("name")
            if not (name is None or isinstance(name, str)):
                raise unreadable("the name of a call")
            piece = arguments(function.get("arguments"))
            self._piece(_index(item.get("index")), _id(item.get("id")), name or "", piece, apart)

    def check(self) -> None:
        """Raise UpstreamFailedError if a call has no name, or one that was put together and is no tool's."""
        for call in self.made:
            if not call.name or (call.glued and self._names and call.name not in self._names):
                raise unreadable("the name of a call")

    def _piece(self, index: int | None, id: str | None, name: str, piece: str, apart: bool) -> None:
        last = self.made[-1] if self.made else None
        call = None if apart else self._at.get(index) if index is not None else self._ids.get(id or "", last)
        if call is not None and call.follows and piece.strip():
            name, call = name or call.name, None
        if call is None or (name and self._begins(call, id, name, piece)):
            call = Call(id)
            self.made.append(call)
            if len(self.made) > MOST:
                raise unreadable("so many calls")
        if index is not None:
            self._at[index] = call
        if id is not None:
            call.id = call.id or id
            self._ids.setdefault(id, call)
        if name:
            self._named(call, name)
        call.add(piece)

    def _begins(self, call: Call, id: str | None, name: str, piece: str) -> bool:
        """Whether a piece with a name begins another call, or says again whose it is."""
        if not call.name:
            return False
        other = id is not None and call.id is not None and id != call.id
        if name == call.name:
            if other and call.whole:
                call.follows = not piece.strip()
                return not call.follows
            if other:
                return not (call.pieces or piece)
            return id is None and call.whole and bool(piece.strip())
        if other or call.pieces:
            return True
        if call.name not in self._names or name not in self._names:
            return False  # pieces of a name
        if name.startswith(call.name) or any(known.startswith(call.name + name) for known in self._names):
            raise unreadable("the name of a call, or of two")
        return True

    def _named(self, call: Call, name: str) -> None:
        both = call.name + name
        if not call.name:
            call.name = name
        elif both in self._names and call.name not in self._names:
            call.name, call.glued = both, True
        elif name.startswith(call.name):
            call.glued = call.glued or name != call.name
            call.name = name
        else:
            call.name, call.glued = both, True
        if len(call.name) > NAME:
            raise unreadable("the name of a call")


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 5:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
