"""A sample of the mechanical mutants. `make mutants` tries them all."""

from __future__ import annotations

import pytest

from review.assembly import Assembly
from review.rules.catalogue import by_id
from review.waivers import Register
from tests.review.mutants.fate import stopped_by
from tests.review.mutants.mechanical import mechanical
from tests.review.mutants.mechanical.additions import additions
from tests.review.mutants.reasons import REASONS, reason

#: Of so many ways that are added one is tried here.
_ONE_IN = 9


def test_of_the_ways_that_are_added_a_few_are_each_stopped(example: Assembly) -> None:
    register = Register.read(rules=by_id())
    chosen = list(additions())[::_ONE_IN]
    assert len(chosen) >= 8
    assert [mutant.name for mutant in chosen if not stopped_by(example, mutant, register)] == []


def test_no_two_have_one_name(example: Assembly) -> None:
    names = [mutant.name for mutant in mechanical(example)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["Audit/LogsKey: deleted", "Network/ProxiesGroup: no VpcId"])
def test_what_may_be_a_loss_has_no_reason(name: str) -> None:
    assert len(REASONS) >= 5
    assert not reason(name)
