"""The reports: the same bytes for the same input, in forms that other tools read."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from review.reports.table import cell

Json = Any
NAMES = ("results.json", "results.sarif", "results.csv")


@pytest.fixture(scope="session")
def out(cdk_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the example."""
    folder = tmp_path_factory.mktemp("reports")
    assert main(["check", str(cdk_out), "--out", str(folder), "--date", "2026-11-28"]) == 0
    return folder


def results(out: Path) -> Json:
    return json.loads((out / "results.json").read_text())


def test_the_same_input_gives_the_same_bytes(out: Path, cdk_out: Path, tmp_path: Path) -> None:
    assert main(["check", str(cdk_out), "--out", str(tmp_path), "--date", "2026-11-28"]) == 0
    assert [(tmp_path / name).read_bytes() for name in NAMES] == [(out / name).read_bytes() for name in NAMES]


def test_results_hold_everything(out: Path, cdk_out: Path) -> None:
    found = results(out)
    assert list(found) == [
        *("meta", "verdict", "rules", "claims", "controls", "frameworks", "waivers", "assumptions", "second_opinions")
    ]
    assert found["verdict"]["status"] == "pass"
    assert len(found["controls"]) == 50
    assert all(control["status"] != "fail" for control in found["controls"])
    assert {opinion["tool"] for opinion in found["second_opinions"]} >= {"AwsSolutions"}
    assert all(template["sha256"] for template in found["meta"]["templates"])
    assert all(isinstance(waiver["days_left"], int) for waiver in found["waivers"])


def test_no_waiver_is_idle_where_its_resources_are(out: Path) -> None:
    # Packs that stop nothing are asked by `make review`, and not here.
    asked = [w for w in results(out)["waivers"] if not w["said"].endswith(" was not asked")]
    said = {w["said"] for w in asked if w["status"] == "not-applicable"}
    absent = [
        *("a team has been given buckets for images", "a team's own class has a function"),
        *("records are archived", "the settings name auditors", "a team's prompts and answers are archived"),
    ]
    # CDK's own check of templates does not run in the tests' shared synthesis: W3010 is of it.
    unasked = "the deployment makes its own VPC, and zones are named by their names"
    assert said == {f"it is for deployments where {what}" for what in (*absent, unasked)}, "what the example has not"


def test_sarif_has_a_result_for_each_and_says_which_are_accepted(out: Path) -> None:
    log = json.loads((out / "results.sarif").read_text())
    found = results(out)
    run, *outside = log["runs"]
    assert [each["tool"]["driver"]["name"] for each in outside] == [o["tool"] for o in found["second_opinions"]]
    expected = sum(len(rule["results"]) for rule in found["rules"]) + len(found["claims"])
    assert len(run["results"]) == expected
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    accepted = [result["ruleId"] for result in run["results"] if result.get("suppressions")]
    assert accepted == ["default-group-is-closed"]
    assert all((result["kind"] == "fail") == (result["level"] != "none") for result in run["results"])


def test_what_others_say_stands_in_every_report_with_who_says_it(cdk_out: Path, tmp_path: Path) -> None:
    said = {"rule": "CKV_AWS_116", "where": "Cloister-Team-atlas/Proxy/Function/Resource"}
    opinion = {"tool": "checkov", "version": "3.3.30", "findings": [{**said, "said": "=none", "accepted": False}]}
    (tmp_path / "said.json").write_text(json.dumps([opinion]))
    arguments = ["check", str(cdk_out), "--out", str(tmp_path), "--date", "2026-11-28"]
    assert main([*arguments, "--opinions", str(tmp_path / "said.json")]) == 0
    assert opinion in results(tmp_path)["second_opinions"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "results.csv").read_text(), newline="")))
    (row,) = (row for row in rows if row["tool"] == "checkov")
    assert (row["kind"], row["id"], row["where"], row["status"]) == ("opinion", *said.values(), "unanswered")
    assert row["found"] == "'=none"
    run = json.loads((tmp_path / "results.sarif").read_text())["runs"][-1]
    assert run["tool"]["driver"] == {"name": "checkov", "version": "3.3.30", "rules": [{"id": said["rule"]}]}
    assert [(r["ruleId"], r["level"], r["suppressions"]) for r in run["results"]] == [(said["rule"], "note", [])]
    observed = json.loads((tmp_path / "oscal" / "assessment-results.json").read_text())["assessment-results"]
    assert "What checkov says" in {o["title"] for o in observed["results"][0]["observations"]}
    page = (tmp_path / "report.html").read_text()
    assert "CKV_AWS_116" in page and "1 of their findings are unanswered" in page


def test_no_cell_runs(out: Path) -> None:
    rows = list(csv.reader(io.StringIO((out / "results.csv").read_text(), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not [c for row in rows for c in row if c.lstrip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])  # noqa: RUF001
def test_a_formula_is_text(text: str) -> None:
    assert cell(text).startswith("'")
    assert "\n" not in cell(text) and "\r" not in cell(text)
