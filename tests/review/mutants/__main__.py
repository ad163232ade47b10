"""`make mutants`: put each defect into the example's templates, and see what stops it.

It writes `docs/mutants.md` (PAGE=1), with what other checkers find in the same templates (OUTSIDE=1).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from review.assembly import Assembly
from tests.clone import ROOT
from tests.review.mutants.fate import fates, mutants
from tests.review.mutants.page import page
from tests.review.mutants.score import Score
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings

#: The part of the mechanical mutants that has to be stopped, those that change nothing left out.
FLOOR = 0.95
#: Mutants after which it is said how many are done.
_TOLD = 100


def main() -> int:
    """Print what is not stopped; 1 unless each seeded defect has its own rule alone, and enough of the rest is seen."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Synthesised.of(settings(), Path(temporary)).folder
        example = Assembly.read(folder)
        every = mutants(example)
        found: dict[int, list[str]] = {}
        for number, stops in fates(folder, range(len(every))):
            found[number] = stops
            if len(found) % _TOLD == 0:
                sys.stderr.write(f"{len(found)} of {len(every)} after {time.monotonic() - begun:.0f} s\n")
    score = Score(every, found, example)
    if os.environ.get("PAGE"):
        (ROOT / "docs" / "mutants.md").write_text(page(score), "utf-8")
    for n in sorted(set(score.seeded) - set(score.alone)):
        said = ", ".join(found[n]) or "not seen"
        sys.stdout.write(f"{every[n].name}: {said}; {every[n].expected} alone is right\n")
    for flaw in score.flaws():
        sys.stdout.write(f"{flaw}\n")
    for n in score.survivors:
        sys.stdout.write(f"{every[n].name}: not seen\n")
    sys.stdout.write(f"seeded: {len(score.alone)} of {len(score.seeded)} are each stopped by their own alone\n")
    sys.stdout.write(f"mechanical: {len(score.stopped)} of {len(score.mechanical)} are stopped, {score.raw:.1%}; ")
    sys.stdout.write(f"{len(score.equivalents)} change nothing, and without these it is {score.rate:.1%}\n")
    return 1 if len(score.alone) < len(score.seeded) or score.flaws() or score.rate < FLOOR else 0


if __name__ == "__main__":
    sys.exit(main())
