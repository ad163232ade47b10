"""`make mutants`: put each defect into the example's templates, and see what stops it.

It writes `docs/mutants.md` (PAGE=1), with what other checkers find in the same templates (OUTSIDE=1).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from review.assembly import Assembly
from tests.clone import ROOT
from tests.review.mutants.fate import fates, mutants
from tests.review.mutants.page import page
from tests.review.mutants.reasons import reason
from tests.review.mutants.seeded import SEEDED
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings

#: The part of the mechanical mutants that has to be stopped, those without loss left out.
FLOOR = 0.95


def main() -> int:
    """Print what is not stopped; 1 unless each seeded defect has its own rule alone, and enough of the rest is seen."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Synthesised.of(settings(), Path(temporary)).folder
        example = Assembly.read(folder)
        every = mutants(example)
        found: dict[int, list[str]] = {}
        for number, stops in fates(folder, range(len(every))):
            found[number] = stops
            if len(found) % 100 == 0:
                sys.stderr.write(f"{len(found)} of {len(every)}\n")
        if os.environ.get("PAGE"):
            (ROOT / "docs" / "mutants.md").write_text(page(every, found), "utf-8")
    wrong = [(every[n], found[n]) for n in range(len(SEEDED)) if found[n] != [every[n].expected]]
    for mutant, stops in wrong:
        sys.stdout.write(f"{mutant.name}: {', '.join(stops) or 'not seen'}; {mutant.expected} alone is right\n")
    rest = {every[n].name: found[n] for n in range(len(SEEDED), len(every))}
    losses = {name: stops for name, stops in rest.items() if stops or not reason(name)}
    gaps = sorted(name for name, stops in losses.items() if not stops)
    for name in gaps:
        sys.stdout.write(f"{name}: not seen\n")
    rate = 1 - len(gaps) / len(losses)
    sys.stdout.write(f"seeded: {len(SEEDED) - len(wrong)} of {len(SEEDED)} are each stopped by their own alone\n")
    sys.stdout.write(f"mechanical: {len(losses) - len(gaps)} of {len(losses)} are stopped, {rate:.1%}; ")
    sys.stdout.write(f"{len(rest) - len(losses)} more are no loss\n")
    return 1 if wrong or rate < FLOOR else 0


if __name__ == "__main__":
    sys.exit(main())
