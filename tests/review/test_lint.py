"""What cfn-lint says is an opinion, by stack and resource; no answer is an error, and never a clean one."""

import json
from pathlib import Path

import pytest

from review import lint
from review.assembly import Assembly
from review.packs import PacksError

GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30, "Colour": "red"}}


def templates(folder: Path, resource: object) -> Assembly:
    (folder / "some.template.json").write_text(json.dumps({"Resources": {"Group": resource}}))
    return Assembly.read(folder)


def test_it_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    found = lint.opinion(tmp_path, templates(tmp_path, GROUP).templates)
    assert (found["tool"], bool(found["version"])) == ("cfn-lint", True)
    wrong = [f for f in found["findings"] if f["rule"].startswith("E")]
    assert [(f["where"].split("/")[1], f["accepted"]) for f in wrong] == [("Group", False)]
    assert "Colour" in wrong[0]["said"]


def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assembly = templates(tmp_path, GROUP)
    program = tmp_path / "bin" / "cfn-lint"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program.with_name("python")))
    with pytest.raises(PacksError, match="ended with 3: broken"):
        lint.opinion(tmp_path, assembly.templates)
    program.unlink()
    with pytest.raises(PacksError, match="no answer"):
        lint.opinion(tmp_path, assembly.templates)
