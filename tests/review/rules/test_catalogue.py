"""The catalogue: every rule says what a reviewer needs, and every control is answered."""

import json
from pathlib import Path

import pytest

from review.controls import ASSUMPTIONS, CONTROLS
from review.proof.claims import CLAIMS
from review.rules import frameworks
from review.rules.catalogue import by_id, catalogue
from review.rules.frameworks import FRAMEWORKS, KNOWN
from review.rules.rule import Rule, controls

RULES = {rule.id: rule for rule in catalogue()}
CLAIMED = {claim.id for claim in CLAIMS}


def test_rules_are_found_and_no_two_have_one_name() -> None:
    assert len(RULES) == len(catalogue()) >= 60
    assert by_id() == RULES
    assert not RULES.keys() & CLAIMED


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is_for(rule: Rule) -> None:
    assert rule.source.startswith("https://")
    assert rule.severity in ("critical", "high", "medium", "low")
    assert all(len(text.split()) >= 2 for text in (rule.title, rule.why, rule.fix))
    assert rule.controls and set(rule.controls) <= set(FRAMEWORKS)


def test_every_control_has_an_answer_that_exists() -> None:
    assert [control.number for control in CONTROLS] == list(range(1, 51))
    for control in CONTROLS:
        assert control.answers, control.number
        assert set(control.answers) <= RULES.keys() | CLAIMED, control.number
        assert set(control.assumed) <= ASSUMPTIONS.keys(), control.number


def test_no_assumption_is_left_over_and_every_claim_answers_a_control() -> None:
    assert {name for control in CONTROLS for name in control.assumed} == ASSUMPTIONS.keys()
    assert {name for control in CONTROLS for name in control.answers} >= CLAIMED


@pytest.mark.parametrize("named", [{"cobit": "X-1"}, {"nist": ""}])
def test_a_framework_that_is_not_known_is_refused(named: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no framework"):
        controls(**named)


@pytest.mark.parametrize(
    ("framework", "id"),
    [("owasp", "LLM11"), ("ai600", "2.13"), ("iso", "A.6.2.9"), ("iso", "A.4.1"), ("soc2", "CC6.9")],
)
def test_a_control_that_a_framework_has_not_is_refused(framework: str, id: str) -> None:
    with pytest.raises(ValueError, match=f"{framework} {id}"):
        controls(**{framework: id})


def test_iso_42001_has_38_controls_and_ai_600_1_twelve_risks() -> None:
    assert len(KNOWN["iso"]) == 38
    assert len([id for id in KNOWN["ai600"] if id.startswith("2.")]) == 12


def test_each_list_of_identifiers_says_what_it_was_compared_with() -> None:
    for name, list_ in json.loads(Path(frameworks.__file__).with_suffix(".json").read_text("utf-8")).items():
        assert name in FRAMEWORKS
        assert list_["compared"].startswith("https://") and list_["with"]
