"""Whether one condition key can hold what several lines of conditions ask of it, and what it would hold."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from review.iam.arn import segments
from review.iam.comparisons import COMPARISONS
from review.iam.conditions import Operator
from review.iam.context import Values
from review.iam.document import Test
from review.iam.pattern import Letter, Part, Pattern, Tokens, Union
from review.iam.truth import Doubt
from review.iam.variables import has_variables
from review.proof.texts import text_of


class RefusedError(Exception):
    """Something cannot be read well enough for a proof. The message says what and why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A line of a condition, and whether it is to be met or not."""

    test: Test
    met: bool
    variables: bool = True


#: That a key holds nothing, and is absent.
ABSENT: Values = ()
_STRINGS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool")
_POINTS = ("Numeric", "Date", "Ip")


def satisfy(wishes: Sequence[Wish], several: bool, *, only_absent: bool = False) -> Values | None:
    """Return what a key holds so that all wishes come true; `ABSENT` if it is to be absent, None if nothing does.

    Parameters
    ----------
    wishes
        What is asked of the key.
    several
        Whether the key holds several values.
    only_absent
        Whether no request comes with the key.

    Raises
    ------
    RefusedError
        If a line cannot be read.

    Example
    -------
    >>> like = Wish(Test("StringLike", "aws:SourceVpce", ("vpce-*",)), True)
    >>> not_one = Wish(Test("StringEquals", "aws:SourceVpce", ("vpce-",)), False)
    >>> satisfy([like, not_one], False)
    ('vpce-x',)
    """
    parsed = [(_operator(wish), wish) for wish in wishes]
    # A request with fewer keys is the plainer one.
    if all(_absent(operator, wish.test) is wish.met for operator, wish in parsed):
        return ABSENT
    # Null asks for absence with true: a key that is there meets it with false.
    asked = [_asks_absence(wish.test) is not wish.met for operator, wish in parsed if operator.base == "Null"]
    if only_absent or not all(asked):
        return None
    present = [(operator, wish) for operator, wish in parsed if operator.base != "Null"]
    return _several(present) if several else _single(present)


def _operator(wish: Wish) -> Operator:
    found = Operator.parse(wish.test.operator)
    if found is None:
        raise RefusedError(f"the condition operator {wish.test.operator!r} is not one that IAM documents")
    if wish.variables and any(has_variables(value) for value in wish.test.values):
        raise RefusedError(f"{wish.test.operator} of {wish.test.key} has a policy variable, which no proof reads")
    return found


def _asks_absence(test: Test) -> bool:
    asked = {value.lower() for value in test.values}
    if asked not in ({"true"}, {"false"}):
        raise RefusedError(f"Null asks true or false of {test.key}, and not {', '.join(test.values)}")
    return asked == {"true"}


def _absent(operator: Operator, test: Test) -> bool:
    if operator.base == "Null":
        return _asks_absence(test)
    if operator.optional or operator.of_all:
        return True
    return operator.negated and not operator.of_any


def _single(wishes: Sequence[tuple[Operator, Wish]]) -> Values | None:
    kinds = {_kind(operator, wish) for operator, wish in wishes}
    if kinds <= {"text"}:
        # Met by some value of the policy, unless the operator or the wish says not.
        inside: list[Union] = [_languages(o, w.test) for o, w in wishes if o.negated is not w.met]
        outside = [_languages(o, w.test) for o, w in wishes if o.negated is w.met]
        found = _text(inside, [pattern for union in outside for pattern in union], wishes)
        return None if found is None else (found,)
    if len(kinds) > 1:
        raise RefusedError(f"{wishes[0][1].test.key} is compared as a text and otherwise")
    return next(((value,) for value in _candidates(wishes) if all(_holds(o, w, value) for o, w in wishes)), None)


def _several(wishes: Sequence[tuple[Operator, Wish]]) -> Values | None:
    """A set of values: some lines ask for one value, the others something of all of them."""
    each: list[tuple[Union, bool]] = []
    some: list[tuple[Union, bool]] = []
    for operator, wish in wishes:
        if _kind(operator, wish) != "text" or not (operator.of_all or operator.of_any):
            raise RefusedError(f"{wish.test.operator} compares {wish.test.key}, which holds several values")
        # A value is good if it is met and the operator is not negated, or the other way round.
        good = not operator.negated
        languages = _languages(operator, wish.test)
        if operator.of_all is wish.met:
            each.append((languages, good is wish.met))
        else:
            some.append((languages, good is wish.met))
    found: list[str] = []
    # Where no line asks for one value, one value that all lines like is set enough.
    for asked in [[*each, one] for one in some] or [each]:
        value = _text([u for u, met in asked if met], [p for u, met in asked if not met for p in u], wishes)
        if value is None:
            return None
        found.append(value)
    return tuple(dict.fromkeys(found))


def _text(inside: list[Union], outside: list[Pattern], wishes: Sequence[tuple[Operator, Wish]]) -> str | None:
    if any(operator.base == "Bool" for operator, _ in wishes):
        inside = [*inside, [Pattern.exact("true"), Pattern.exact("false")]]
    return text_of(inside, outside)


def _languages(operator: Operator, test: Test) -> list[Pattern]:
    if operator.base == "StringEquals":
        return [Pattern.exact(value) for value in test.values]
    if operator.base == "StringLike":
        return [Pattern.of(value) for value in test.values]
    if operator.base == "Bool":
        return [Pattern.exact(value.lower()) for value in test.values]
    if operator.base == "StringEqualsIgnoreCase":
        return [_folded(value) for value in test.values]
    return [pattern for value in test.values for pattern in _arns(value)]


def _folded(value: str) -> Pattern:
    if not value.isascii():
        raise RefusedError(f"{value!r} is compared without case, and is not ASCII")
    return Pattern(tuple(Letter(c if c.lower() == c.upper() else c.lower() + c.upper()) for c in value))


@lru_cache(maxsize=1 << 16)
def _arns(value: str) -> Sequence[Pattern]:
    """The ARNs that `ArnLike` takes: each wildcard stays within its part but those of the last one."""
    pattern = Pattern.of(value)
    parts = segments(pattern)
    if parts is None:
        if None not in pattern.tokens:
            return []
        raise RefusedError(f"{value!r} has fewer than an ARN's six parts; what it matches is not documented")
    tokens: Tokens = ()
    for part in parts[:-1]:
        inner = (Part() if t is None else Letter(None, colon=False) if t == Letter(None) else t for t in part.tokens)
        tokens = (*tokens, *inner, Letter(":"))
    return [Pattern((*tokens, *parts[-1].tokens))]


def _kind(operator: Operator, wish: Wish) -> str:
    if operator.base in _STRINGS:
        return "text"
    kind = next((kind for kind in _POINTS if operator.base.startswith(kind)), None)
    if kind is None:
        raise RefusedError(f"{wish.test.operator} is an operator that no proof reads")
    return kind


def _holds(operator: Operator, wish: Wish, value: str) -> bool:
    comparison = COMPARISONS[operator.base]
    each = [comparison.holds(value, comparison.prepare(wanted)) for wanted in wish.test.values]
    for found in each:
        if isinstance(found, Doubt):
            raise RefusedError(f"{wish.test.operator} of {wish.test.key}: {found.reason}")
    return (any(found is True for found in each) is not operator.negated) is wish.met


def _candidates(wishes: Sequence[tuple[Operator, Wish]]) -> Iterable[str]:
    """Values on, between and beside all that a policy writes: what is asked changes nowhere else."""
    points: list[Any] = []
    for operator, wish in wishes:
        for value in wish.test.values:
            ready = COMPARISONS[operator.base].prepare(value)
            if isinstance(ready, Doubt):
                raise RefusedError(f"{wish.test.operator} of {wish.test.key}: {ready.reason}")
            points.append(ready)
    kind = _kind(*wishes[0])
    if kind == "Numeric":
        known = sorted(set(points))
        between = [(one + other) / 2 for one, other in pairwise(known)]
        return [str(n) for n in (*known, *between, known[0] - 1, known[-1] + 1)]
    if kind == "Date":
        known = sorted(set(points))
        between = [one + (other - one) / 2 for one, other in pairwise(known)]
        ends = [known[0] - timedelta(days=1), known[-1] + timedelta(days=1)]
        return [moment.isoformat() for moment in (*known, *between, *ends)]
    found = []
    for network in points:
        for number in (int(network[0]), int(network[-1]), int(network[0]) - 1, int(network[-1]) + 1):
            if 0 <= number < 2**network.max_prefixlen:
                address = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
                found.append(str(address(number)))
    return [*found, "203.0.113.1", "2001:db8::1"]
