"""`make mutants`: put each seeded defect into the example's templates, and see one rule or claim stop it."""

from __future__ import annotations

import datetime
import sys
import tempfile
from pathlib import Path

from review.assembly import Assembly
from review.rules.catalogue import by_id
from review.verdict import review
from review.waivers import Register
from tests.review.conftest import changed
from tests.review.mutants.seeded import SEEDED
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings


def main() -> int:
    """Print what stops each; 1 unless it is what the defect was made for, alone."""
    register, failed = Register.read(rules=by_id()), 0
    with tempfile.TemporaryDirectory() as folder:
        example = Assembly.read(Synthesised.of(settings(), Path(folder)).folder)
    for mutant in SEEDED:
        deployment = changed(example, mutant.stack, mutant.applied(example))
        verdict = review(deployment, register, datetime.date(2026, 11, 28))
        stopped = sorted({finding.code for finding in verdict.findings() if finding.status.halts})
        failed += stopped != [mutant.expected]
        sys.stdout.write(f"{mutant.name}: {', '.join(stopped) or 'not seen'}\n")
    sys.stdout.write(f"{len(SEEDED) - failed} of {len(SEEDED)} are each stopped by the one that they were made for\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
