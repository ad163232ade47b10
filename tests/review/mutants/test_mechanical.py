"""A sample of the mechanical mutants: each is stopped, or has a reason. `make mutants` tries them all."""

from __future__ import annotations

import pytest

from review.assembly import Assembly
from review.rules.catalogue import by_id
from review.waivers import Register
from tests.review.mutants.fate import stopped_by
from tests.review.mutants.mechanical import mechanical
from tests.review.mutants.reasons import REASONS, reason

#: So many parts of the sample, one of each kind of change and more.
_SAMPLE = 8


def test_of_a_few_each_is_stopped_or_has_a_reason(example: Assembly) -> None:
    register = Register.read(rules=by_id())
    losses = [mutant for mutant in mechanical(example) if not reason(mutant.name)]
    assert len(losses) >= 800
    chosen = losses[:: len(losses) // _SAMPLE]
    stopped = [mutant.name for mutant in chosen if stopped_by(example, mutant, register)]
    # One in twenty may be a gap, as in the whole.
    assert len(stopped) >= len(chosen) - 1


def test_no_two_have_one_name(example: Assembly) -> None:
    names = [mutant.name for mutant in mechanical(example)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["Audit/LogsKey: deleted", "Network/ProxiesGroup: no VpcId"])
def test_what_may_be_a_loss_has_no_reason(name: str) -> None:
    assert len(REASONS) >= 5
    assert not reason(name)
