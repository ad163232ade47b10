"""Each mutation still has its line: one that has none would be noticed only by whoever runs them all."""

import pytest

from tests.clone import ROOT
from tests.stacks.mutations.evidence import EVIDENCE
from tests.stacks.mutations.identity import IDENTITY
from tests.stacks.mutations.images import IMAGES
from tests.stacks.mutations.local import LOCAL
from tests.stacks.mutations.mutation import Mutation
from tests.stacks.mutations.network import NETWORK
from tests.stacks.mutations.proxy import PROXY
from tests.stacks.mutations.signing import SIGNING
from tests.stacks.mutations.watching import WATCHING


@pytest.mark.parametrize(
    "mutation",
    [*NETWORK, *IMAGES, *IDENTITY, *EVIDENCE, *WATCHING, *PROXY, *LOCAL, *SIGNING],
    ids=lambda mutation: mutation.name,
)
def test_a_mutation_has_its_line(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.old) == 1
    assert mutation.new != mutation.old
