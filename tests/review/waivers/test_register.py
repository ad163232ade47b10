"""The register of waivers: entries that are none fail, each for its reason."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from review.rules.catalogue import by_id
from review.waivers import Pattern, Register, TooBroadError, WaiverError
from review.waivers.register import FILE

Json = Any
GOOD: dict[str, Json] = {
    "rule": "key-rotates",
    "resource": "{deployment}-Audit/Key{hash}",
    "reason": "The key is of a kind that does not rotate.",
    "control": "It is replaced by hand every year.",
    "owner": "Platform",
    "approver": "Security",
    "date": date(2026, 1, 1),
    "expiry": date(2027, 1, 1),
}


def register(tmp_path: Path, *entries: Json) -> Register:
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump(list(entries)))
    return Register.read(file, by_id())


def test_the_registers_own_entries_are_right() -> None:
    read = Register.read(FILE, by_id())
    assert read.wrong == ()
    assert len(read.waivers) >= 10


def test_a_good_entry_is_a_waiver(tmp_path: Path) -> None:
    read = register(tmp_path, GOOD)
    assert read.wrong == ()
    assert read.waivers[0].covers("key-rotates", "Cloister-Audit/Key0123ABCD")
    assert not read.waivers[0].covers("key-rotates", "Cloister-Audit/Other0123ABCD")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": "no-such-rule"}, "there is no rule 'no-such-rule'"),
        ({"rule": "AwsSolutions-S1"}, "named with its pack"),
        ({"resource": "{deployment}-Audit/*"}, "too broad"),
        ({"resource": "{team}/{hash}"}, "too broad"),
        ({"resource": "{deployment}-Audit/{number}"}, "too broad"),
        ({"resource": "Cloister-Audit"}, "too broad"),
        ({"resource": "{anything}-Audit/Key"}, "too broad"),
        ({"reason": "because"}, "are sentences"),
        ({"control": ""}, "its control is ''"),
        ({"owner": None}, "its owner is None"),
        ({"expiry": "soon"}, "its expiry is 'soon'"),
        ({"expiry": date(2025, 1, 1)}, "ends before it begins"),
        ({"ticket": "X-1"}, "ticket, which is no field"),
    ],
)
def test_an_entry_that_is_none_says_why(change: dict[str, Json], said: str, tmp_path: Path) -> None:
    read = register(tmp_path, {**GOOD, **change})
    assert read.waivers == ()
    assert said in read.wrong[0].found


@pytest.mark.parametrize("name", GOOD)
def test_every_field_is_needed(name: str, tmp_path: Path) -> None:
    read = register(tmp_path, {key: value for key, value in GOOD.items() if key != name})
    assert f"it lacks {name}" in read.wrong[0].found


@pytest.mark.parametrize("text", ["a: 1", "[", "just words"])
def test_what_is_no_list_cannot_be_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(text)
    with pytest.raises(WaiverError):
        Register.read(tmp_path / "waivers.yaml")


def test_a_waiver_ends_on_its_last_day(tmp_path: Path) -> None:
    read = register(tmp_path, GOOD)
    last = GOOD["expiry"]
    assert read.standing(last) and not read.standing(last + timedelta(days=1))
    assert read.waivers[0].days_left(last) == 0


@pytest.mark.parametrize("text", ["{a}/Key", "Stack/K?y", "Stack"])
def test_a_pattern_for_nearly_anything_is_refused(text: str) -> None:
    with pytest.raises(TooBroadError):
        Pattern(text).narrow()
