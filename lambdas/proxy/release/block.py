"""What is shown to the guardrail in one piece, with the knowledge of which texts it was made from."""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .view import View

    #: A part of a text: its number, from where, to where.
    Part = tuple[int, int, int]

#: What stands between texts that are shown together: no word and no address holds it.
BETWEEN = "\n|\n"


class Block:
    """What is shown in one piece.

    Parameters
    ----------
    at
        The number of the text that it is, or of the first of those that it was made from.
    text
        What is shown.
    view
        How it was made, if it is not that text letter by letter.
    members, starts
        The numbers of all of those, and where each begins in what the view was made from.
    """

    __slots__ = ("_members", "_starts", "_view", "at", "text", "whole")

    def __init__(
        self,
        at: int,
        text: str,
        view: View | None = None,
        members: Sequence[int] = (),
        starts: Sequence[int] = (0,),
    ) -> None:
        self.at = at
        self.text = text
        self.whole = view is None
        self._view = view
        self._members = members or (at,)
        self._starts = starts

    def back(self, start: int, end: int) -> list[Part]:
        """Return which parts of which texts a part of it was made from."""
        if self._view is not None:
            start, end = self._view.back(start, end)
        found, starts = [], self._starts
        for at in range(max(0, bisect_right(starts, start) - 1), len(starts)):
            if starts[at] >= end:
                break
            until = min(end, starts[at + 1]) if at + 1 < len(starts) else end
            if until > max(start, starts[at]):
                found.append((self._members[at], max(start, starts[at]) - starts[at], until - starts[at]))
        return found

    def within(self, word: str) -> int:
        """Return the text that has a word, or its beginning, as far as can be told."""
        at = self.text.casefold().find(word) if len(self._members) > 1 else -1
        parts = self.back(at, at + len(word)) if at >= 0 else []
        return parts[0][0] if parts else self.at

    def places(self) -> list[int]:
        """Return the texts that it was made from, each by the first of those that follow each other."""
        return [self.at]


class Pack(Block):
    """Small blocks that are shown in one piece."""

    __slots__ = ("_inner", "parts")

    def __init__(self, parts: Sequence[Block]) -> None:
        super().__init__(parts[0].at, BETWEEN.join(part.text for part in parts))
        self.whole = False
        self.parts = parts
        self._inner, size = [], 0
        for part in parts:
            self._inner.append(size)
            size += len(part.text) + len(BETWEEN)

    def back(self, start: int, end: int) -> list[Part]:
        """Return which parts of which texts a part of it was made from."""
        found = []
        for at in range(bisect_right(self._inner, start) - 1, len(self.parts)):
            low, part = self._inner[at], self.parts[at]
            if low >= end:
                break
            first, last = max(start, low) - low, min(end - low, len(part.text))
            if last > first:
                found += part.back(first, last)
        return found

    def places(self) -> list[int]:
        """Return the texts that it was made from, each by the first of those that follow each other."""
        return [part.at for part in self.parts]

    def within(self, word: str) -> int:
        """Return the text that has a word, as far as can be told."""
        return next((part.within(word) for part in self.parts if word in part.text.casefold()), self.at)
