"""Ids of tool calls: replaced where the service would refuse them, and unique where a client tells calls apart by them.

In a history an id stands twice, with the call and with its result. OpenAI takes up to 40 letters, digits, ``_`` and
``-`` on Chat Completions, and 64 on Responses; other services make longer ones, with signatures in them
(https://github.com/BerriAI/litellm/issues/38333), and some begin with the same ids in each turn. The model never sees
an id, so one that would be refused is replaced by a hash of itself: the same in every turn, on both sides.
"""

from __future__ import annotations

import os
from collections import deque

from ..core.digest import sha256
from ..core.usage import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Characters of a call's id that every service takes, and of an item's.
LONGEST = 40
LONGEST_ITEM = 64

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Ids:
    """The ids of the calls of one conversation.

    Attributes
    ----------
    seen
        Every id that stands in the history, as the client has it.

    Examples
    --------
    >>> ids = Ids()
    >>> ids.call("call_1"), ids.result("call_1")
    ('call_1', 'call_1')
    >>> ids.call("a/b"), ids.result("a/b")
    ('call_c14cddc033f64b9dea80ea67', 'call_c14cddc033f64b9dea80ea67')
    """

    __slots__ = ("_again", "_last", "_times", "_waiting", "seen")

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._times: dict[str, int] = {}  # how often an id was a call's
        self._again: dict[str, int] = {}  # how often one of an answer's stood for another call
        self._waiting: dict[str, deque[str]] = {}  # what stands for it, of the calls whose results have not come
        self._last: dict[str, str] = {}  # … and of the last one whose result has

    def call(self, id: str) -> str:
        """Return what stands for a call's id; another one for each call, should the same come again."""
        self.seen.add(id)
        times = self._times.get(id, 0)
        self._times[id] = times + 1
        made = _safe(id) if not times else _hashed(f"{id}#{times}")
        self._waiting.setdefault(id, deque()).append(made)
        return made

    def result(self, id: str) -> str:
        """Return what stands for the id of a call whose result this is."""
        self.seen.add(id)
        waiting = self._waiting.get(id)
        if waiting:
            self._last[id] = waiting.popleft()
        return self._last.get(id) or _safe(id)

    def answered(self, value: Any, prefix: str = "call") -> str:
        """Return the id of a call in an answer: the service's own, unless it has none, or one that stands for another.

        A client puts a result to a call by its id, over the whole conversation.
        """
        own = id = word(value, "") or fresh(prefix)
        while id in self.seen:
            self._again[own] = self._again.get(own, 0) + 1  # each once, however many calls come under one id
            id = _hashed(f"{own}~{self._again[own]}")
        self.seen.add(id)
        return id


def fresh(prefix: str) -> str:
    """Return an id that stands for nothing else."""
    return f"{prefix}_{os.urandom(12).hex()}"


def given(value: Any, prefix: str) -> str:
    """Return an answer's own id if it is one word, else a fresh one: clients merge what has the same id."""
    return word(value, "") or fresh(prefix)


def unlike(id: str, seen: dict[str, int]) -> str:
    """Return an item's id, with a number if another item has it: OpenAI's client for Python takes each once.

    Parameters
    ----------
    seen
        Every id that an item has, and the number that was last added to it; is added to.
    """
    own = id
    while id in seen:
        seen[own] += 1
        id = f"{own}_{seen[own]}"
    seen[id] = 1
    return id


def safe(id: str, longest: int = LONGEST) -> bool:
    """Whether every service takes an id as it stands."""
    return 0 < len(id) <= longest and _SAFE.issuperset(id)


def _safe(id: str) -> str:
    return id if safe(id) else _hashed(id)


def _hashed(id: str) -> str:
    return f"call_{sha256(id.encode()).hexdigest()[:24]}"
