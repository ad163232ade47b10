"""The measurement: rounds in which every subject has its turn, in another order each time."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks import machine, payloads
from benchmarks.function import Function
from benchmarks.peer import LiteLlm
from benchmarks.subjects import Ground, Subject

__all__ = ["GUARDED", "PLAN", "PROXY", "Plan", "Results", "Series", "Spread", "measure", "spread"]

#: Names of subjects.
DIRECT, EMPTY, RELAY, PROXY, GUARDED, PEER = (
    "direct call",
    "empty handler, stock client",
    "raw relay",
    "Cloister, guardrail calls off",
    "Cloister, guardrail calls on",
    "LiteLLM",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Parameters
    ----------
    rounds
        Turns of each subject.
    calls
        Calls in a turn, for each kind of request.
    warm
        Calls before the first round.
    starts
        Cold starts of each case.
    """

    rounds: int
    calls: Mapping[str, int]
    warm: int
    starts: int


PLAN = Plan(rounds=12, calls={"small": 100, "burst": 8, "paced": 2, "slow": 1, "big": 3}, warm=60, starts=15)


@dataclass(slots=True)
class Series:
    """One kind of request to one subject; each list has an item for each round.

    Parameters
    ----------
    first, last
        Seconds to the first and the last byte of the answer's body, of each call.
    cpu
        Seconds of CPU for a call.
    """

    first: list[list[float]] = field(default_factory=list)
    last: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    """What was measured.

    Parameters
    ----------
    kinds
        By kind of request, then by subject.
    starts, starts_cpu
        Seconds from the process's start to its first ``next``, by case.
    first
        Seconds that the first request took after each start of the proxy, and the second.
    memory
        Megabytes of each subject after all requests but the large ones, and after those.
    """

    kinds: dict[str, dict[str, Series]] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=dict)
    starts_cpu: dict[str, list[float]] = field(default_factory=dict)
    first: list[tuple[float, float]] = field(default_factory=list)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    package: int = 0
    peer_started: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and the quartiles around it."""

    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Return the median of some values, with the quartiles."""
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(low, median, high)


def measure(ground: Ground, plan: Plan, *, peers: bool = False, say: Callable[[str], None] = lambda _: None) -> Results:
    """Measure everything.

    Parameters
    ----------
    peers
        Whether LiteLLM is measured too.
    say
        Takes a line about what is being done.
    """
    results = Results(package=ground.package.stat().st_size)
    with ExitStack() as stack, machine.on(machine.GENERATOR):
        say("cold starts")
        _starts(ground, plan, results)
        subjects = list(_subjects(ground, stack, results, peers, say))
        bodies = {
            "small": payloads.chat(),
            "burst": payloads.chat("[burst] "),
            "paced": payloads.chat("[paced] "),
            "slow": payloads.chat("[slow] "),
            "big": payloads.picture(),
        }
        for subject in subjects:
            for kind in plan.calls:
                answer = subject.call(bodies[kind])
                if answer.status != 200:
                    raise ValueError(f"{subject.name} answered {answer.status} to {kind}: {answer.body[:300]!r}")
            for _ in range(plan.warm):
                subject.call(bodies["small"])
        small: dict[str, float] = {}
        for kind, count in plan.calls.items():
            if kind == "big":
                small = {subject.name: subject.memory() for subject in subjects if subject.memory}
            for number in range(plan.rounds):
                say(f"{kind}: round {number + 1} of {plan.rounds}")
                for subject in random.Random(number).sample(subjects, len(subjects)):  # noqa: S311  # an order
                    if kind == "big" and subject.name in (EMPTY, RELAY):
                        continue
                    series = results.kinds.setdefault(kind, {}).setdefault(subject.name, Series())
                    _turn(subject, bodies[kind], count, series)
        for subject in subjects:
            if subject.memory:
                now = subject.memory()
                results.memory[subject.name] = (small.get(subject.name, now), now)
    return results


def _turn(subject: Subject, body: bytes, count: int, series: Series) -> None:
    subject.call(body)  # another kind of request, or another subject, may have had the caches
    before = subject.cpu() if subject.cpu else 0.0
    answers = [subject.call(body) for _ in range(count)]
    series.cpu.append(((subject.cpu() if subject.cpu else 0.0) - before) / count)
    series.first.append([answer.first for answer in answers])
    series.last.append([answer.last for answer in answers])


def _subjects(
    ground: Ground, stack: ExitStack, results: Results, peers: bool, say: Callable[[str], None]
) -> Iterator[Subject]:
    direct = ground.direct()
    stack.callback(direct.close)
    yield direct
    starts: dict[str, Callable[[], Function]] = {
        EMPTY: lambda: ground.stock("empty"),
        RELAY: ground.relay,
        PROXY: lambda: ground.proxy(guarded=False),
        GUARDED: lambda: ground.proxy(guarded=True),
    }
    for name, start in starts.items():
        subject = ground.subject(name, start())
        stack.callback(subject.close)
        yield subject
    if peers:
        say("LiteLLM starts")
        peer = LiteLlm(ground)
        stack.callback(peer.close)
        results.peer_started = peer.started
        yield peer.subject()


def _starts(ground: Ground, plan: Plan, results: Results) -> None:
    cases: dict[str, Callable[[], Function]] = {
        EMPTY: lambda: ground.stock("empty"),
        "stock client, boto3 client made": lambda: ground.stock("with_boto3"),
        RELAY: ground.relay,
        "Cloister": lambda: ground.proxy(guarded=True),
    }
    event = payloads.event(payloads.chat())
    for number in range(plan.starts + 1):
        for name, start in random.Random(number).sample(sorted(cases.items()), len(cases)):  # noqa: S311  # an order
            function = start()
            try:
                if number:  # the first of each fills the page cache
                    results.starts.setdefault(name, []).append(function.started)
                    results.starts_cpu.setdefault(name, []).append(function.started_cpu)
                    if name == "Cloister":
                        results.first.append((function.invoke(event).last, function.invoke(event).last))
            finally:
                function.close()
