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

Judgements on meaning (topics, content filters) are not local; they see V characters of what went before. Windows grow
with the text, so that they see more, and so that text units (billed by 1,000 characters) are not spent on context.

Masks
-----
The guardrail gives back a masked window M, without positions. What of M belongs to which part of W is found out in
:mod:`masks`, and a cut is made only where that is certain. Whatever is released comes out of M, all of which the
guardrail has cleared, so a wrong alignment could lose or repeat characters, but not release a secret. If no cut is
certain, nothing is released and the window grows; a window that cannot grow any more ends the stream.
"""

from __future__ import annotations

from . import masks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .masks import Match, Piece

#: Characters of context, and of hold-back: longer than the spans that the guardrail's word and PII filters find.
OVERLAP = 200
#: Characters not yet released at which a window is shown: soon at first, later whole text units (2 with the context).
GROWTH: Sequence[int] = (250, 450, 800, 1300, 1800)
#: Characters of a window at the most: what the guardrail takes in one call.
LARGEST = 24_000
#: Seconds that text may wait for its window to fill.
PATIENCE = 1.5


class StuckError(Exception):
    """A window of the largest size has no certain cut, or its masked form is not a form of it."""


class Windows:
    """The windows of one text.

    Parameters
    ----------
    overlap
        Characters; see the module's text.
    growth
        Sizes of the first windows and of all later ones, in characters not yet released. None: one window, at the end.

    Examples
    --------
    >>> windows = Windows(overlap=4, growth=(8,))
    >>> windows.feed("An open se"), windows.due(0.0)
    (None, 'An open se')
    >>> windows.settle(None)
    'An ope'
    >>> windows.feed("cret."), windows.close(), windows.due(0.0)
    (None, None, ' open secret.')
    >>> windows.settle(" open {WORD}.")
    'n {WORD}.'
    """

    __slots__ = ("_base", "_closed", "_growth", "_overlap", "_parts", "_raw", "_released", "_shown", "_since", "_wait")

    def __init__(self, overlap: int = OVERLAP, growth: Sequence[int] | None = GROWTH) -> None:
        self._overlap = overlap
        self._growth = list(growth) if growth else []
        self._raw = ""  # T from _base on
        self._parts: list[str] = []  # fed since, joined only when a window is made: linear over any number of chunks
        self._base = 0
        self._released = 0  # r
        self._shown: tuple[int, int, str, bool] | None = None  # start, end, W, whether it was the last
        self._closed = False
        self._since: float | None = None
        self._wait = 0 if growth else None  # raised when a window had no cut

    @property
    def finished(self) -> bool:
        """Whether the whole text was released."""
        return self._closed and self._shown is None and self._released == self._end()

    @property
    def closed(self) -> bool:
        """Whether the text is complete."""
        return self._closed

    def _end(self) -> int:
        return self._base + len(self._raw) + sum(map(len, self._parts))

    def feed(self, text: str) -> None:
        """Add what was written."""
        if self._closed:
            raise StuckError
        self._parts.append(text)

    def close(self) -> None:
        """Say that the text is complete."""
        self._closed = True

    def due(self, now: float) -> str | None:
        """Return the window to show to the guardrail, or None if none is due or one is out.

        Parameters
        ----------
        now
            A monotonic time in seconds, for the patience.
        """
        if self._shown is not None:
            return None
        end = self._end()
        new = end - self._released
        if self._since is None and new:
            self._since = now
        if not new or not (self._closed or self._full(new, now)):
            return None
        if self._parts:
            self._raw += "".join(self._parts)
            self._parts.clear()
        start = max(self._base, self._released - self._overlap)
        end = min(end, start + LARGEST)
        window = self._raw[start - self._base : end - self._base]
        self._shown = (start, end, window, self._closed and end == self._base + len(self._raw))
        return window

    def _full(self, new: int, now: float) -> bool:
        if self._wait is None:
            return new + self._overlap >= LARGEST
        if new <= max(self._overlap, self._wait):
            return False
        return new >= self._growth[0] or (self._since is not None and now - self._since >= PATIENCE)

    def settle(self, masked: str | None, matches: Sequence[Match] = ()) -> str:
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
        want = len(window) if last else len(window) - self._overlap
        if masked is None or masked == window:
            cut, out = want, window[left:want]
        else:
            cut, out = _cut(masks.align(window, masked, matches), masked, left, want, last)
        if cut <= left and not last:
            if len(window) >= LARGEST:
                raise StuckError
            self._wait = (end - self._released) + self._overlap
            return ""
        self._released = start + cut
        self._wait = None if self._wait is None else 0
        self._since = None
        if len(self._growth) > 1:
            del self._growth[0]
        keep = max(self._base, self._released - self._overlap)
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
