"""What is proved in another process is what is proved here, and a process that ends is no proof."""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest

from review.assembly import Assembly
from review.day import today
from review.deployment import Deployment
from review.finding import Status
from review.proof.claims import CLAIMS
from review.verdict import prove
from synth.aside import aside
from tests.synthesis import synthesised


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    _, made, _ = synthesised(tmp_path_factory)
    found = Deployment(Assembly.read(made))
    found.day = today()
    return found


def test_the_proofs_are_the_same_in_their_order(deployment: Deployment) -> None:
    with aside(deployment, CLAIMS) as prover:
        proofs = [prover(claim, deployment) for claim in CLAIMS]
    assert proofs == [prove(claim, deployment) for claim in CLAIMS]
    assert {proof.status for proof in proofs} <= {Status.PASS, Status.NOT_APPLICABLE}


READING, WRITING = os.pipe()
HERE = os.getpid()


def _waits(_: Deployment) -> str:
    return os.read(READING, 4).decode()


def _tells(_: Deployment) -> str:
    os.write(WRITING, b"here" if os.getpid() == HERE else b"away")
    return "here" if os.getpid() == HERE else "away"


def _ends(_: Deployment) -> str:
    os._exit(3)


def test_whoever_waits_proves_the_last_that_was_not_begun(deployment: Deployment) -> None:
    first = replace(CLAIMS[0], id="first", prover=_waits)
    others = [replace(CLAIMS[0], id=f"other-{number}", prover=_tells) for number in range(6)]
    with aside(deployment, [first, *others]) as prover:
        assert prover(first, deployment).found == "here", "it waited for what is proved here meanwhile"
        assert prover(others[-1], deployment).found == "here"


def test_a_process_that_ends_proves_nothing(deployment: Deployment) -> None:
    ends = replace(CLAIMS[0], prover=_ends)
    with aside(deployment, [ends]) as prover, pytest.raises(BrokenProcessPool):
        prover(ends, deployment)
