"""A question that an auditor asks, and its answer with the lines that it stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from review.page.evidence import Evidence
from review.page.source import Line
from review.rules.rule import UNREADABLE, reason


@dataclass(frozen=True)
class Table:
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes
    ----------
    says
        Sentences.
    table
        What is better read in rows; None if nothing is.
    lines
        The lines of templates and results that it stands on.
    beyond
        What the templates cannot say, and where that is answered.
    """

    says: tuple[str, ...] = ()
    table: Table | None = None
    lines: tuple[Line, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """How far the templates and results answer.

        Example
        -------
        >>> Answer(beyond=("What it costs stands on the bill.",)).state
        'not in the templates'
        """
        if not self.lines:
            return "not in the templates"
        return "answered in part" if self.beyond else "answered"


@dataclass(frozen=True)
class Question:
    """A question, and what answers it."""

    id: str
    asks: str
    how: Callable[[Evidence], Answer] = field(repr=False)

    def answer(self, evidence: Evidence) -> Answer:
        """Answer it; where something cannot be read, say so."""
        try:
            return self.how(evidence)
        except UNREADABLE as doubt:
            return Answer(beyond=(f"It cannot be answered: {reason(doubt)}",))


def answer(
    *says: str,
    rows: Sequence[Sequence[str]] = (),
    headings: Sequence[str] = (),
    lines: Sequence[Line] = (),
    beyond: Sequence[str] = (),
) -> Answer:
    """Put an answer together.

    Example
    -------
    >>> answer("Nobody.", lines=[Line("A.json", 3, "A/Key", "true")]).state
    'answered'
    """
    table = Table(tuple(headings), tuple(tuple(row) for row in rows)) if rows else None
    return Answer(tuple(said for said in says if said), table, tuple(lines), tuple(beyond))
