"""A file that was cut off, or is no YAML otherwise, is pointed at where a person finds what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.settings import Mistake
from stacks.settings.source import read

NO_END = "not YAML: what begins with {} has no end; close it with {}"
KEY = "not YAML: found no ':' after the key; write 'key: value'"
INDENT = "indent the line as those beside it"


def said(folder: Path, text: str) -> list[str]:
    path = folder / "f.yaml"
    path.write_bytes(text.encode())
    mistakes: list[Mistake] = []
    read(path, "f.yaml", mistakes)
    return [str(mistake) for mistake in mistakes]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("name: a\nmodels: [x,", 2, NO_END.format("[", "]")),
        ("name: a\nmodels: [x,\n  y", 2, NO_END.format("[", "]")),
        ("name: a\nlists: [[x],\n  [y,\n  z", 3, NO_END.format("[", "]")),
        ("name: a\nbudget: {usd: 1,", 2, NO_END.format("{", "}")),
        ('name: a\nowner: "Ann\ncontact: b', 2, NO_END.format('"', '"')),
        ("name: a\nowner: 'Ann", 2, NO_END.format("'", "'")),
        ("name: a\nowner: b\nconta", 3, KEY),
    ],
)
def test_a_file_that_was_cut_off_is_pointed_at_where_it_lacks_an_end(
    tmp_path: Path, text: str, line: int, what: str, end: str
) -> None:
    assert said(tmp_path, text + end) == [f"f.yaml:{line}: {what}"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name: a\nconta\nowner: b\n", f"2: {KEY}"),
        (
            "name: a\nmodels: [x, y\ntiers: [z]\n",
            "3: not YAML: expected ',' or ']', but got ':', in what begins on line 2; mend the syntax",
        ),
        (
            "name: a\n  owner: b\n",
            f"2: not YAML: mapping values are not allowed here; {INDENT}, or put a value that holds ': ' in quotes",
        ),
        ("a:\n  b: 1\n c: 2\n", f"3: not YAML: expected <block end>, but found '<block mapping start>'; {INDENT}"),
        ("a: @b\n", "1: not YAML: found character '@' that cannot start any token; put the value in quotes"),
    ],
)
def test_what_is_no_yaml_is_said_with_what_to_do(tmp_path: Path, text: str, found: str) -> None:
    assert said(tmp_path, text) == [f"f.yaml:{found}"]
