"""Measure everything and write ``docs/benchmarks.md`` and its picture: ``python -m benchmarks [--peers]``."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks import budget, peer
from benchmarks.inside import inside
from benchmarks.measure import PLAN, measure
from benchmarks.report import Run, page, picture
from benchmarks.subjects import ROOT, Ground, ground
from benchmarks.targets import findings

_DOCS = ROOT / "docs"


def main() -> int:
    """Run; 1 if the peers are asked for and not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure LiteLLM's proxy too (make bench PEERS=1)")
    parser.add_argument("--docs", type=Path, default=_DOCS, help="folder to write benchmarks.md and benchmarks.svg to")
    options = parser.parse_args()
    if options.peers and not peer.installed():
        sys.stderr.write("LiteLLM is not installed in .venv/peers: make bench PEERS=1 does that\n")
        return 1
    began = os.getloadavg()[0]
    with ground() as here:
        results = measure(here, PLAN, peers=options.peers, say=_say)
        _say("within one process")
        run = Run(
            plan=PLAN,
            results=results,
            inside=inside(here),
            load=(began, os.getloadavg()[0]),
            seam=_seam(here),
            budget=budget.measure(_say),
            day=datetime.now(UTC).date().isoformat(),
        )
    _say("")
    (options.docs / "benchmarks.md").write_text(page(run), encoding="utf-8")
    (options.docs / "benchmarks.svg").write_text(picture(run), encoding="utf-8")
    for row in findings(results, run.inside, run.budget):
        mark = "met    " if row.met else "NOT MET"
        sys.stdout.write(f"{mark} {row.value.median:9.3f}{row.unit:6} < {row.limit:7.3f}  {row.group}: {row.what}\n")
    return 0


def _seam(here: Ground) -> float:
    """Return the seconds that the script in the interpreter's place costs at a start."""
    plain: list[float] = []
    through: list[float] = []
    # The proxy imports the socket module anyway, with the collector of cycles off.
    what = ["-I", "-S", "-B", "-c", "import gc, sys; gc.disable(); import socket"]
    for _ in range(15):
        for command, times in (([here.python, *what], plain), ([str(here.interpreter), *what], through)):
            began = perf_counter()
            subprocess.run(command, check=True)
            times.append(perf_counter() - began)
    return max(statistics.median(through) - statistics.median(plain), 0.0)


def _say(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
