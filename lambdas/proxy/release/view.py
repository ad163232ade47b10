"""A text that was made from another one, with the knowledge of which of its letters came from where."""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    #: Where a piece of a view stands: its start and end in the view, its start and end in what it was made from.
    Segment = tuple[int, int, int, int]


class View:
    """A text made from another.

    Parameters
    ----------
    text
        What it is now.
    segments
        Its pieces in their order. One that is as long as what it was made from is that letter by letter; any other
        stands for all of it.
    under
        What it was made from, if that is a view too.

    Examples
    --------
    >>> View("to a@b", [(0, 3, 0, 3), (3, 6, 3, 13)]).back(4, 6)
    (3, 13)
    """

    __slots__ = ("_segments", "_starts", "_under", "text")

    def __init__(self, text: str, segments: Sequence[Segment], under: View | None = None) -> None:
        self.text = text
        self._segments = segments
        self._starts = [segment[0] for segment in segments]
        self._under = under

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return which part of the first text a part of this one (not empty) was made from."""
        first = self._segments[bisect_right(self._starts, start) - 1]
        last = self._segments[bisect_right(self._starts, end - 1) - 1]
        begin = first[2] + (start - first[0] if _same(first) else 0)
        until = last[2] + end - last[0] if _same(last) else last[3]
        return (begin, until) if self._under is None else self._under.back(begin, max(until, begin + 1))


def _same(segment: Segment) -> bool:
    return segment[1] - segment[0] == segment[3] - segment[2]
