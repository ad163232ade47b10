"""How many tokens of a stream have come, as far as that can be seen from outside, for where the service did not say."""

from __future__ import annotations

from bisect import bisect_left

from .costs import BYTES_PER_TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What stands around the text of an event at the most: ids, names and marks.
_AROUND = 512
#: Bytes of an event with text at the least: that of the end, ``[DONE]``, has fewer.
_SHORTEST = 8


class Received:
    """Counts the events of a stream, and the bytes of text in them.

    An event has a token of the text, the reasoning or a call's arguments, or several. Nearly all bytes of the others of
    its kind stand around another text, so what an event is longer than the shortest one is its text.

    Examples
    --------
    >>> received = Received()
    >>> received.take([b'{"delta":""}', b'{"delta":"a"}', b'{"delta":"several tokens at once"}'])
    >>> received.tokens
    7
    """

    __slots__ = ("_bytes", "_events", "_least", "_told")

    def __init__(self) -> None:
        self._events = 0
        self._told = 0  # events with text
        self._bytes = 0  # of these
        self._least = _AROUND

    def take(self, events: Sequence[bytes]) -> None:
        """Count events as they came."""
        self._events += len(events)
        sizes = list(map(len, events))
        if max(sizes, default=0) > _AROUND:  # one that begins, ends or repeats an answer may hold all of it
            sizes = [len(data) for data in events if len(data) <= _AROUND or b"delta" in data]
        sizes.sort()
        told = sizes[bisect_left(sizes, _SHORTEST) :]
        if told:
            self._told += len(told)
            self._bytes += sum(told)
            self._least = min(self._least, told[0])

    @property
    def tokens(self) -> int:
        """One an event, or one for three bytes of text, whichever is more."""
        return max(self._events, (self._bytes - self._told * self._least) // BYTES_PER_TOKEN)
