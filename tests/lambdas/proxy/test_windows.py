"""Windows of a stream: whatever the chunks, nothing forbidden is released, and what is released is the guarded text."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.proxy.masks import align
from lambdas.proxy.windows import GROWTH, LARGEST, OVERLAP, StuckError, Windows

OVER = 12  # longer than every span below
SMALL = (16, 24, 40)
SPANS = {"BLOCK": "<forbid>", "MASK": "<a@b.c>", "OTHER": "<x@y.zz>"}
MARKS = re.compile(r"<[a-z]+@[a-z.]+>")


def guard(text: str) -> str | None:
    """A guardrail that finds spans wherever they are: None if it blocks, else the masked text."""
    return None if SPANS["BLOCK"] in text else MARKS.sub("{EMAIL}", text)


def run(
    chunks: list[str], settle_after: list[bool], *, growth: tuple[int, ...] | None = SMALL, told: int = 1000
) -> tuple[str, bool, int]:
    """Feed a text in chunks, verdicts coming early or late; return what was released, whether it was blocked, calls."""
    windows = Windows(overlap=OVER, growth=growth)
    released, calls = [], 0
    out: str | None = None

    def settle(window: str) -> bool:
        masked = guard(window)
        if masked is None:
            return False
        matches = [("{EMAIL}", span) for span in MARKS.findall(window)[:told]]
        released.append(windows.settle(None if masked == window else masked, matches))
        return True

    for chunk, now in zip(chunks, settle_after, strict=True):
        windows.feed(chunk)
        if out is None:
            out = windows.due(0.0)
            calls += out is not None
        if out is not None and now:
            if not settle(out):
                return "".join(released), True, calls
            out = None
    windows.close()
    while out is not None or (out := windows.due(0.0)) is not None:
        calls += 1
        if not settle(out):
            return "".join(released), True, calls
        out = None
    assert windows.finished
    return "".join(released), False, calls


pieces = st.one_of(
    st.text(alphabet="ab ,{}E<>@.\n", max_size=12), st.sampled_from(sorted(SPANS.values())), st.just("{EMAIL}")
)


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[str], list[bool]]:
    text = "".join(draw(st.lists(pieces, max_size=14)))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=20)))
    edges = [0, *cuts, len(text)]
    chunks = [text[a:b] for a, b in pairwise(edges)]
    return text, chunks, draw(st.lists(st.booleans(), min_size=len(chunks), max_size=len(chunks)))


@given(cut_texts())
@example(("a" * 30 + "<a@b.c>" + "b" * 30, ["a" * 30, "<a@", "b.c>" + "b" * 30], [True, True, True]))
@example(("a" * 30 + "<forbid>", ["a" * 30, "<for", "bid>"], [True, False, True]))
def test_nothing_forbidden_is_released_and_what_is_released_is_the_guarded_text(
    case: tuple[str, list[str], list[bool]],
) -> None:
    text, chunks, settle_after = case
    try:
        released, blocked, _ = run(chunks, settle_after)
    except StuckError:
        pytest.fail("a short text got stuck")
    before = text.partition(SPANS["BLOCK"])[0]
    assert blocked == (SPANS["BLOCK"] in text)
    assert SPANS["BLOCK"] not in released
    assert not MARKS.search(released)
    if blocked:
        guarded = guard(before)
        assert guarded is not None
        assert guarded.startswith(released)
    else:
        assert released == guard(text)


@given(cut_texts(), st.integers(0, 1))
def test_a_guardrail_that_does_not_say_what_it_masked_costs_nothing_but_literal_marks(
    case: tuple[str, list[str], list[bool]], told: int
) -> None:
    text, chunks, settle_after = case
    try:
        released, blocked, _ = run(chunks, settle_after, told=told)
    except StuckError:
        return  # ends the stream, which is safe
    assert SPANS["BLOCK"] not in released
    assert not MARKS.search(released)
    if "{" not in text and not blocked:
        assert released == guard(text)


@pytest.mark.parametrize("span", sorted(SPANS.values()))
def test_every_place_of_a_span_and_every_size_of_chunk(span: str) -> None:
    for place in range(0, 70):
        text = "lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmo"
        text = text[:place] + span + text[place:]
        for size in (1, 3, 7, 50, 100):
            chunks = [text[at : at + size] for at in range(0, len(text), size)]
            released, blocked, _ = run(chunks, [True] * len(chunks))
            assert blocked == (span == SPANS["BLOCK"])
            if blocked:
                assert text[:place].startswith(released)
            else:
                assert released == guard(text)


def test_the_first_characters_are_held_back_by_the_overlap_and_no_more() -> None:
    windows = Windows()
    windows.feed("x" * (GROWTH[0] - 1))
    assert windows.due(0.0) is None
    windows.feed("x")
    assert windows.due(0.0) == "x" * GROWTH[0]
    assert windows.settle(None) == "x" * (GROWTH[0] - OVERLAP)


def test_the_windows_of_a_long_text_grow_to_whole_text_units() -> None:
    windows, sizes = Windows(), []
    for _ in range(4000):
        windows.feed("four")
        if (window := windows.due(0.0)) is not None:
            sizes.append(len(window))
            windows.settle(None)
    assert sizes == sorted(sizes)
    assert 1996 <= sizes[-1] <= 2000, "context and new text together fill two text units"
    least = -(-16000 // (GROWTH[-1] - OVERLAP))
    assert len(sizes) <= 1.25 * least + 2


def test_patience_shows_a_window_that_fills_slowly() -> None:
    windows = Windows()
    windows.feed("x" * (OVERLAP + 1))
    assert windows.due(0.0) is None
    assert windows.due(60.0) == "x" * (OVERLAP + 1)


def test_a_window_never_exceeds_what_one_call_takes() -> None:
    windows = Windows(growth=None)
    windows.feed("y" * (3 * LARGEST))
    windows.close()
    released = 0
    while (window := windows.due(0.0)) is not None:
        assert len(window) <= LARGEST
        released += len(windows.settle(None))
    assert released == 3 * LARGEST


def test_a_masked_form_that_is_none_of_the_window_is_not_released() -> None:
    windows = Windows()
    windows.feed("z" * 300)
    assert windows.due(0.0)
    with pytest.raises(StuckError):
        windows.settle("something {ELSE} entirely")


@given(st.lists(st.text(alphabet="ab ,", max_size=6), min_size=2, max_size=6))
def test_pieces_that_are_certain_stand_where_they_stood(literals: list[str]) -> None:
    # A masked text made on purpose: what align() calls certain must be where it really was.
    window, masked, places = "", "", []
    for at, literal in enumerate(literals):
        places.append(len(window))
        window, masked = window + literal, masked + literal
        if at + 1 < len(literals):
            window, masked = window + "@@", masked + "{X}"
    found = align(window, masked)
    assert found is not None
    assert len(found) == len(literals)
    for (start, size, _, certain), place, literal in zip(found, places, literals, strict=True):
        assert size == len(literal)
        if certain and size:
            assert start == place
