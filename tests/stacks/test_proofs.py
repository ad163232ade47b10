"""What the review claims of templates is proved of the kit's, in every mode of the network; and of its documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from review.commands.check import prove
from review.deployment import Deployment
from review.finding import Status
from review.proof import perimeter
from review.proof.ask import statements
from review.proof.attempts import attempts
from review.proof.denied import askers
from review.proof.search import Question, find
from stacks.policies import Names
from stacks.policies.documents import all_documents
from tests.stacks.assembly import Assembly
from tests.stacks.deployments import ACCOUNT

NAMES = Names("Cloister", ACCOUNT, "eu-central-1", administrators=(f"arn:aws:iam::{ACCOUNT}:role/platform",))
DOCUMENTS = {name: json.loads(text) for name, text in all_documents(NAMES).items() if name.startswith(("scp", "rcp"))}
SIDS = [(name, statement["Sid"]) for name, document in DOCUMENTS.items() for statement in document["Statement"]]
#: Statements that no attempt of the proof's is about: one comes on top, the others are about what no template makes.
ON_TOP = {
    "UnprovenInferenceThroughEndpoints",
    "RetentionIsNone",
    "DeployersChangeTheResolver",
    "DeployersHoldTheTag",
    "LambdaAloneAssumesTheRoles",
}


@pytest.mark.parametrize("name", ["deployed", "pinned", "modes", "pictures", "pictures_elsewhere"])
def test_every_claim_holds(name: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(name)
    for proof in prove(assembly.folder):
        assert proof.status is Status.PASS, f"{proof.claim.id}, {proof.where}: {proof.found}"


@pytest.fixture(scope="module")
def deployment(pinned: Assembly) -> Deployment:
    """The deployment that the documents are for, read once."""
    return Deployment.read(pinned.folder)


def written(folder: Path, without: str = "") -> Path:
    """Write the control policies, one statement left out."""
    for name, document in DOCUMENTS.items():
        kept: list[Any] = [s for s in document["Statement"] if s["Sid"] != without]
        (folder / name).write_text(json.dumps({**document, "Statement": kept}))
    return folder


def test_the_documents_close_what_they_say_they_close(pinned: Assembly, tmp_path: Path) -> None:
    proofs = prove(pinned.folder, written(tmp_path))
    assert {proof.claim.id: proof.status for proof in proofs[-2:]} == {
        "perimeter-inside": Status.PASS,
        "perimeter-outside": Status.PASS,
    }


@pytest.mark.parametrize(("name", "sid"), [pair for pair in SIDS if pair[1] not in ON_TOP])
def test_a_statement_that_is_left_out_is_missed(name: str, sid: str, deployment: Deployment, tmp_path: Path) -> None:
    documents = perimeter.load(written(tmp_path, without=sid))
    proofs = [claim.prove(deployment) for claim in perimeter.claims(documents)]
    (failed,) = [proof for proof in proofs if proof.status is Status.FAIL]
    assert failed.claim.id == ("perimeter-inside" if name.startswith("scp") else "perimeter-outside")
    assert failed.witness is not None


def test_every_attempt_would_succeed_without_the_documents(deployment: Deployment) -> None:
    who, _ = next(askers(deployment))
    for attempt in attempts(deployment):
        for action in attempt.actions:
            like = statements({"Action": action, "Resource": attempt.resource})
            assert find(Question(who, [like], [], [action], fixed=attempt.fixed)), f"{attempt.what}: {action}"
