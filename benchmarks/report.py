"""``docs/benchmarks.md`` and its picture, out of what was measured."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks import machine, peer
from benchmarks.budget import Budget
from benchmarks.inside import Inside
from benchmarks.measure import DIRECT, EMPTY, GUARDED, PEER, PROXY, RELAY, Plan, Results, Spread, spread
from benchmarks.plot import Bars, draw
from benchmarks.targets import Finding, added, findings

__all__ = ["Run", "page", "picture"]

_ORDER = (DIRECT, EMPTY, RELAY, PROXY, GUARDED, PEER)
_KINDS = {
    "small": "Chat completion of 1 KB, not streamed",
    "burst": "Streamed: 103 events, written upstream without a pause (30 of reasoning, 70 of text, usage)",
    "paced": "Streamed: the same, one event every 2 ms",
    "slow": "Streamed: one event every 50 ms",
    "big": "3.6 MB with an image, not streamed",
}


@dataclass(slots=True)
class Run:
    """A run: what it was asked to do, what it found, and how busy the machine was before and after it."""

    plan: Plan
    results: Results
    inside: Inside
    load: tuple[float, float]
    seam: float
    day: str
    budget: Budget | None = None


def page(run: Run) -> str:
    """Return the page."""
    return "\n".join(_page(run)) + "\n"


def _page(run: Run) -> Iterator[str]:
    results = run.results
    rows = list(findings(results, run.inside, run.budget))
    missed = [row for row in rows if not row.met]
    yield "<!-- Written by `make bench`; what is changed here by hand is lost. -->"
    yield "# Benchmarks\n"
    yield (
        "What the proxy adds to a call, measured in one run against an empty function, a raw relay and the direct call"
        + (", and against LiteLLM's proxy" if PEER in results.kinds["small"] else "")
        + ". Times differ from machine to machine; ratios within a run do so much less, and only they are targets.\n"
    )
    yield f"**{len(rows) - len(missed)} of {len(rows)} targets met in this run.**"
    if missed:
        yield "Not met: " + "; ".join(f"{row.group.lower()}: {row.what} ({_value(row)})" for row in missed) + "."
    yield "\n![Latency and cold starts, on a logarithmic scale.](benchmarks.svg)\n"
    yield "## Targets\n"
    yield "| | | Target | Found (quartiles) | Met |"
    yield "|---|---|---|---|---|"
    group = ""
    for row in rows:
        shown = "" if row.group == group else row.group
        group = row.group
        yield f"| {shown} | {row.what} | < {_limit(row)} | {_value(row)} | {'yes' if row.met else '**no**'} |"
    yield "\nAll features are on but calls to the guardrail, unless a line says otherwise."
    yield "\n## What was measured\n"
    for kind, title in _KINDS.items():
        yield f"### {title}\n"
        yield from _table(results, kind)
        yield ""
    yield "### Cold start: from the process's start to its first `next`\n"
    yield "| | ms (quartiles) | CPU ms |"
    yield "|---|---|---|"
    for name, times in sorted(results.starts.items(), key=lambda item: statistics.median(item[1])):
        yield f"| {name} | {_ms(spread(times))} | {1000 * statistics.median(results.starts_cpu[name]):.1f} |"
    first, second = (spread([pair[n] for pair in results.first]) for n in (0, 1))
    yield (
        f"\nThe trust store holds {_roots()} certificates, and both connections are open before the first request: it "
        f"takes {_ms(first)} ms, the second {_ms(second)} ms."
    )
    if results.peer_started is not None:
        yield f"LiteLLM's proxy answered {results.peer_started:.0f} s after its start."
    yield "\n### Memory\n"
    yield "| | MB after warm-up | MB after the large requests |"
    yield "|---|---|---|"
    for name in _ORDER:
        if name in results.memory:
            yield f"| {name} | {results.memory[name][0]:.1f} | {results.memory[name][1]:.1f} |"
    yield from _method(run)


def _table(results: Results, kind: str) -> Iterator[str]:
    table = results.kinds[kind]
    streamed = kind in ("burst", "paced", "slow")
    yield (
        "| | " + ("first event ms (quartiles) | " if streamed else "") + "ms (quartiles) | p99 ms | added ms | CPU ms |"
    )
    yield "|---|" + ("---|" if streamed else "") + "---|---|---|---|"
    for name in _ORDER:
        if name not in table:
            continue
        series = table[name]
        every = _all(series.last)
        cells = [name]
        if streamed:
            cells.append(_ms(spread(_all(series.first))))
        cells.append(_ms(spread(every)))
        cells.append(f"{1000 * sorted(every)[int(len(every) * 0.99)]:.2f}" if len(every) >= 500 else "")
        cells.append("" if name in (DIRECT, EMPTY) else f"{1000 * statistics.median(added(results, kind, name)):.2f}")
        cells.append(f"{1000 * statistics.median(series.cpu):.2f}{' (the services)' if name == DIRECT else ''}")
        yield "| " + " | ".join(cells) + " |"


def _method(run: Run) -> Iterator[str]:
    plan, results = run.plan, run.results
    calls = ", ".join(f"{count} {kind}" for kind, count in plan.calls.items())
    cores = os.cpu_count() or 1
    own = (
        "what is measured has one core to itself, the load generator and the services another"
        if machine.pinned
        else "nothing could be pinned to a core"
    )
    direct, proxy = results.kinds["small"][DIRECT], results.kinds["small"][PROXY]
    share = statistics.median(direct.cpu) / statistics.median(_all(proxy.last))
    yield "\n## Method\n"
    yield (
        f"Run on {run.day}: {platform.python_implementation()} {platform.python_version()}, awslambdaric "
        f"{version('awslambdaric')}, boto3 {version('boto3')}"
        + (f", LiteLLM {peer.version()}" if PEER in results.kinds["small"] else "")
        + f"; {platform.system()} on {platform.machine()}, {cores} cores; {own}. The load average was "
        f"{run.load[0]:.2f} when it began (the machine's noise: nothing else should run) and {run.load[1]:.2f} when it "
        "ended.\n"
    )
    yield (
        f"- {plan.rounds} rounds, in each of which every subject has its turn, in another order ({calls} calls a turn, "
        f"after {plan.warm} to warm up). Ratios are formed within a round; medians and quartiles are those of the "
        f"rounds for ratios, of all calls for times. {plan.starts} cold starts of each case, in turns too."
    )
    yield (
        "- The function is the real package, unpacked and started by its own `bootstrap`, with bytecode for the Python "
        "that runs it. It talks to a Lambda Runtime API over a socket (`benchmarks/function.py`), which the load "
        "generator serves itself: a call's time runs from the event's first byte to the last byte of the answer."
    )
    yield (
        "- The one seam: a script in the interpreter's place makes the two services' names lead to this machine, and "
        "then runs what `bootstrap` gives the interpreter as the interpreter would. It "
        f"costs {1000 * run.seam:.1f} ms of the cold start, which are counted against the proxy, and two comparisons a "
        "new connection."
    )
    yield (
        "- The services answer over TLS 1.3 from memory (`benchmarks/services.py`). They use "
        f"{1000 * statistics.median(direct.cpu):.2f} ms of CPU for a small call, {100 * share:.0f} % of the time that "
        "it takes through the proxy, and idle for the rest."
    )
    yield (
        f"- *{EMPTY}*: AWS's own Runtime API client with a handler that answers at once; it makes no call upstream, so "
        f"all of its time is what it adds. *{RELAY}*: the proxy's Runtime API client and HTTP client with nothing "
        f"between them, no check, no signature, no record. *{PROXY}*: everything but the calls to `ApplyGuardrail`, "
        "which the benchmark takes out, with the thread that makes two of them at once; the product has no such "
        f"switch. *{GUARDED}*: those too, to a service that "
        "answers at once: what guarding costs the proxy itself."
    )
    if PEER in results.kinds["small"]:
        yield (
            f"- *{PEER}*: its proxy from PyPI, one worker, a master key, `bedrock_mantle` as the provider, its prices "
            "from its own package, called over HTTP **without** any Lambda between, which is in its favour. The "
            "work is not the same: it has a router, virtual keys and cost tracking; it does not guard here, and writes "
            "no audit record."
        )
    yield (
        "- *Handling* of the large request and *an event of reasoning or usage* are measured within one process, in "
        "turns with their reference: from the event's bytes to the pieces handed to the connection, and what "
        "is done with one event's data."
    )
    yield (
        "\nWhat this speed rests on, and what was tried and left out: "
        "[decision 5](decisions/0005-what-the-speed-rests-on.md)."
    )
    yield "\n## What a local number leaves out\n"
    yield (
        "API Gateway, the network, Lambda's own front and its microVM, arm64, the share of a core that a function's "
        "memory size buys, cold disks, the real latency of bedrock-mantle and of `ApplyGuardrail` (tens to hundreds of "
        "milliseconds, which no proxy can take away), and concurrent functions. Nothing here says how long a call "
        "takes on AWS; it says how much of that time is the proxy's own."
    )
    yield (
        "\n`python -m benchmarks.gate` compares a shorter run with the empty handler and the raw relay, with a "
        "generous margin, never with an absolute time; CI runs it."
    )


def picture(run: Run) -> str:
    """Return the charts, as SVG."""
    small = run.results.kinds["small"]
    calls: Bars = [(name, _in_ms(spread(_all(small[name].last)))) for name in _ORDER if name in small]
    starts: Bars = [
        (name, _in_ms(spread(times)))
        for name, times in sorted(run.results.starts.items(), key=lambda item: statistics.median(item[1]))
    ]
    return draw(
        [
            ("A warm request: median and quartiles, logarithmic scale", calls),
            ("A cold start: median and quartiles, logarithmic scale", starts),
        ]
    )


def _all(rounds: Sequence[Sequence[float]]) -> list[float]:
    return [time for times in rounds for time in times]


def _in_ms(value: Spread) -> Spread:
    return Spread(1000 * value.low, 1000 * value.median, 1000 * value.high)


def _ms(value: Spread) -> str:
    return f"{1000 * value.median:.2f} ({1000 * value.low:.2f} to {1000 * value.high:.2f})"


def _value(row: Finding) -> str:
    value = row.value
    number = _ratio if row.unit == " times" else _number
    middle = f"{number(value.median)}{row.unit}"
    return middle if value.low == value.high else f"{middle} ({number(value.low)} to {number(value.high)})"


def _limit(row: Finding) -> str:
    return f"1/{1 / row.limit:.0f}" if row.limit < 1 and row.unit == " times" else f"{_number(row.limit)}{row.unit}"


def _ratio(value: float) -> str:
    return f"1/{1 / value:.1f}" if 0 < value < 0.3 else _number(value)


def _number(value: float) -> str:
    return f"{value:.3g}"


def _roots() -> int:
    from pathlib import Path

    import botocore

    return (Path(botocore.__file__).parent / "cacert.pem").read_bytes().count(b"BEGIN CERTIFICATE") + 1
