"""What the guardrail is shown of some texts, and what its verdict on that means for them.

Each text is shown as it stands. Beside it is shown what of it reads as something else (:mod:`disguises`), and what the
model reads across the border of two texts that follow each other without a gap. What is masked there is masked in the
texts, in the letters that it was made from.

Very many small texts are shown together, with something between them that no word or address holds, since a call takes
a number of blocks: a conversation of 90,000 words in as many messages costs what one text of them does.
"""

from __future__ import annotations

from . import disguises as read
from .block import BETWEEN, Block, Pack
from .masks import Spans, changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .masks import Change, Match
    from .verdict import Verdict

#: So many texts are shown apart; of more, the small ones in blocks of so many characters.
APART, TOGETHER = 64, 400
_UNCERTAIN = "The guardrail masked a part of this that has no masked form."


def as_they_stand(texts: Sequence[str]) -> bool:
    """Whether texts, none of which goes on with another, are all that is shown of them: no block takes its making."""
    return len(texts) <= APART and all(map(read.plain, texts))


class Shown:
    """What is shown of some texts.

    Parameters
    ----------
    texts
        A `Json` is shown with its escapes resolved as well.
    follows
        For each text, the number of the one that it is read as going on with, or -1; none, if no text does.
    disguises
        Whether to show what reads as something else than its letters say.

    Attributes
    ----------
    blocks
        What is shown.

    Examples
    --------
    >>> [block.text for block in Shown(["Night", "jar"], [-1, 0]).blocks]
    ['Night', 'jar', 'Nightjar', 'Night jar']
    """

    __slots__ = ("_texts", "blocks")

    def __init__(self, texts: Sequence[str], follows: Sequence[int] = (), *, disguises: bool = True) -> None:
        self._texts = texts
        blocks = [Block(at, text) for at, text in enumerate(texts)]
        for members in _chains(len(texts), follows):
            if len(members) > 1:
                from .joined import joined  # not before two texts go on with each other

                blocks += joined([texts[at] for at in members], members, disguises)
            elif not read.plain(texts[members[0]]):
                views = read.forms(texts[members[0]], disguises=disguises)
                blocks += [Block(members[0], view.text, view) for view in views if view.text]
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
            if changed is None and isinstance(block, Pack) and all(part.whole for part in block.parts):
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


def _chains(size: int, follows: Sequence[int]) -> Iterable[Sequence[int]]:
    """Return the numbers of the texts, those together that go on with each other."""
    if not follows:
        return zip(range(size), strict=True)
    chains: list[list[int]] = []
    of: dict[int, list[int]] = {}
    for at in range(size):
        chain = of.get(follows[at])
        if chain is None:
            chains.append(chain := [])
        chain.append(at)
        of[at] = chain
    return chains


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
            size += len(block.text) + len(BETWEEN)
        if size >= TOGETHER:
            made.append(Pack(waiting))
            waiting, size = [], 0
    return [*made, Pack(waiting)] if waiting else made
