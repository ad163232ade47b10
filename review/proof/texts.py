"""A text that meets some patterns and not others, found with as few of them as decide it.

Of patterns that include one another the narrower one is kept, and what overlaps with nothing is left out, so that the
automaton that is walked in the end is of two or three patterns, however many a policy has.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from review.iam.pattern import Letter, Pattern, Union, witness

_NOT_EMPTY = Pattern((Letter(None), None))


def text_of(inside: Sequence[Union], outside: Sequence[Pattern]) -> str | None:
    """Return a text, not empty, that meets every union of `inside` and no pattern of `outside`; None if none does.

    Raises
    ------
    TooLargeError
        If the patterns that decide it are too many.

    Example
    -------
    >>> text_of([[Pattern.of("a*"), Pattern.of("b*")], [Pattern.of("b*")]], [Pattern.of("b")])
    'bx'
    """
    # The unions with the fewest patterns first: they rule out most.
    return _text_of(tuple(sorted(map(tuple, inside), key=len)), tuple(dict.fromkeys(outside)))


@lru_cache(maxsize=1 << 14)
def _text_of(unions: tuple[tuple[Pattern, ...], ...], outside: tuple[Pattern, ...]) -> str | None:
    """The same of tuples. Policies of a kit have much in common, so the same is asked of team after team."""
    return _choose((), unions, outside)


def _choose(chosen: tuple[Pattern, ...], unions: Sequence[Union], outside: tuple[Pattern, ...]) -> str | None:
    """Take a pattern of each union in turn; `chosen` are those taken, of which none includes another."""
    if not unions:
        return _decide(chosen or (_NOT_EMPTY,), outside)
    for pattern in dict.fromkeys(unions[0]):
        narrowed = _narrow(chosen, pattern)
        if narrowed is not None:
            found = _choose(narrowed, unions[1:], outside)
            if found is not None:
                return found
    return None


def _narrow(chosen: tuple[Pattern, ...], pattern: Pattern) -> tuple[Pattern, ...] | None:
    if any(not _overlap(one, pattern) for one in chosen):
        return None
    if any(_includes(pattern, one) for one in chosen):
        return chosen
    return (*(one for one in chosen if not _includes(one, pattern)), pattern)


@lru_cache(maxsize=1 << 16)  # the same few patterns meet in question after question
def _decide(chosen: tuple[Pattern, ...], outside: tuple[Pattern, ...]) -> str | None:
    if any(_includes(pattern, one) for pattern in outside for one in chosen):
        return None
    for one in chosen:
        if (text := one.literal) is not None:
            fits = text and all(p.matches(text) for p in chosen) and not any(p.matches(text) for p in outside)
            return text if fits else None
    near = [pattern for pattern in outside if all(_overlap(pattern, one) for one in chosen)]
    # Of what is to be avoided, too, the wider pattern says it all.
    wide = [p for n, p in enumerate(near) if not any(_includes(q, p) for m, q in enumerate(near) if m != n and q != p)]
    return witness([*([one] for one in chosen), [_NOT_EMPTY]], [wide] if wide else [])


@lru_cache(maxsize=1 << 18)
def _overlap(one: Pattern, other: Pattern) -> bool:
    for text, pattern in ((one.literal, other), (other.literal, one)):
        if text is not None:
            return pattern.matches(text)
    return witness([[one], [other]]) is not None


@lru_cache(maxsize=1 << 18)
def _includes(larger: Pattern, smaller: Pattern) -> bool:
    if (text := smaller.literal) is not None:
        return larger.matches(text)
    return larger.literal is None and witness([[smaller]], [[larger]]) is None
