"""The review of a team costs as much as that of the one before: nothing walks all teams for every team."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from review.assembly import Assembly, Template
from review.deployment import Deployment
from review.proof.claims import CLAIMS
from review.rules.catalogue import catalogue

_TEAM = "Cloister-Team-"


def _of(example: Assembly, count: int) -> Deployment:
    """The example with so many teams more: copies of its own, by names that nothing remembered is of."""
    more = []
    for number in range(count):
        name = ("atlas", "beacon")[number % 2]
        template = example.by_stack[_TEAM + name]
        new = f"n{number}of{count}"
        body = json.loads(json.dumps(template.body).replace(name, new))
        more.append(Template(f"{_TEAM}{new}", body, template.account, template.region, template.properties))
    return Deployment(Assembly([*example.templates, *more]))


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called for something."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


@pytest.fixture(scope="module")
def growth(example: Assembly) -> dict[str, list[int]]:
    """How many calls each rule and each claim makes for 2, 4 and 8 teams more."""
    found: dict[str, list[int]] = {}
    _costs(_of(example, 1))  # what is read once in a process is read here
    for count in (2, 4, 8):
        for id, calls in _costs(_of(example, count)).items():
            found.setdefault(id, []).append(calls)
    return found


def _costs(deployment: Deployment) -> dict[str, int]:
    rules = {rule.id: partial(rule.results, deployment) for rule in catalogue()}
    claims = {claim.id: partial(claim.prove, deployment) for claim in CLAIMS}
    return {
        **{id: _calls(work) for id, work in rules.items()},
        **{id: _calls(work) for id, work in claims.items()},
    }


def test_no_rule_and_no_claim_costs_a_team_more_than_the_one_before(growth: dict[str, list[int]]) -> None:
    # Half of what a rule that compares every team with every other would show: its second step is twice the first.
    steps = {id: ((b - a) / 2, (c - b) / 4) for id, (a, b, c) in growth.items()}
    assert {id: (first, second) for id, (first, second) in steps.items() if second > 1.05 * first + 10} == {}


def test_the_growth_that_is_counted_is_there(growth: dict[str, list[int]]) -> None:
    assert all(growth[id][0] < growth[id][-1] for id in ("log-group-is-encrypted", "api-callers", "own-project"))


def test_what_compares_all_with_all_is_seen() -> None:
    def walk(count: int) -> int:
        return _calls(lambda: [str.__len__("") for _ in range(count) for _ in (n for n in range(count))])

    first, second = (walk(4) - walk(2)) / 2, (walk(8) - walk(4)) / 4
    assert second > 1.05 * first + 1
