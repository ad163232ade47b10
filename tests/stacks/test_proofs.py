"""What the review claims of templates is proved of the kit's, in every mode of the network."""

import pytest

from review.commands.check import prove
from review.finding import Status
from tests.stacks.assembly import Assembly

_DEPLOYMENTS = ("deployed", "pinned", "modes", "pictures", "pictures_elsewhere")


@pytest.mark.parametrize("name", _DEPLOYMENTS)
def test_every_claim_holds(name: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(name)
    for proof in prove(assembly.folder):
        assert proof.status is Status.PASS, f"{proof.claim.id}, {proof.where}: {proof.found}"
