"""Defects that nobody thought of: drops, widened statements, swapped references, resources added or gone."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Assembly
from tests.review.mutants.mechanical.additions import additions
from tests.review.mutants.mechanical.deletions import deletions
from tests.review.mutants.mechanical.drops import drops
from tests.review.mutants.mechanical.swaps import swaps
from tests.review.mutants.mechanical.widenings import widenings
from tests.review.mutants.mutant import Mutant


def mechanical(example: Assembly) -> Iterator[Mutant]:
    """Yield every mechanical mutant of the example."""
    yield from drops(example)
    yield from widenings(example)
    yield from swaps(example)
    yield from deletions(example)
    yield from additions()
