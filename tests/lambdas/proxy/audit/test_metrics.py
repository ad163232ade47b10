"""Guarantees: a team has as many metrics as is said, whatever its requests come to, and none of an unknown model."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.proxy.audit.metrics import OF_DEPLOYMENT, OF_MODEL, OF_TEAM, UNITS
from lambdas.proxy.audit.record import Record
from lambdas.proxy.core.money import Cost
from lambdas.proxy.services.tally import Tally
from stacks.watching_prices import DEPLOYMENT, metrics

CAUSES = ("caller", "limit", "guardrail", "upstream", "proxy")
TEAM: Any = SimpleNamespace(
    deployment="Cloister",
    name="atlas",
    access="iam",
    guardrail_id="gr1",
    guardrail_version="1",
    chain="off",
    archive=None,
    budget=SimpleNamespace(month=80),
)


def line(model: str | None, cause: str, verdict: str = "none", status: int = 500) -> dict[str, Any]:
    """A record of a request to which as much happened as can happen to one."""
    record = Record(TEAM, request_id="1", cold_start=False)
    record.model, record.status, record.error, record.cause = model, status, "some_error", cause
    tally = record.tally = Tally()
    tally.calls, tally.input = 1, verdict
    called: Any = SimpleNamespace(status=status, attempts=3, ms=1.0, request_id=None)
    usage: Any = SimpleNamespace(input=5, output=3, reasoning=None, tier="default")
    if model is not None:
        record.call, record.usage = called, usage
        record.costing = lambda: Cost(5, 3, True, 1000, 500)
        record.first = record._began + 0.5
    record.budget = ("2026-11", 20)
    silent: Any = SimpleNamespace(missing="kms_503", of=lambda *_: None)
    record.digests, record.read = silent, ({}, [])
    written: dict[str, Any] = json.loads(record.line())
    return written


def series(lines: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """What CloudWatch would charge for: a name with the values of its dimensions."""
    return {
        (metric["Name"], *(written[name] for name in dimensions))
        for written in lines
        for block in written["_aws"]["CloudWatchMetrics"]
        for dimensions in block["Dimensions"]
        for metric in block["Metrics"]
    }


@pytest.mark.parametrize("models", [1, 3])
def test_a_team_has_eight_metrics_a_model_and_thirteen_more_and_the_deployment_three(models: int) -> None:
    lines = [
        line(model, cause, verdict, status)
        for model in (None, *(f"google.gemma-{number}" for number in range(models)))
        for cause in CAUSES
        for verdict in ("none", "masked", "blocked")
        for status in (429, 500)
    ]
    found = series(lines)
    by_length = [len([some for some in found if len(some) == length]) for length in (2, 3, 4)]
    assert by_length == [3, 13, 8 * models]
    signing = 1  # of the line that says that a signature could not be had
    assert sum(by_length[1:]) + signing == metrics(models)
    assert by_length[0] == DEPLOYMENT
    assert by_length == [len(OF_DEPLOYMENT[1]), len(OF_TEAM[1]), len(OF_MODEL[1]) * models]
    assert {some[0] for some in found} == set(UNITS), "what has a unit is recorded"


def test_what_did_not_happen_is_no_metric() -> None:
    record = Record(TEAM, request_id="1", cold_start=False)
    record.status, record.error = 200, None
    written = json.loads(record.line())
    assert {name for name in written if name[0].isupper()} == {"Requests"}
    assert series([written]) == {("Requests", "Cloister", "atlas"), ("Requests", "Cloister")}
    assert [block["Dimensions"] for block in written["_aws"]["CloudWatchMetrics"]] == [
        [["deployment", "team"]],
        [["deployment"]],
    ]


@pytest.mark.parametrize(
    ("left", "error", "used"),
    [(80, None, 0.0), (20, None, 75.0), (20, "insufficient_quota", 100.0), (-8, "insufficient_quota", 110.0)],
)
def test_a_budget_that_has_no_room_is_used_up(left: int, error: str | None, used: float) -> None:
    record = Record(TEAM, request_id="1", cold_start=False)
    record.status, record.error, record.budget = 200, error, ("2026-11", left)
    assert json.loads(record.line())["BudgetUsed"] == used


def test_a_share_that_is_used_up_says_nothing_of_the_team() -> None:
    record = Record(TEAM, request_id="1", cold_start=False)
    record.error, record.budget = "insufficient_quota", ("2026-11", None)
    assert "BudgetUsed" not in json.loads(record.line())
