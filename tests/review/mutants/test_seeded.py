"""Every rule and every claim sees the defect that was made for it. `make mutants` shows that nothing else does."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import pytest

from review.assembly import Assembly
from review.deployment import Deployment
from review.finding import Status
from review.iam import decide, read_case
from review.proof.claims import CLAIMS
from review.rules.catalogue import by_id
from review.verdict import review
from review.waivers import Register
from tests.review.conftest import changed
from tests.review.mutants.mutant import AUDIT, Mutant
from tests.review.mutants.parts import added
from tests.review.mutants.seeded import ELSEWHERE, SEEDED
from tests.review.mutants.watching import WATCHING

#: Claims about which parts there are: no request shows that one is open.
WITHOUT_A_REQUEST = {"network-closed"}
CLAIMED = {claim.id: claim for claim in CLAIMS}


def halts(deployment: Deployment, id: str) -> bool:
    """Whether a rule or a claim stops a deployment."""
    if id in CLAIMED:
        return CLAIMED[id].prove(deployment).status.halts
    return any(result.status.halts for result in by_id()[id].results(deployment))


def test_each_has_a_defect() -> None:
    assert {mutant.expected for mutant in SEEDED} | ELSEWHERE == by_id().keys() | CLAIMED.keys()


@pytest.mark.parametrize("mutant", SEEDED, ids=lambda mutant: f"{mutant.expected}: {mutant.name}")
def test_it_sees_its_defect(mutant: Mutant, example: Assembly) -> None:
    assert halts(changed(example, mutant.stack, mutant.applied(example)), mutant.expected)


@pytest.mark.parametrize("claim", CLAIMED, ids=str)
def test_each_claim_refutes_defects_of_several_kinds_with_requests_that_another_evaluator_allows(
    claim: str, example: Assembly
) -> None:
    made = [mutant for mutant in SEEDED if mutant.expected == claim]
    proofs = [CLAIMED[claim].prove(changed(example, m.stack, m.applied(example))) for m in made]
    assert all(proof.status.halts for proof in proofs)
    assert sum(proof.status is Status.FAIL for proof in proofs) >= 3
    witnesses = [proof.witness for proof in proofs if proof.witness is not None]
    for witness in witnesses:
        case = read_case(json.loads(json.dumps(witness.case)))
        assert str(decide(*case)) == witness.verdict == "allowed", witness.says
    assert len({json.dumps(witness.case) for witness in witnesses}) >= (0 if claim in WITHOUT_A_REQUEST else 2)


def test_what_watches_and_keeps_is_known_where_it_is_as_it_should_be(example: Assembly) -> None:
    whole = Mutant("parts", AUDIT, added).applied(example)
    verdict = review(changed(example, AUDIT, whole), Register.read(), datetime.date(2026, 11, 28))
    assert [finding.lines() for finding in verdict.findings() if finding.status.halts] == []
    about = {
        judged.rule.id
        for judged in verdict.rules
        if any(result.status is Status.PASS and result.where.startswith(f"{AUDIT}/") for result in judged.results)
    }
    assert {mutant.expected for mutant in WATCHING} <= about


def test_a_stack_of_the_platform_that_can_be_deleted(example: Assembly) -> None:
    open_ones = [
        replace(t, properties={**(t.properties or {}), "terminationProtection": False}) for t in example.templates
    ]
    assert halts(Deployment(Assembly(open_ones)), "platform-refuses-to-be-deleted")


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2028-12-31", Status.PASS),
        ("2029-01-01", Status.WARNING),
        ("2029-06-30", Status.WARNING),
        ("2029-07-01", Status.FAIL),
    ],
)
def test_a_runtime_ends_on_its_day_and_is_warned_of_before(day: str, status: Status, example: Assembly) -> None:
    deployment = Deployment(example)
    deployment.day = datetime.date.fromisoformat(day)
    found = by_id()["runtime-is-supported"].results(deployment)
    assert {result.status for result in found} == {status}


def test_a_project_where_cloudformation_makes_none(example: Assembly) -> None:
    moved = [replace(template, region="eu-central-1") for template in example.templates]
    assert halts(Deployment(Assembly(moved)), "project-can-be-made-in-its-region")


@pytest.mark.parametrize("kept", ["Cloister-Team-atlas", "Cloister-Guardrails"])
def test_a_part_of_a_deployment(kept: str, example: Assembly) -> None:
    assert halts(Deployment(Assembly([example.by_stack[kept]])), "is-whole")


def test_a_default_group_without_a_waiver(example: Assembly) -> None:
    assert halts(Deployment(example), "default-group-is-closed")
