"""Guarantees: every request of the month is added up once, what has no price is said, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clone import copy_settings
from tools.cost import add_up, main, report, svg, table, written_csv

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone's settings."""
    copy_settings(tmp_path)
    return tmp_path


def record(**changes: Any) -> dict[str, Any]:
    return {
        "record": "inference",
        "time": "2026-11-28T10:00:00.000Z",
        "team": "atlas",
        "model": "google.gemma-4-31b",
        "tier": "flex",
        "tier_served": None,
        "principal": "arn:aws:sts::111122223333:assumed-role/atlas-developer/anna",
        "input_tokens": 100,
        "output_tokens": 10,
        "usage": "counted",
        "usd": {"model": 0.5, "guardrail": 0.25},
        **changes,
    }


class Aws:
    """The two services, with pages of lines."""

    def __init__(self, pages: list[list[str]]) -> None:
        self.pages = pages
        self.asked: list[Mapping[str, Any]] = []

    def __call__(self, _service: str) -> Aws:
        return self

    def describe_stacks(self, **request: str) -> Any:
        outputs = [{"OutputKey": "ProxyLogGroup", "OutputValue": f"{request['StackName']}-Records"}]
        return {"Stacks": [{"Outputs": outputs}]}

    def get_paginator(self, _name: str) -> Aws:
        return self

    def paginate(self, **request: Any) -> Any:
        self.asked.append(request)
        mine = request["logGroupName"] == "Cloister-Team-atlas-Records"
        return [{"events": [{"message": line} for line in page]} for page in (self.pages if mine else [])]


def lines(*records: Mapping[str, Any]) -> list[str]:
    return [json.dumps(each) for each in records]


def test_every_record_of_the_month_is_added_up_and_nothing_else(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aws = Aws(
        [
            lines(record(), record(principal="arn:aws:sts::1:assumed-role/atlas-developer/ben")),
            ["START inference", *lines(record(record="began"), record(time="2026-10-31T23:59:59.000Z"))],
            lines(record(tier_served="default", usd={"model": None, "guardrail": 0.25})),
        ]
    )
    assert main(["--json"], root, client=aws, now=NOW) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["month"], said["source"]) == ("2026-11", "records")
    found = {
        (line["tier"], line["caller"]): (line["requests"], line["usd"], line["unpriced"]) for line in said["lines"]
    }
    assert found == {
        ("flex", "atlas-developer/anna"): (1, 0.75, 0),
        ("flex", "atlas-developer/ben"): (1, 0.75, 0),
        ("default", "atlas-developer/anna"): (1, 0.25, 1),
    }
    assert [request["startTime"] for request in aws.asked] == [1793491200000] * 2
    assert {request["logGroupName"] for request in aws.asked} == {
        "Cloister-Team-atlas-Records",
        "Cloister-Team-beacon-Records",
    }


def test_a_month_and_a_team_are_what_is_asked_for(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aws = Aws([lines(record(time="2026-10-31T23:59:59.000Z"))])
    assert main(["--team", "atlas", "--month", "2026-10"], root, client=aws, now=NOW) == 0
    assert capsys.readouterr().out.startswith("2026-10 so far: 0.7500 USD, 1 request,")
    assert [request["logGroupName"] for request in aws.asked] == ["Cloister-Team-atlas-Records"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--team", "nobody"], "no team 'nobody'"), (["--month", "November"], "'November'; it is written as 2026-11")],
)
def test_what_cannot_be_asked_for(
    arguments: list[str], said: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, root, client=Aws([]), now=NOW) == 1
    assert said in capsys.readouterr().err


class Fewer(Aws):
    """An account in which beacon is not deployed yet."""

    code, said = "ValidationError", "Stack with id {} does not exist"

    def describe_stacks(self, **request: str) -> Any:
        if request["StackName"] == "Cloister-Team-beacon":
            error = {"Code": self.code, "Message": self.said.format(request["StackName"])}
            raise ClientError({"Error": error}, "DescribeStacks")
        return super().describe_stacks(**request)


def test_a_team_that_is_not_deployed_yet_hides_no_other(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], root, client=Fewer([lines(record())]), now=NOW) == 0
    said = capsys.readouterr()
    assert said.out.startswith("2026-11 so far: 0.7500 USD, 1 request,")
    assert said.err == "team beacon is not deployed: nothing of it is counted\n"
    assert main(["--team", "beacon"], root, client=Fewer([]), now=NOW) == 1
    assert capsys.readouterr().err == "team beacon is not deployed: there is no stack Cloister-Team-beacon\n"


def test_a_stack_that_may_not_be_asked_for_is_no_team_that_is_not_deployed(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fewer, "code", "AccessDenied")
    monkeypatch.setattr(Fewer, "said", "not authorized to describe {}")
    assert main([], root, client=Fewer([lines(record())]), now=NOW) == 1
    assert "AWS refused" in capsys.readouterr().err


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\uff1d"])
def test_no_cell_is_a_formula(start: str) -> None:
    text = written_csv(add_up([record(principal=f"arn/{start}cmd|' /C calc'!A0")]))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["caller"] == f"'{start}cmd|' /C calc'!A0"
    assert float(rows[0]["usd"]) == 0.75


def test_a_name_out_of_a_forged_line_moves_no_cursor_and_begins_no_row() -> None:
    lines = add_up([record(principal="arn/\t=1\x1b[2J\nb,c"), record(model="\r=1")])
    assert table(lines, "2026-11").replace("\n", "").isprintable()
    rows = list(csv.DictReader(io.StringIO(written_csv(lines))))
    assert {row["caller"] for row in rows} >= {"\\t=1\\x1b[2J\\nb,c"}


def test_the_sums_are_the_same_however_they_are_grouped() -> None:
    found = add_up([record(team=team, tier=tier) for team in ("atlas", "beacon") for tier in ("flex", "default")] * 3)
    for by in ("team", "model", "tier", "caller"):
        rows = report(found, by)
        assert sum(usd for _, usd, _ in rows) == pytest.approx(9.0)
        assert sum(requests for *_, requests in rows) == 12


def test_the_plot_and_the_picture_show_each_team() -> None:
    found = add_up([record(), record(), record(team="beacon", usage="counted", usd={"model": None, "guardrail": None})])
    text = table(found, "2026-11")
    assert "█" * 40 in next(line for line in text.splitlines() if "atlas " in line)
    assert "1 request has no price" in text
    picture = svg(add_up([record(team="<b>")]), "2026-11")
    assert "&lt;b&gt;" in picture
    assert "<b>" not in picture


def test_a_month_without_a_request() -> None:
    assert table([], "2026-11") == "2026-11 so far: no request has a record\n"
    assert svg([], "2026-11").startswith("<svg")


def test_a_picture_that_cannot_be_written_is_said_before_anybody_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    def ask(name: str) -> Any:
        raise AssertionError(f"{name} is asked")

    assert main(["--svg", str(tmp_path / "file" / "cost.svg")], tmp_path, client=ask) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "file is a file, and no folder" in said.err
