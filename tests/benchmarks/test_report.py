"""Guarantees: the page says what was found, met or not, and nothing about the machine's user."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.gate import ratios
from benchmarks.inside import Inside
from benchmarks.measure import DIRECT, EMPTY, GUARDED, PLAN, PROXY, RELAY, Results, Series, spread
from benchmarks.report import Run, page, picture
from benchmarks.targets import findings

ROOT = Path(__file__).parents[2]


def series(seconds: float, cpu: float) -> Series:
    times = [[seconds * (1 + 0.01 * n) for n in range(5)] for _ in range(3)]
    return Series(first=[[time / 2 for time in one] for one in times], last=times, cpu=[cpu, cpu * 1.1, cpu])


def run(slow: float = 1.0) -> Run:
    results = Results(package=150_000)
    names = {DIRECT: 0.1, EMPTY: 0.25, RELAY: 0.4, PROXY: 0.6 * slow, GUARDED: 0.9 * slow}
    for kind in ("small", "burst", "paced", "slow", "big"):
        results.kinds[kind] = {name: series(ms / 1000, ms / 1000) for name, ms in names.items()}
    for name, ms in ((EMPTY, 30), ("stock client, boto3 client made", 200), (RELAY, 28), ("Cloister", 35 * slow)):
        results.starts[name] = results.starts_cpu[name] = [ms / 1000, ms / 1000 * 1.1, ms / 1000]
    results.first = [(0.002, 0.001)] * 3
    results.memory = {name: (20.0, 25.0) for name in names if name != DIRECT}
    inside = Inside(
        body=[0.004 * slow] * 3,
        reference=[0.004] * 3,
        event=[0.5e-6 * slow] * 3,
        record=[2e-5 * slow] * 3,
        chain=[5e-6 * slow] * 3,
        digest=[1e-5 * slow] * 3,
    )
    return Run(plan=PLAN, results=results, inside=inside, load=(0.1, 0.9), seam=0.001, day="2026-01-01")


def test_what_is_met_and_what_is_not() -> None:
    assert all(row.met for row in findings(run().results, run().inside))
    missed = [row.what for row in findings(run(4.0).results, run(4.0).inside) if not row.met]
    assert "latency added, over an empty handler's" in missed
    assert "over an empty handler's" in missed
    assert "an event of reasoning or usage" in missed
    assert "the package" not in missed


def test_ratios_are_formed_round_by_round() -> None:
    first = next(iter(findings(run().results, run().inside)))
    assert first.value.median == pytest.approx((0.6 - 0.1) / 0.25)


def test_the_page_says_so() -> None:
    good, bad = page(run()), page(run(4.0))
    assert re.search(r"\*\*(\d+) of \1 targets met", good)
    assert "| **no** |" not in good
    assert "| **no** |" in bad
    assert "Not met: a warm request: latency added, over an empty handler's (9.2 times" in bad


@pytest.mark.parametrize("text", [page(run()), (ROOT / "docs" / "benchmarks.md").read_text()])
def test_the_page_names_no_place_on_this_machine(text: str) -> None:
    assert not re.search(r"/(home|root|tmp|Users|work|var/folders)/", text)
    assert "benchmarks.svg" in text
    assert "leaves out" in text


def test_the_picture_is_a_picture() -> None:
    root = ElementTree.fromstring(picture(run()))  # noqa: S314  # its own
    assert root.tag.endswith("svg")
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert PROXY in texts
    bars = {float(element.get("width", 0)) for element in root.iter() if element.tag.endswith("rect")}
    assert min(bars) > 0


def test_a_spread_of_one_value_is_that_value() -> None:
    assert spread([3.0]).low == spread([3.0]).high == 3.0
    assert spread([1.0, 2.0, 3.0, 4.0]).median == 2.5


def test_the_gate_notices_what_became_four_times_as_slow() -> None:
    good, bad = run(), run(4.0)
    assert all(value < limit for _, value, limit in ratios(good.results, good.inside))
    broken = {what for what, value, limit in ratios(bad.results, bad.inside) if value >= limit}
    assert {"CPU of a request, over an empty handler's", "CPU of a cold start, over an empty handler's"} <= broken
    assert "handling 3.6 MB with an image, over json.loads and SHA-256 of it" in broken
