"""The OSCAL documents: whole in themselves, and the same for the same input. `make report-check` validates them."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review.deployment import Deployment
from review.oscal.assessment import assessment_results
from review.oscal.component import component_definition
from review.oscal.write import write
from review.verdict import Verdict, review
from review.waivers import Register

Json = Any
#: https://pages.nist.gov/metaschema/specification/datatypes/#token
TOKEN = re.compile(r"[^\W\d][\w.\-]*")


@pytest.fixture(scope="module")
def verdict(cdk_out: Path) -> Verdict:
    """The verdict on the example deployment."""
    return review(Deployment.read(cdk_out), Register.read(), date(2026, 11, 28))


def every(value: Json, key: str = "") -> Iterator[tuple[str, Json]]:
    yield key, value
    if isinstance(value, dict):
        for name, item in value.items():
            yield from every(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from every(item, key)


def test_every_reference_has_its_end_and_every_uuid_is_its_own(verdict: Verdict) -> None:
    document = assessment_results(verdict)
    uuids = [value for key, value in every(document) if key == "uuid"]
    assert len(uuids) == len(set(uuids))
    assert all(uuid.UUID(value).version == 5 for value in uuids)
    named = [value for key, value in every(document) if key in ("observation-uuid", "subject-uuid")]
    assert named
    assert set(named) <= set(uuids)
    assert document["assessment-results"]["import-ap"]["href"][1:] in uuids


def test_every_rule_and_claim_is_an_observation_and_every_control_a_finding(verdict: Verdict) -> None:
    result = assessment_results(verdict)["assessment-results"]["results"][0]
    assert len(result["observations"]) == len(verdict.rules) + len(verdict.proofs)
    assert {finding["target"]["status"]["state"] for finding in result["findings"]} == {"satisfied"}
    waived = [risk for risk in result["risks"] if risk["status"] == "deviation-approved"]
    assert waived
    assert all("deadline" in risk for risk in waived)


def test_what_fails_is_not_satisfied_and_an_open_risk(cdk_out: Path) -> None:
    verdict = review(Deployment.read(cdk_out), Register(), date(2026, 11, 28))
    result = assessment_results(verdict)["assessment-results"]["results"][0]
    assert "not-satisfied" in {finding["target"]["status"]["state"] for finding in result["findings"]}
    assert "open" in {risk["status"] for risk in result["risks"]}


def test_identifiers_of_controls_are_tokens(verdict: Verdict) -> None:
    documents = (assessment_results(verdict), component_definition(verdict))
    ids = [value for document in documents for key, value in every(document) if key in ("control-id", "target-id")]
    assert ids
    assert [id for id in ids if not TOKEN.fullmatch(id)] == []


def test_the_same_input_gives_the_same_bytes(verdict: Verdict, cdk_out: Path, tmp_path: Path) -> None:
    write(verdict, tmp_path / "a")
    write(review(Deployment.read(cdk_out), Register.read(), date(2026, 11, 28)), tmp_path / "b")
    for name in ("assessment-results.json", "component-definition.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert json.loads((tmp_path / "a" / name).read_text())
