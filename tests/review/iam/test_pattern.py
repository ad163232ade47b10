"""Questions about wildcard patterns are answered as trying every text would answer them."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.iam import pattern
from review.iam.pattern import Pattern, TooLargeError, includes, overlap, witness

TEXTS = ["".join(letters) for size in range(6) for letters in itertools.product("ab:", repeat=size)]
PATTERNS = st.text("ab:*?", max_size=6).map(Pattern.of)
UNIONS = st.lists(PATTERNS, min_size=1, max_size=3)


def expression(wanted: Pattern) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in wanted.text), re.DOTALL)


@settings(max_examples=40)
@given(PATTERNS)
def test_a_pattern_is_what_a_regular_expression_is(wanted: Pattern) -> None:
    compiled = expression(wanted)
    assert [t for t in TEXTS if wanted.matches(t)] == [t for t in TEXTS if compiled.fullmatch(t)]


@settings(max_examples=60)
@given(st.lists(UNIONS, min_size=1, max_size=3), st.lists(UNIONS, max_size=2))
def test_a_witness_is_a_shortest_text(inside: list[list[Pattern]], outside: list[list[Pattern]]) -> None:
    def meets(text: str) -> bool:
        return all(any(expression(p).fullmatch(text) for p in union) for union in inside) and not any(
            expression(p).fullmatch(text) for union in outside for p in union
        )

    found = witness(inside, outside)
    # Of short texts all are tried, so that none that is shorter is missed.
    shortest = next((text for text in TEXTS if meets(text)), None)
    if found is None:
        assert shortest is None
    else:
        assert meets(found)
        assert shortest is None or len(found) <= len(shortest)


@settings(max_examples=40)
@given(UNIONS, UNIONS)
def test_inclusion_and_overlap(one: list[Pattern], other: list[Pattern]) -> None:
    def of(union: list[Pattern]) -> set[str]:
        return {text for text in TEXTS if any(p.matches(text) for p in union)}

    if includes(one, other):
        assert of(other) <= of(one)
    if not overlap(one, other):
        assert not of(one) & of(other)


def test_every_character_of_unicode_is_a_character() -> None:
    assert witness([[Pattern.of("?")]], [[Pattern.of(c)] for c in pattern._PREFERRED]) is not None
    assert Pattern.of("*").matches("a\nb\U0001f600")


def test_a_text_is_exact_where_it_is_meant_to_be() -> None:
    assert Pattern.exact("a*").matches("a*")
    assert not Pattern.exact("a*").matches("ab")
    assert Pattern.exact("a*").literal == "a*"
    assert Pattern.of("a?").literal is None


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern, "MOST_STATES", 10)
    with pytest.raises(TooLargeError):
        witness([[Pattern.of("*abcdefghij")], [Pattern.of("*klmnopqrst")]])
