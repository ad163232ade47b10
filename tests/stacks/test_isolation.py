"""The table of ways out says nothing that no test proves."""

import re
from functools import cache

import pytest

from tests.clone import ROOT

_TEST = re.compile(r"`(test_\w+)::(test_\w+)`")


def rows() -> list[list[str]]:
    """Every row of every table: number, way, control, tests, what is left."""
    lines = (ROOT / "docs" / "isolation.md").read_text().splitlines()
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if re.match(r"\| [A-Z]?\d+ \|", line)]
    return [[cell.strip() for cell in row] for row in cells]


@cache
def sources() -> dict[str, str]:
    """Text of the test modules by name; modules of the same name are taken together."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        found[path.stem] = found.get(path.stem, "") + path.read_text()
    return found


def test_there_are_many_and_each_has_a_number_of_its_own() -> None:
    numbers = [row[0] for row in rows()]
    assert len(numbers) >= 24
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_names_its_control_and_tests_that_exist(row: list[str]) -> None:
    _, way, control, tests, left = row
    assert way and control and left
    named = _TEST.findall(tests)
    assert named, f"no test is named for: {way}"
    for module, name in named:
        assert re.search(rf"^def {name}\(", sources()[module], re.MULTILINE), f"{module} has no {name}"
