"""`python -m review check`: a verdict for a folder of templates, in words and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from review.proof.claims import CLAIMS
from tests.review.proof.conftest import good

Json = Any


def folder(tmp_path: Path, templates: dict[str, Json]) -> Path:
    for name, body in templates.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    return tmp_path


def test_what_holds_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder(tmp_path, good()))]) == 0
    out = capsys.readouterr().out
    assert all(f"[{claim.id}]" in out for claim in CLAIMS)
    assert out.endswith(f"{len(CLAIMS)} pass\n")


def test_what_does_not_fails_with_its_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = good()
    templates["Network"]["Resources"]["Way"] = {"Type": "AWS::EC2::InternetGateway"}
    assert main(["check", str(folder(tmp_path, templates))]) == 1
    assert "Network/Way" in capsys.readouterr().out


def test_for_programs_each_proof_carries_its_assumptions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", str(folder(tmp_path, good()))]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [proof["code"] for proof in found] == [claim.id for claim in CLAIMS]
    assert all(proof["assumptions"] for proof in found)


def test_a_folder_without_templates_cannot_be_reviewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert main(["check", str(tmp_path / "none")]) == 2
    assert "no CloudFormation template" in capsys.readouterr().err
