"""The gate against regressions: a short run, compared with its own baselines: ``python -m benchmarks.gate``.

No limit is a time: each is a ratio to the empty handler or the raw relay of the same run, with a margin that a busy
machine does not use up. It looks for the day on which somebody makes the proxy twice as slow, not for the tenth.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.inside import Inside, inside
from benchmarks.measure import EMPTY, GUARDED, PLAN, PROXY, RELAY, Results, measure
from benchmarks.subjects import ground

__all__ = ["main", "ratios"]

_PLAN = replace(PLAN, rounds=5, calls={"small": 60, "burst": 5, "paced": 1}, starts=5)
_AGAIN = 2  # runs, before it is taken for more than noise


def main() -> int:
    """Measure, up to twice; 1 if a limit is broken both times."""
    for _ in range(_AGAIN):
        with ground() as here:
            results = measure(here, _PLAN)
            found = list(ratios(results, inside(here, 9)))
        for what, value, limit in found:
            mark = "ok " if value < limit else "BAD"
            sys.stdout.write(f"{mark} {value:7.2f}  limit {limit:5.1f}  {what}\n")
        if all(value < limit for _, value, limit in found):
            return 0
        sys.stdout.write("\n")
    sys.stdout.write("The proxy has become much slower or larger: `make bench` says where.\n")
    return 1


def ratios(results: Results, found: Inside) -> Iterator[tuple[str, float, float]]:
    """Return what is compared: what it is, the ratio found, and what it must stay below."""
    small, burst, paced = (results.kinds[kind] for kind in ("small", "burst", "paced"))
    # CPU time, which is robust where a busy machine makes the clock's useless.
    cpu = statistics.median(small[PROXY].cpu) / statistics.median(small[EMPTY].cpu)
    yield "CPU of a request, over an empty handler's", cpu, 4.5
    more = statistics.median(small[GUARDED].cpu) / statistics.median(small[PROXY].cpu)
    yield "CPU of a request with guardrail calls, over one without", more, 3.0
    for name, table in (("at once", burst), ("paced", paced)):
        cpu = statistics.median(table[PROXY].cpu) / statistics.median(table[RELAY].cpu)
        yield f"CPU of a stream ({name}), over a raw relay's", cpu, 2.5
    start = statistics.median(results.starts_cpu["Cloister"]) / statistics.median(results.starts_cpu[EMPTY])
    yield "CPU of a cold start, over an empty handler's", start, 2.0
    body = statistics.median(found.body) / statistics.median(found.reference)
    yield "handling 3.6 MB with an image, over json.loads and SHA-256 of it", body, 2.0
    memory = results.memory[GUARDED][0] / results.memory[EMPTY][0]
    yield "memory after warm-up, over an empty handler's", memory, 2.0
    # Compiled for this Python: as large as for the one that is deployed, within a few per cent.
    yield "the package, over 2 MB", results.package / 2_000_000, 1.0


if __name__ == "__main__":
    sys.exit(main())
