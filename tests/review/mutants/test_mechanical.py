"""A sample of the mechanical mutants, and the tables of those that nothing stops. `make mutants` tries them all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from review.assembly import Assembly
from review.rules.catalogue import by_id
from review.waivers import Register
from tests.review.mutants.equivalents import CHECKS, equivalent, lines
from tests.review.mutants.fate import stopped_by
from tests.review.mutants.mechanical import mechanical
from tests.review.mutants.mechanical.additions import additions
from tests.review.mutants.mutant import Mutant, shown
from tests.review.mutants.score import Score
from tests.review.mutants.survivors import reason, reasons

#: Of so many ways that are added one is tried here.
_ONE_IN = 9


@pytest.fixture(scope="module")
def every(example: Assembly) -> list[Mutant]:
    return list(mechanical(example))


def test_of_the_ways_that_are_added_a_few_are_each_stopped(example: Assembly) -> None:
    register = Register.read(rules=by_id())
    chosen = list(additions())[::_ONE_IN]
    assert len(chosen) >= 8
    assert [mutant.name for mutant in chosen if not stopped_by(example, mutant, register)] == []


def test_no_two_have_one_name(every: list[Mutant]) -> None:
    names = [mutant.name for mutant in every]
    assert len(names) == len(set(names))


def test_every_line_of_the_table_of_equivalents_excuses_a_mutant(every: list[Mutant], example: Assembly) -> None:
    assert {line.kind for line in lines()} == CHECKS.keys()
    assert all(line.source.startswith("https://") and len(line.why.split()) >= 4 for line in lines())
    places = {(line.type, line.path) for line in lines()}
    assert len(places) == len(lines())
    near = [m for m in every if m.touched and (m.touched.type, m.touched.path) in places]
    used = {equivalent(mutant, example) for mutant in near}
    assert set(lines()) - used == set()


def test_a_default_is_the_registrys_where_the_registry_has_one() -> None:
    for line in lines():
        if line.kind == "default":
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", line.type).schema
            assert schema["properties"].get(line.path, {}).get("default", line.value) == line.value


def test_what_is_no_default_is_no_equivalent(every: list[Mutant], example: Assembly) -> None:
    mutant = next(m for m in every if m.touched and m.touched.path == "PendingWindowInDays")
    assert mutant.touched is not None and equivalent(mutant, example) is not None
    assert equivalent(replace(mutant, touched=replace(mutant.touched, value=7)), example) is None


def test_a_name_that_another_place_writes_is_no_equivalent(every: list[Mutant], example: Assembly) -> None:
    """The group of the firewall is called as the deployment is."""
    names = [
        m for m in every if m.touched and m.touched.path in ("Name", "AlarmName") and m.touched.value == "Cloister"
    ]
    assert names and not any(equivalent(mutant, example) for mutant in names)


def test_every_reason_is_about_a_mutant(every: list[Mutant]) -> None:
    given = {reason(mutant.name)[0] for mutant in every}
    assert reasons().keys() - given == set()


@pytest.mark.parametrize("name", ["Audit/LogsKeyFE4C4A83: deleted", "Network/ProxiesGroup79301C7D: no VpcId"])
def test_what_has_no_reason_is_a_flaw(name: str, example: Assembly) -> None:
    known = {mutant.name: mutant for mutant in mechanical(example)}
    score = Score([known[name]], {0: []}, example)
    assert score.survivors == [0]
    assert f"survivors.json: no reason for {name}" in score.flaws()
    assert shown(name) != name
