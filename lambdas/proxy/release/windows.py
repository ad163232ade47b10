"""Guarding a text that is still being written: in overlapping windows, each released only when cleared.

The scheme
----------
The text so far is T, of which the first r characters were released. A window is W = T[r - V : e]: up to V characters of
what was released already (the *context*, for detection alone), then all that was not. The guardrail is shown W, and of
its verdict only the middle is used: when W is cleared, T[r : e - V] is released and the last V characters stay back,
until a later window has seen what follows them. The window at the end of the text is released to its end.

What it guarantees
------------------
Let the guardrail find spans shorter than V, each by the span itself. A span that touches the released part [r, e - V)
starts after r - V and ends before e, so W holds it whole, and the guardrail sees it before any of it is released:

- a span that blocks is found while all of it is still held back;
- a span that is masked is masked whole, and what is released is a prefix of what the guardrail would make of all of T.

Judgements on meaning (topics, content filters) are not local; they see V characters of what went before.

When a window is shown
----------------------
The first as soon as something can be released: at V + 1 characters, or at the end of a shorter text. So what guarding
adds to the first token is one call, after the V characters that must be held back. Each later one some time after the
last: DELAY seconds at first, then a third of the time that the text has been coming for, so that somebody who reads
while it comes has more to read than there is to wait for. So windows grow, and text units (billed by 1,000 characters)
fill up; one that has several units waits for no more than DELAY. What stands over a whole number of units by a little
stays for the next window. No scheme that keeps these times does with fewer calls.

Masks
-----
The guardrail gives back a masked window M, without positions. What of M belongs to which part of W is found out in
:mod:`masks`, and a cut is made only where that is certain. Whatever is released comes out of M, all of which the
guardrail has cleared, so a wrong alignment could lose or repeat characters, but not release a secret. If no cut is
certain, nothing is released and the window grows; a window that cannot grow any more ends the stream.
"""

from __future__ import annotations

from ..core.team import DELAY
from . import masks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .masks import Match, Piece

#: Characters of context, and of hold-back: longer than the spans that the guardrail's word and PII filters find (a
#: word of its list has up to 100).
OVERLAP = 128
#: Seconds between two windows of one text, once it has been coming for a while: this part of the time since the first,
#: up to so many seconds, unless so many characters are new.
SHARE = 1 / 3
LONGEST = 8.0
ENOUGH = 4000
#: Characters of a window at the most: what the guardrail takes in one call.
LARGEST = 24_000
#: Characters of a text unit (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-how.html).
UNIT = 1000
#: Part of what is new in a window that may stay for the next one, if that saves a text unit.
_SPARED = 0.1


def at_end(text: str, visible: int) -> int:
    """Return how many characters at the end of a text are so many: all of them if it has fewer."""
    return min(visible, len(text))


class StuckError(Exception):
    """A window of the largest size has no certain cut, or its masked form is not a form of it."""


class Windows:
    """The windows of one text.

    Parameters
    ----------
    overlap
        Characters; see the module's text.
    delay
        Seconds between two windows at first. None: one window, at the end.
    reach
        Tells of a text how many characters at its end read as so many: more, if it has such as are not seen.

    Examples
    --------
    >>> windows = Windows(overlap=4)
    >>> windows.feed("An open se"), windows.due(0.0)
    (None, 'An open se')
    >>> windows.settle(None)
    'An ope'
    >>> windows.feed("cret."), windows.close(), windows.due(0.0)
    (None, None, ' open secret.')
    >>> windows.settle(" open {WORD}.")
    'n {WORD}.'
    """

    __slots__ = (
        "_again",
        "_base",
        "_began",
        "_closed",
        "_delay",
        "_least",
        "_limits",
        "_more",
        "_overlap",
        "_parts",
        "_raw",
        "_reach",
        "_released",
        "_shown",
        "_soon",
    )

    def __init__(
        self,
        overlap: int = OVERLAP,
        delay: float | None = DELAY,
        reach: Callable[[str, int], int] = at_end,
    ) -> None:
        self._overlap = overlap
        self._reach = reach
        self._limits: list[int] = []  # where one text ends and another goes on: no cut is made across
        self._delay = delay
        self._raw = ""  # T from _base on
        self._parts: list[str] = []  # fed since, joined only when a window is made: linear over any number of chunks
        self._more = 0  # their characters
        self._base = 0
        self._released = 0  # r
        self._shown: tuple[int, int, str, bool] | None = None  # start, end, W, whether it was the last
        self._closed = False
        self._began: float | None = None  # when the first window was shown
        self._again = self._soon = float("-inf")  # when the next may be: if it is small, if it is large
        self._least = overlap  # characters that it must have more than: raised when a window had no cut

    @property
    def finished(self) -> bool:
        """Whether the whole text was released."""
        return self._closed and self._shown is None and self._released == self._end()

    @property
    def released(self) -> int:
        """How many characters were released."""
        return self._released

    @property
    def held(self) -> int:
        """How many characters came and were not released yet."""
        return self._end() - self._released

    def limit(self) -> int:
        """Say that what is fed from here on is another text that goes on with this one; return where it begins."""
        self._limits.append(self._end())
        return self._limits[-1]

    @property
    def closed(self) -> bool:
        """Whether the text is complete."""
        return self._closed

    def _end(self) -> int:
        return self._base + len(self._raw) + self._more

    def feed(self, text: str) -> None:
        """Add what was written."""
        if self._closed:
            raise StuckError
        self._parts.append(text)
        self._more += len(text)

    def close(self) -> None:
        """Say that the text is complete."""
        self._closed = True

    def due(self, now: float) -> str | None:
        """Return the window to show to the guardrail, or None if none is due or one is out.

        Parameters
        ----------
        now
            A monotonic time in seconds.
        """
        at = self.next()
        if at is None or now < at:
            return None
        if self._parts:
            self._raw += "".join(self._parts)
            self._parts.clear()
            self._more = 0
        end = self._base + len(self._raw)
        start = self._released - self._reach(self._raw[: self._released - self._base], self._overlap)
        end = self._spare(start, min(end, start + LARGEST))
        window = self._raw[start - self._base : end - self._base]
        self._shown = (start, end, window, self._closed and end == self._base + len(self._raw))
        if self._delay is not None:
            self._began = now if self._began is None else self._began
            self._soon = now + self._delay
            self._again = max(self._soon, now + min((now - self._began) * SHARE, LONGEST))
        return window

    def next(self) -> float | None:
        """Return the monotonic time from which a window is due, or None if that takes more text, or a verdict."""
        new = self._end() - self._released
        if self._shown is not None or not new:
            return None
        if self._closed:
            return float("-inf")
        if self._delay is None:
            return float("-inf") if new + self._overlap >= LARGEST else None
        if new <= self._least:
            return None
        return self._soon if new >= ENOUGH else self._again

    def _spare(self, start: int, end: int) -> int:
        """Return the end of the window without what would cost another text unit for almost nothing."""
        over = (end - start) % UNIT
        new = end - self._overlap - self._released
        if self._closed or self._least > self._overlap or over > new * _SPARED or end - start < UNIT:
            return end
        return end - over

    def settle(self, masked: str | None, matches: Sequence[Match] | masks.Spans = ()) -> str:
        """Take the guardrail's verdict on the window that is out, and return what may be released.

        Parameters
        ----------
        masked
            The window as the guardrail masked it, or None if it is cleared as it stands.
        matches
            What it masked, as far as it said so.

        Raises
        ------
        StuckError
            If nothing can be released for certain and the window cannot grow.
        """
        if self._shown is None:
            raise StuckError
        start, end, window, last = self._shown
        self._shown = None
        left = self._released - start
        want = len(window) if last else len(window) - self._reach(window, self._overlap)
        final = last
        if masked is None or masked == window:
            cut, out = want, window[left:want]
        else:
            border = next((limit - start for limit in self._limits if limit > self._released), len(window))
            if border < want:  # it could not be told which text a mark belongs to
                want, last = border, False
            cut, out = _cut(masks.align(window, masked, matches), masked, left, want, last)
        if cut <= left and not last:
            if len(window) >= LARGEST or final:
                raise StuckError
            self._least = (end - self._released) + self._overlap
            return ""
        self._released = start + cut
        if self._limits and self._limits[0] <= self._released:
            self._limits = [limit for limit in self._limits if limit > self._released]
        self._least = self._overlap
        keep = self._released - self._reach(self._raw[: self._released - self._base], self._overlap)
        self._raw = self._raw[keep - self._base :]
        self._base = keep
        return out


def _cut(pieces: list[Piece] | None, masked: str, left: int, want: int, last: bool) -> tuple[int, str]:
    """Return where the window is cut (at the most at ``want``), and its masked form between left and there."""
    if pieces is None:
        # Not the window with marks in it. Its end can still be told if nothing of it was released before.
        if last and left == 0:
            return want, masked
        raise StuckError
    begin = _begin(pieces, left, len(masked))
    if last:
        return want, masked[begin:]
    for at, size, place, certain in reversed(pieces):
        cut = min(want, at + size)
        if certain and at <= cut and cut > left and (size or at == 0):
            return cut, masked[begin : place + cut - at]
    return left, ""


def _begin(pieces: list[Piece], left: int, end: int) -> int:
    """Return where in the masked text the part begins that was not released yet.

    If the place lies inside a mark (the guardrail now sees a span that it did not see before), the whole mark follows.
    """
    after = 0
    for at, size, place, _ in pieces:
        if left < at:
            return after
        if left <= at + size:
            return place + left - at
        after = place + size
    return end
