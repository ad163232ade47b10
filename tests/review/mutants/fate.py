"""What the review says of a mutant, of many at once."""

from __future__ import annotations

import datetime
import multiprocessing
from collections.abc import Iterator, Sequence
from pathlib import Path

from review.assembly import Assembly
from review.rules.catalogue import by_id
from review.verdict import review
from review.waivers import Register
from tests.review.conftest import changed
from tests.review.mutants.mechanical import mechanical
from tests.review.mutants.mutant import Mutant
from tests.review.mutants.seeded import SEEDED

#: The day by which waivers stand, so that a run says the same on every day.
DAY = datetime.date(2026, 11, 28)
_AT_ONCE = 8
#: What a worker has read.
_read: dict[Path, tuple[Assembly, list[Mutant], Register]] = {}


def mutants(example: Assembly) -> list[Mutant]:
    """All of them, seeded ones first."""
    return [*SEEDED, *mechanical(example)]


def stopped_by(example: Assembly, mutant: Mutant, register: Register) -> list[str]:
    """Ids of the rules and claims that stop a mutant."""
    verdict = review(changed(example, mutant.stack, mutant.applied(example)), register, DAY)
    return sorted({finding.code for finding in verdict.findings() if finding.status.halts})


def fates(folder: Path, numbers: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """What stops each of some mutants of an assembly's folder, on every core, in any order."""
    with multiprocessing.Pool() as pool:
        yield from pool.imap_unordered(_one, [(folder, number) for number in numbers], chunksize=_AT_ONCE)


def _one(asked: tuple[Path, int]) -> tuple[int, list[str]]:
    folder, number = asked
    if folder not in _read:
        example = Assembly.read(folder)
        _read[folder] = example, mutants(example), Register.read(rules=by_id())
    example, every, register = _read[folder]
    return number, stopped_by(example, every[number], register)
