"""Windows of a stream: whatever the chunks, nothing forbidden is released, and what is released is the guarded text."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.proxy.core.team import DELAY
from lambdas.proxy.release.masks import align
from lambdas.proxy.release.windows import ENOUGH, LARGEST, LONGEST, OVERLAP, SHARE, UNIT, StuckError, Windows

OVER = 12  # longer than every span below
SPANS = {"BLOCK": "<forbid>", "MASK": "<a@b.c>", "OTHER": "<x@y.zz>"}
MARKS = re.compile(r"<[a-z]+@[a-z.]+>")


def guard(text: str) -> str | None:
    """A guardrail that finds spans wherever they are: None if it blocks, else the masked text."""
    return None if SPANS["BLOCK"] in text else MARKS.sub("{EMAIL}", text)


def run(
    chunks: list[str], settle_after: list[bool], *, delay: float | None = DELAY, pause: float = 1.0, told: int = 1000
) -> tuple[str, bool, int]:
    """Feed a text in chunks, verdicts coming early or late; return what was released, whether it was blocked, calls."""
    windows = Windows(overlap=OVER, delay=delay)
    released, calls = [], 0
    out: str | None = None

    def settle(window: str) -> bool:
        masked = guard(window)
        if masked is None:
            return False
        matches = [("{EMAIL}", span) for span in MARKS.findall(window)[:told]]
        released.append(windows.settle(None if masked == window else masked, matches))
        return True

    for at, (chunk, now) in enumerate(zip(chunks, settle_after, strict=True)):
        windows.feed(chunk)
        if out is None:
            out = windows.due(at * pause)
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


@given(cut_texts(), st.sampled_from([0.0, 0.6, 2.0]))
@example(("a" * 30 + "<a@b.c>" + "b" * 30, ["a" * 30, "<a@", "b.c>" + "b" * 30], [True, True, True]), 2.0)
@example(("a" * 30 + "<forbid>", ["a" * 30, "<for", "bid>"], [True, False, True]), 2.0)
def test_nothing_forbidden_is_released_and_what_is_released_is_the_guarded_text(
    case: tuple[str, list[str], list[bool]], pause: float
) -> None:
    text, chunks, settle_after = case
    try:
        released, blocked, _ = run(chunks, settle_after, pause=pause)
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
        released, blocked, _ = run(chunks, settle_after, pause=2.0, told=told)
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
            released, blocked, _ = run(chunks, [True] * len(chunks), pause=2.0)
            assert blocked == (span == SPANS["BLOCK"])
            if blocked:
                assert text[:place].startswith(released)
            else:
                assert released == guard(text)


def test_the_first_window_is_shown_as_soon_as_a_character_can_be_released() -> None:
    windows = Windows()
    windows.feed("x" * OVERLAP)
    assert windows.due(0.0) is None
    windows.feed("y")
    assert windows.due(0.0) == "x" * OVERLAP + "y"
    assert windows.settle(None) == "x"


def test_the_next_window_fills_while_the_last_is_checked_and_is_shown_when_the_delay_is_over() -> None:
    windows = Windows()
    windows.feed("x" * (OVERLAP + 1))
    assert windows.due(10.0)
    windows.feed("y" * 100)
    assert windows.next() is None, "one window is out"
    assert windows.settle(None) == "x"
    assert windows.next() == 10.0 + DELAY
    assert windows.due(10.0 + DELAY - 0.01) is None
    assert windows.due(10.0 + DELAY) == "x" * (OVERLAP + 1) + "y" * 100
    windows.close()
    assert windows.settle(None)
    assert windows.due(10.0 + DELAY), "the end of a text is shown at once"


def stream(rate: float, seconds: float, *, call: float = 0.15) -> tuple[int, int, float]:
    """Write for some seconds at a rate; return the calls, the text units, and the time to the first text.

    No text waits for its call, from when it can be released, longer than the scheme says.
    """
    windows, now, step = Windows(), 0.0, 0.01
    fed, calls, units, released, out = 0, 0, 0, 0, -1.0
    arrived: list[float] = []
    first = 0.0
    while not windows.finished:
        if now <= seconds:
            more = int(rate * now) - fed
            windows.feed("x" * more)
            arrived.extend([now] * more)
            fed += more
        elif not windows.closed:
            windows.close()
        if out >= 0 and now >= out:
            released, out = released + len(windows.settle(None)), -1.0
            first = first or now
        if out < 0 and (window := windows.due(now)) is not None:
            calls, units, out = calls + 1, units - -len(window) // UNIT, now + call
            if released + OVERLAP < fed:
                waited, age = now - arrived[released + OVERLAP], now - arrived[OVERLAP]
                # A tenth more, if it was spared for a text unit.
                assert waited <= 1.1 * max(DELAY, min(age * SHARE, LONGEST)) + 0.05
        now += step
    return calls, units, first


def least(seconds: float) -> int:
    """The calls that no scheme does without which keeps both promises.

    The first text is shown as soon as it can be released, and no later text waits longer than the delay of its time.
    Text can be released for so many seconds, the last of it at their end.
    """
    calls, shown = 1, 0.0
    while shown < seconds:
        calls, shown = calls + 1, shown + max(DELAY, min(shown * SHARE, LONGEST))
    return calls


@pytest.mark.parametrize("rate", [30, 60, 120, 250, 400])
@pytest.mark.parametrize("seconds", [1, 3, 8, 20, 60, 200])
def test_calls_are_few_and_text_is_not_kept_waiting(rate: int, seconds: int) -> None:
    calls, _, first = stream(rate, seconds)
    held = (OVERLAP + 1) / rate
    # The first text: what must be held back is written, and one call is made.
    assert first <= min(held, seconds) + 0.15 + 0.05
    assert calls == least(seconds - held)


@pytest.mark.parametrize(("rate", "most"), [(60, 36), (120, 30), (250, 22), (500, 18), (1000, 18)])
def test_text_units_fill_up_on_a_long_answer(rate: int, most: int) -> None:
    # 12,000 characters are 12 units in one piece, and as many calls as it takes seconds / DELAY without growth.
    calls, units, _ = stream(rate, 12_000 / rate)
    assert units <= most
    assert calls < 12_000 / rate / DELAY + 2


def test_the_numbers_in_the_documentation_are_these() -> None:
    text = (Path(__file__).parents[4] / "docs" / "guardrails.md").read_text()
    rows = re.findall(r"\| at ([\d,]+) characters/s \| \d+ s \| (\d+) \| (\d+) \| (\d+) \|", text)
    assert len(rows) == 3
    for rate, *numbers in rows:
        speed = int(rate.replace(",", ""))
        calls, units, _ = stream(speed, 4000 / speed)
        assert [calls, least((4000 - OVERLAP - 1) / speed), units] == [int(number) for number in numbers]


def test_a_large_window_does_not_wait_for_more() -> None:
    windows = Windows()
    windows.feed("x" * (OVERLAP + 1))
    assert windows.due(0.0)
    windows.settle(None)
    windows.feed("x" * 1000)
    assert windows.due(100.0)
    windows.settle(None)
    windows.feed("x" * 1000)
    assert windows.next() == 100.0 + LONGEST
    windows.feed("x" * ENOUGH)
    assert windows.next() == 100.0 + DELAY


def test_a_few_characters_do_not_cost_a_text_unit() -> None:
    windows = Windows()
    windows.feed("x" * (OVERLAP + 1))
    assert windows.due(0.0)
    windows.settle(None)
    windows.feed("x" * (UNIT - OVERLAP + 20))
    assert len(windows.due(DELAY) or "") == UNIT


def test_a_window_never_exceeds_what_one_call_takes() -> None:
    windows = Windows(delay=None)
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
