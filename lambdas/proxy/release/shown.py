"""What the guardrail is shown of some texts, and what its verdict on that means for them.

Each text is shown as it stands. Beside it is shown what of it reads as something else (:mod:`disguises`), and what the
model reads across the border of two texts that follow each other without a gap. What is masked there is masked in the
texts, in the letters that it was made from.

Very many small texts are shown together, with something between them that no word or address holds, since a call takes
a number of blocks: a conversation of 90,000 words in as many messages costs what one text of them does.
"""

from __future__ import annotations

from bisect import bisect_right

from ..core.jsontext import Json
from . import disguises as read
from .masks import Spans, changes
from .view import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .masks import Change, Match
    from .verdict import Verdict

    #: A part of a text: which one, from where, to where.
    Part = tuple[int, int, int]

#: Characters on either side of the border of two texts that are shown: as in a window.
BORDER = 128
#: So many texts are shown apart; of more, the small ones in blocks of so many characters.
APART, TOGETHER = 64, 400
_BETWEEN = "\n|\n"
_UNCERTAIN = "The guardrail masked a part of this that has no masked form."


class Block:
    """What is shown in one piece.

    Parameters
    ----------
    at
        The text that it is, or the first of those that it was made from.
    text
        What is shown.
    view
        How it was made, if it is not that text letter by letter.
    starts
        Where that text and those that follow it begin, in what the view was made from.
    """

    __slots__ = ("_starts", "_view", "at", "text", "whole")

    def __init__(self, at: int, text: str, view: View | None = None, starts: Sequence[int] = (0,)) -> None:
        self.at = at
        self.text = text
        self.whole = view is None
        self._view = view
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
                found.append((self.at + at, max(start, starts[at]) - starts[at], until - starts[at]))
        return found

    def within(self, word: str) -> int:
        """Return the text that has a word, as far as can be told."""
        del word
        return self.at

    def places(self) -> list[int]:
        """Return the texts that it was made from, each by the first of those that follow each other."""
        return [self.at]


class Pack(Block):
    """Small blocks that are shown in one piece."""

    __slots__ = ("_inner", "parts")

    def __init__(self, parts: Sequence[Block]) -> None:
        super().__init__(parts[0].at, _BETWEEN.join(part.text for part in parts))
        self.whole = False
        self.parts = parts
        self._inner, size = [], 0
        for part in parts:
            self._inner.append(size)
            size += len(part.text) + len(_BETWEEN)

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


class Shown:
    """What is shown of some texts.

    Parameters
    ----------
    texts
        A `Json` is shown with its escapes resolved as well.
    follows
        For each text, whether it is read as what goes on with the one before it.
    disguises
        Whether to show what reads as something else than its letters say.

    Attributes
    ----------
    blocks
        What is shown.

    Examples
    --------
    >>> [block.text for block in Shown(["Night", "jar"], [False, True]).blocks]
    ['Night', 'jar', 'Nightjar']
    """

    __slots__ = ("_texts", "blocks")

    def __init__(self, texts: Sequence[str], follows: Sequence[bool] = (), *, disguises: bool = True) -> None:
        self._texts = texts
        blocks = [Block(at, text) for at, text in enumerate(texts)]
        at = 0
        while at < len(texts):
            end = at + 1
            while end < len(follows) and follows[end]:
                end += 1
            if end > at + 1:
                blocks += _joined(texts[at:end], at, disguises)
            elif not read.plain(texts[at]):
                views = read.forms(texts[at], disguises=disguises)
                blocks += [Block(at, view.text, view) for view in views if view.text]
            at = end
        self.blocks = blocks if len(blocks) <= APART else _packed(blocks)

    def place(self, block: int, words: Sequence[str]) -> int | None:
        """Return the text in which one of these words stands, if a block holds it; words are in small letters."""
        text = self.blocks[block].text.casefold()
        return next((self.blocks[block].within(word) for word in words if word in text), None)

    def fold(self, verdict: Verdict) -> list[int]:
        """Carry a verdict on the blocks back to the texts.

        Returns
        -------
        The texts of which it cannot be told what was masked in them, which are to be shown alone.
        """
        masked: list[str | None] = [None] * len(self._texts)
        if verdict.texts.count(None) == len(self.blocks) == len(verdict.texts):  # the usual case: nothing was masked
            verdict.texts = masked
            return []
        made: dict[int, list[Change]] = {}
        alone: set[int] = set()
        spans = Spans(verdict.matches)
        for block, found in zip(self.blocks, verdict.texts, strict=True):
            if found is None or found == block.text:
                continue
            if block.whole:
                masked[block.at] = found
                continue
            changed = changes(block.text, found, spans)
            if changed is None and isinstance(block, Pack):
                alone.update(part.at for part in block.parts)
                continue
            if changed is None:
                verdict.block(_UNCERTAIN, block.at)
                return []
            for start, end, mark in changed:
                for place, (at, first, last) in enumerate(block.back(start, end)):
                    made.setdefault(at, []).append((first, last, "" if place else mark))
        more: list[Match] = []
        for at, others in made.items():
            text, own = self._texts[at], masked[at]
            mine = [] if own is None else changes(text, own, spans)
            if mine is None:
                verdict.block(_UNCERTAIN, at)
                return []
            merged = _merged([*mine, *others])
            more += [(mark, text[start:end]) for start, end, mark in merged]
            masked[at] = _changed(text, merged)
        verdict.matches = [*verdict.matches, *more]
        verdict.texts = masked
        return sorted(alone)


def _merged(changes: list[Change]) -> list[Change]:
    """Put changes into their order, and such as overlap into one."""
    merged: list[Change] = []
    for start, end, mark in sorted(changes, key=lambda change: (change[0], -change[1])):
        if merged and start < merged[-1][1]:  # of what is masked already, or goes on with it
            merged[-1] = (merged[-1][0], max(merged[-1][1], end), merged[-1][2])
        else:
            merged.append((start, end, mark))
    return merged


def _changed(text: str, changes: Sequence[Change]) -> str:
    out, until = [], 0
    for start, end, mark in changes:
        out += [text[until:start], mark]
        until = end
    return "".join([*out, text[until:]])


def _joined(texts: Sequence[str], at: int, disguises: bool) -> list[Block]:
    """Show what stands around the borders of texts that are one to who reads them."""
    whole = "".join(texts)
    starts, size = [], 0
    for text in texts:
        starts.append(size)
        size += len(text)
    pieces: list[str] = []
    segments: list[tuple[int, int, int, int]] = []
    size = 0
    spans: list[list[int]] = []
    for border in starts[1:]:
        low, high = max(0, border - BORDER), min(len(whole), border + BORDER)
        if spans and low <= spans[-1][1]:
            spans[-1][1] = high
        else:
            spans.append([low, high])
    for low, high in spans:
        if pieces:
            pieces.append(_BETWEEN)
            segments.append((size, size + len(_BETWEEN), low, low))
            size += len(_BETWEEN)
        pieces.append(whole[low:high])
        segments.append((size, size + high - low, low, high))
        size += high - low
    views = [View("".join(pieces), segments)]
    whole = Json(whole) if isinstance(texts[0], Json) else whole
    if not read.plain(whole):
        views += read.forms(whole, disguises=disguises)
    return [Block(at, view.text, view, starts) for view in views if view.text]


def _packed(blocks: Sequence[Block]) -> list[Block]:
    """Put small blocks that follow each other into one, so that none but the last is small."""
    made: list[Block] = []
    waiting: list[Block] = []
    size = 0
    for block in blocks:
        if len(block.text) >= TOGETHER:
            made.append(block)
        elif block.text:
            waiting.append(block)
            size += len(block.text) + len(_BETWEEN)
        if size >= TOGETHER:
            made.append(Pack(waiting))
            waiting, size = [], 0
    return [*made, Pack(waiting)] if waiting else made
