"""`python -m review check`: a verdict for a folder of templates, in words and as JSON."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from review.proof.claims import CLAIMS
from review.rules.catalogue import catalogue

Json = Any
DAY = ["--date", "2026-11-28"]


def check(folder: Path, out: Path, *more: str) -> int:
    return main(["check", str(folder), "--out", str(out), *DAY, *more])


def test_what_holds_passes(cdk_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(cdk_out, tmp_path, "--all") == 0
    out = capsys.readouterr().out
    ids = [*(claim.id for claim in CLAIMS), *(rule.id for rule in catalogue())]
    assert all(f"[{id}]" in out for id in ids)
    assert f"review: pass ({len(catalogue())} rules, {len(CLAIMS)} claims: " in out


def test_a_plain_folder_is_reviewed_too(cdk_out: Path, tmp_path: Path) -> None:
    plain = tmp_path / "templates"
    plain.mkdir()
    for path in cdk_out.glob("*.template.json"):
        shutil.copy(path, plain / path.name)
    assert check(plain, tmp_path / "out") == 0


def test_what_does_not_fails_with_its_cure(cdk_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoiled = shutil.copytree(cdk_out, tmp_path / "spoiled")
    template = spoiled / "Cloister-Network.template.json"
    body = json.loads(template.read_text())
    body["Resources"]["Way"] = {"Type": "AWS::EC2::InternetGateway"}
    template.write_text(json.dumps(body))
    assert check(spoiled, tmp_path / "out") == 1
    assert "Cloister-Network/Way" in capsys.readouterr().out


def test_for_programs_each_proof_carries_its_assumptions(
    cdk_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(cdk_out, tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [proof["code"] for proof in found["claims"]] == [claim.id for claim in CLAIMS]
    assert all(proof["assumptions"] for proof in found["claims"])


def test_few_resources_are_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "One.json").write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    assert check(tmp_path, tmp_path / "out") == 1
    assert "[is-whole]" in capsys.readouterr().out


def test_what_cannot_be_read_cannot_be_reviewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, tmp_path / "out") == 2
    assert check(tmp_path / "none", tmp_path / "out") == 2
    assert "no CloudFormation template" in capsys.readouterr().err
    (tmp_path / "One.json").write_text(json.dumps({"Resources": {}}))
    assert check(tmp_path, tmp_path / "out", "--waivers", str(tmp_path / "none.yaml")) == 2
    (tmp_path / "validation-report.json").write_text("{")
    assert check(tmp_path, tmp_path / "out") == 2
