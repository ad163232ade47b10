"""What the proxy has to hold, each as a ratio within one run: what was promised, what was found."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.budget import Budget
from benchmarks.inside import Inside
from benchmarks.measure import DIRECT, EMPTY, GUARDED, PEER, PROXY, RELAY, Results, Series, Spread, spread
from benchmarks.services import MARKS

__all__ = ["Finding", "added", "findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A target and what was found.

    Parameters
    ----------
    group, what
        For the table.
    limit
        The value must be below it.
    value
        What was found, with its quartiles over the rounds where there are any.
    unit
        Of both: ``times``, ``MB``…
    """

    group: str
    what: str
    limit: float
    value: Spread
    unit: str = " times"

    @property
    def met(self) -> bool:
        """Whether the median is below the limit."""
        return self.value.median < self.limit


def added(results: Results, kind: str, name: str) -> list[float]:
    """Return what a subject added to the direct call's time, round by round, in seconds; median of each round."""
    table = results.kinds[kind]
    return [
        statistics.median(one) - statistics.median(other)
        for one, other in zip(table[name].last, table[DIRECT].last, strict=True)
    ]


def findings(results: Results, found: Inside, budget: Budget | None = None) -> Iterator[Finding]:
    """Compare what was measured with the targets."""
    if budget is not None:
        for what, limit, values in (
            ("p50 of a small request, over that without a budget", 1.05, budget.small),
            ("a stream's first event, over that without", 1.05, budget.first),
            ("CPU of a small request, over that without", 1.5, budget.cpu),
        ):
            yield Finding("A budget, beside a guardrail of 20 ms and a ledger of 4 ms", what, limit, spread(values))
    small = results.kinds["small"]
    proxy = added(results, "small", PROXY)
    empty = [statistics.median(times) for times in small[EMPTY].last]
    yield Finding("A warm request", "latency added, over an empty handler's", 2.5, _over(proxy, empty))
    yield Finding("A warm request", "p99 over p50", 4.0, _once(_tail(small[PROXY])))
    if PEER in small:
        peer = added(results, "small", PEER)
        yield Finding("A warm request", "latency added, over LiteLLM's", 1 / 20, _over(proxy, peer))
        yield Finding("A warm request", "CPU, over LiteLLM's", 1 / 25, _over(small[PROXY].cpu, small[PEER].cpu))
    slow = results.kinds["slow"][PROXY]
    firsts = spread([1000 * time for times in slow.first for time in times])
    gap = 1000 * MARKS[b"[slow]"]
    yield Finding("Streams", f"first event, when the second leaves upstream after {gap:.0f} ms", gap, firsts, " ms")
    for kind, how in (("burst", "at once"), ("paced", "2 ms apart")):
        table = results.kinds[kind]
        what = f"CPU of 100 chunks {how}, over"
        yield Finding("Streams", f"{what} a raw relay's", 1.5, _over(table[PROXY].cpu, table[RELAY].cpu))
        if PEER in table:
            yield Finding("Streams", f"{what} LiteLLM's", 1 / 30, _over(table[PROXY].cpu, table[PEER].cpu))
    event = spread([1e6 * value for value in found.event])
    yield Finding("Streams", "an event of reasoning or usage", 1.0, event, " µs")
    for what, seconds in (
        ("record and chain", found.record),
        ("the chain alone", found.chain),
        ("the digest", found.digest),
    ):
        share = spread([100 * value / statistics.median(small[PROXY].cpu) for value in seconds])
        yield Finding("A warm request", f"{what}, of the CPU of a small request", 10.0, share, " %")
    starts = results.starts
    yield Finding("A cold start", "over an empty handler's", 1.5, _medians(starts["Cloister"], starts[EMPTY]))
    yield Finding(
        "A cold start",
        "over one that makes a boto3 client",
        1 / 4,
        _medians(starts["Cloister"], starts["stock client, boto3 client made"]),
    )
    yield Finding("Size", "memory after warm-up, guardrail calls on", 30.0, _once(results.memory[GUARDED][0]), " MB")
    yield Finding("Size", "the package", 2000.0, _once(results.package / 1000), " KB")
    body = _over(found.body, found.reference)
    yield Finding("3.6 MB with an image", "handling, over json.loads and SHA-256 of the body", 1.5, body)
    big = results.kinds["big"]
    if PEER in big:
        ratio = _over(_rounds(big[PROXY], statistics.median), _rounds(big[PEER], statistics.median))
        yield Finding("3.6 MB with an image", "whole time, over LiteLLM's", 1 / 4, ratio)
        more = _over(added(results, "big", PROXY), added(results, "big", PEER))
        yield Finding("3.6 MB with an image", "time added, over LiteLLM's", 1 / 4, more)


def _over(ours: list[float], theirs: list[float]) -> Spread:
    return spread([one / other for one, other in zip(ours, theirs, strict=True)])


def _medians(ours: list[float], theirs: list[float]) -> Spread:
    """The ratio of two medians; its quartiles are those of ours over the median of theirs."""
    base = statistics.median(theirs)
    return spread([value / base for value in ours])


def _rounds(series: Series, of: Callable[[list[float]], float]) -> list[float]:
    return [of(times) for times in series.last]


def _tail(series: Series) -> float:
    every = sorted(time for times in series.last for time in times)
    return every[int(len(every) * 0.99)] / statistics.median(every)


def _once(value: float) -> Spread:
    return Spread(value, value, value)
