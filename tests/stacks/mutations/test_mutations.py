"""Each mutation still has its line: one that has none would be noticed only by whoever runs them all."""

import pytest

from tests.clone import ROOT
from tests.stacks.mutations.__main__ import EVERY
from tests.stacks.mutations.mutation import Mutation


@pytest.mark.parametrize(
    "mutation",
    EVERY,
    ids=lambda mutation: mutation.name,
)
def test_a_mutation_has_its_line(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.old) == 1
    assert mutation.new != mutation.old
