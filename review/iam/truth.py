"""Yes, no, or a doubt with its reason: what can be said of a statement that cannot be read for sure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """Neither yes nor no. The reason is a sentence for people: what is not known, and why it matters."""

    reason: str

    def __bool__(self) -> bool:
        """Refuse: a doubt that is taken for a yes or a no is a guess."""
        raise TypeError(f"a doubt is no answer: {self.reason}")


#: Kleene's three values: https://plato.stanford.edu/entries/logic-manyvalued/
Truth = bool | Doubt


def negation(value: Truth) -> Truth:
    """Not.

    Example
    -------
    >>> negation(Doubt("unread"))
    Doubt(reason='unread')
    """
    return value if isinstance(value, Doubt) else not value


def every(values: Iterable[Truth]) -> Truth:
    """And: no if one is no, else the first doubt if there is one, else yes.

    Example
    -------
    >>> every([True, Doubt("unread"), False])
    False
    """
    doubt: Doubt | None = None
    for value in values:
        if isinstance(value, Doubt):
            doubt = value if doubt is None else doubt
        elif not value:
            return False
    return doubt if doubt is not None else True


def some(values: Iterable[Truth]) -> Truth:
    """Or: yes if one is yes, else the first doubt if there is one, else no.

    Example
    -------
    >>> some([False, Doubt("unread"), True])
    True
    """
    return negation(every(negation(value) for value in values))


def agreed(values: Iterable[Truth], reason: str) -> Truth:
    """What all readings of one thing say, or the doubt which of them holds.

    Example
    -------
    >>> agreed([True, False], "two readings")
    Doubt(reason='two readings')
    """
    known = list(values)
    first = known[0]
    return first if all(value == first for value in known) else Doubt(reason)
