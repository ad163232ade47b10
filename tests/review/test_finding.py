"""A finding says all that a person needs, in a form that programs can match."""

import doctest
import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from review import finding
from review.finding import PREFLIGHT, RULE, Finding, Status, exit_status, report

GOOD = Finding("dns-on", Status.PASS, "Network/Vpc", "names are resolved")
BAD = Finding(
    "endpoint-has-policy",
    Status.FAIL,
    "Network/Mantle",
    "it has no PolicyDocument",
    why="without one everything passes",
    cure="set PolicyDocument",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)


def test_the_examples_of_the_module() -> None:
    assert doctest.testmod(finding).attempted
    assert doctest.testmod(finding).failed == 0


def test_every_status_is_a_rules_or_a_questions_and_a_warning_is_both() -> None:
    assert set(Status) == RULE | PREFLIGHT
    assert {Status.WARNING} == RULE & PREFLIGHT


def test_doubt_halts_as_failure_does() -> None:
    assert {s for s in Status if s.halts} == {Status.FAIL, Status.UNDECIDED, Status.STOPS, Status.NOT_ASKED}
    assert {s for s in Status if s.needs_cure and not s.halts} == {Status.WARNING}


@pytest.mark.parametrize("name", ["where", "found", "why", "cure", "source"])
@pytest.mark.parametrize("status", [s for s in Status if s.needs_cure])
def test_what_is_to_be_cured_says_why_and_how(status: Status, name: str) -> None:
    changes: dict[str, Any] = {"status": status, name: " "}
    with pytest.raises(ValueError, match=f"says no {name}"):
        replace(BAD, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"code": "two words"}, "has spaces"), ({"source": "http://x"}, "no https address"), ({"code": ""}, "no code")],
)
def test_what_programs_match_is_matchable(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(BAD, **changes)


def test_for_programs_every_field_is_there() -> None:
    assert list(json.loads(json.dumps(BAD.as_json()))) == list(Finding.__dataclass_fields__)
    assert BAD.as_json()["status"] == "fail"
    with pytest.raises(FrozenInstanceError):
        BAD.code = "other"  # type: ignore[misc]


def test_for_people_what_halts_comes_last_with_its_cure() -> None:
    text = report([BAD, GOOD]).splitlines()
    assert text[0].startswith("pass")
    assert text[1].startswith("fail")
    assert [line.strip() for line in text[2:5]] == [f"why: {BAD.why}", f"do: {BAD.cure}", f"see: {BAD.source}"]
    assert text[-1] == "1 pass, 1 fail"


def test_a_terminal_obeys_no_name() -> None:
    line = "\n".join(replace(GOOD, where="a\x1b[2Jb\nc").lines())
    assert "\x1b" not in line
    assert "\n" not in line


def test_what_a_command_ends_with() -> None:
    assert exit_status([GOOD]) == 0
    assert exit_status([GOOD, BAD]) == 1
    assert exit_status([]) == 2, "a check of nothing is no pass"
