"""Editors find a schema that is current, and that explains every field."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.clone import DEPLOYMENT, ROOT
from tools.schema import MADE, PAGE, RECORD, SCHEMAS, explained, main, record, schema


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == schema(SCHEMAS[name]), "run: python -m tools.schema"


def test_the_schema_and_the_page_of_the_evidence_are_current() -> None:
    assert (ROOT / RECORD).read_text(encoding="utf-8") == record(), "run: python -m tools.schema"
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page == explained(page), "run: python -m tools.schema"


def test_it_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 0
    assert capsys.readouterr().out.split() == list(MADE)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == set(MADE)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described_and_no_other_is_allowed(name: str) -> None:
    top: dict[str, Any] = SCHEMAS[name].model_json_schema()
    objects = [top, *top.get("$defs", {}).values()]
    assert objects
    for one in objects:
        assert one["additionalProperties"] is False, one["title"]
        assert one["properties"]
        for field, about in one["properties"].items():
            kind = about.get("$ref", "").rpartition("/")[2]  # what has the words of its type has them there alone
            described = about.get("description") or top["$defs"][kind]["description"]
            assert described.endswith((".", ".)")), f"{one['title']}.{field}"


@pytest.mark.parametrize(
    "path",
    [ROOT / "stacks" / "catalogue.yaml", *sorted(DEPLOYMENT.rglob("*.yaml"))],
    ids=lambda path: path.name,
)
def test_the_first_line_of_a_file_names_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named is not None
    schema_file = (path.parent / named[1]).resolve()
    assert schema_file.relative_to(ROOT).as_posix() in SCHEMAS
    kind = {"cloister.yaml": "cloister", "catalogue.yaml": "catalogue"}.get(path.name, "team")
    assert schema_file.name == f"{kind}.schema.json"
