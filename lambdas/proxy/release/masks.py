"""What of a masked text belongs to which part of the original.

The guardrail replaces spans by marks such as ``{EMAIL}`` and says what it replaced, not where. With that, the two texts
are read side by side, and every mark is told from a mark that the original had. Should it not say, or say something
that does not fit, then the literal pieces between the marks are laid over the original from the left and from the
right, and a piece for which both ways give the same place stands there for certain.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    #: A literal piece: start in the original, length, start in the masked text, whether it can stand nowhere else.
    Piece = tuple[int, int, int, bool]
    #: The mark that replaced a span, and the span.
    Match = tuple[str, str]
    #: Where a span stood in the original, and the mark that stands in its place.
    Change = tuple[int, int, str]


class Spans:
    """Which spans a mark may stand for, by their sizes, so that each place is looked at once for each size."""

    __slots__ = ("known", "sizes")

    def __init__(self, matches: Sequence[Match]) -> None:
        self.known: dict[str, dict[int, set[str]]] = {}
        for mark, span in matches:
            if span:
                self.known.setdefault(mark, {}).setdefault(len(span), set()).add(span)
        self.sizes = {mark: sorted(spans, reverse=True) for mark, spans in self.known.items()}

    def __bool__(self) -> bool:
        return bool(self.known)

    def size(self, mark: str, window: str, at: int) -> int:
        """Return how long the span is that begins at a place and that a mark stands for; 0 if there is none."""
        spans = self.known[mark]
        return next((size for size in self.sizes[mark] if window[at : at + size] in spans[size]), 0)


def align(window: str, masked: str, matches: Sequence[Match] | Spans = ()) -> list[Piece] | None:
    """Find the pieces of a text that its masked form has kept.

    Parameters
    ----------
    window, masked
        The text, and what it was masked to.
    matches
        Which spans were replaced by which marks, in any order, as far as is known; as `Spans`, if for many texts.

    Returns
    -------
    The pieces in their order, or None if the masked text is not the original with marks in it.

    Examples
    --------
    >>> align("to a@b.c now", "to {EMAIL} now")
    [(0, 3, 0, True), (8, 4, 10, True)]
    >>> align("{EMAIL} a@b.c", "{EMAIL} {EMAIL}", [("{EMAIL}", "a@b.c")])
    [(0, 8, 0, True), (13, 0, 15, True)]
    """
    if matches:
        found = _by_matches(window, masked, matches if isinstance(matches, Spans) else Spans(matches))
        if found is not None:
            return found
    return _by_literals(window, masked)


def changes(original: str, masked: str, matches: Sequence[Match] | Spans = ()) -> list[Change] | None:
    """Return what was masked in a text, and where; None if that is not certain.

    Examples
    --------
    >>> changes("to a@b.c now", "to {EMAIL} now")
    [(3, 8, '{EMAIL}')]
    """
    pieces = align(original, masked, matches)
    if pieces is None:
        return None
    found = []
    at = place = 0
    for start, size, mark_end, certain in pieces:
        if not certain and size:
            return None
        if not certain:
            continue  # nothing stood between two marks: what they stand for is taken together
        if start > at or mark_end > place:
            found.append((at, start, masked[place:mark_end]))
        at, place = start + size, mark_end + size
    return found


def _by_matches(window: str, masked: str, spans: Spans) -> list[Piece] | None:
    pieces: list[Piece] = []
    at = place = start = 0
    while True:
        brace = masked.find("{", place)
        step = (brace if brace >= 0 else len(masked)) - place
        if window[at : at + step] != masked[place : place + step]:
            return None
        at, place = at + step, place + step
        if brace < 0:
            if at != len(window):
                return None
            pieces.append((start, at - start, place - (at - start), True))
            return pieces
        for mark in spans.known:
            size = spans.size(mark, window, at) if masked.startswith(mark, place) else 0
            if size:
                pieces.append((start, at - start, place - (at - start), True))
                at, place = at + size, place + len(mark)
                start = at
                break
        else:
            if not window.startswith("{", at):
                return None
            at, place = at + 1, place + 1


def _by_literals(window: str, masked: str) -> list[Piece] | None:
    literals = _literals(masked)
    if len(literals) == 1:
        return None
    first, final = literals[0], literals[-1]
    if not window.startswith(first[1]) or not window.endswith(final[1]):
        return None
    floor, ceiling = len(first[1]), len(window) - len(final[1])
    earliest, at = [], floor
    for _, text in literals[1:-1]:
        at = window.find(text, at + 1, ceiling)
        if at < 0:
            return None
        earliest.append(at)
        at += len(text)
    if at >= ceiling:
        return None
    latest, at = [], ceiling
    for _, text in reversed(literals[1:-1]):
        at = window.rfind(text, floor + 1, at - 1)
        latest.append(at)
    latest.reverse()
    inner = zip(literals[1:-1], earliest, latest, strict=True)
    return [
        (0, floor, 0, True),
        *((early, len(text), place, early == late) for (place, text), early, late in inner),
        (ceiling, len(final[1]), final[0], True),
    ]


def _literals(masked: str) -> list[tuple[int, str]]:
    """Split a masked text at its marks: the start and the text of each piece between them."""
    pieces, start, at = [], 0, masked.find("{")
    while at >= 0:
        close = masked.find("}", at, at + 102)
        again = masked.find("{", at + 1, close) if close > 0 else -1
        if again >= 0:
            at = again
            continue
        if close > at + 1 and masked[at + 1 : close].isprintable():
            pieces.append((start, masked[start:at]))
            start = close + 1
            at = masked.find("{", start)
        else:
            at = masked.find("{", at + 1)
    pieces.append((start, masked[start:]))
    return pieces
