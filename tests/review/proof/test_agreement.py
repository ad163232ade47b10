"""The prover and the evaluator agree on random policies: what it finds is allowed, and what it does not find is not."""

import os
import random

import pytest

from tests.review.proof.worlds import World, as_request, request

#: `make proofs` asks for more.
WORLDS = int(os.environ.get("CLOISTER_WORLDS", "240"))
_EACH = 12


@pytest.mark.parametrize("part", range(4))
def test_on_random_policies(part: int) -> None:
    found = 0
    for number in range(part, WORLDS, 4):
        chance = random.Random(number)  # noqa: S311 - the same worlds each time
        world = World.random(chance)
        answer = world.asked()
        if answer is not None:
            found += 1
            assert world.allows(as_request(answer)), f"world {number}: {answer}"
        else:
            for _ in range(_EACH):
                asked = request(chance)
                assert not world.allows(asked), f"world {number}: {asked}"
    assert 0 < found < WORLDS / 4, "the worlds are all alike"
