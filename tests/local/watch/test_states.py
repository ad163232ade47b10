"""Guarantees: the state of an alarm is what AWS documents, for periods, missing values, shares and dimensions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.watch.expression import evaluate
from local.watch.metrics import Metrics, statistic
from local.watch.states import UndecidedError, state

NOW, PERIOD = 10_000.0, 300


def line(at: float, team: str = "atlas", **values: float) -> str:
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    blocks = [{"Namespace": "Cloister", "Dimensions": [["team"]], "Metrics": metrics}]
    return json.dumps({"team": team, **values, "_aws": {"Timestamp": at * 1000, "CloudWatchMetrics": blocks}})


def alarm(**changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": "one",
        "Namespace": "Cloister",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "team", "Value": "atlas"}],
        "Statistic": "Sum",
        "Period": PERIOD,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
        **changes,
    }


def back(periods: int) -> float:
    """In the middle of a period so many before the last."""
    return NOW - periods * PERIOD - PERIOD / 2


@pytest.mark.parametrize(
    ("lines", "changes", "expected"),
    [
        ([], {}, "OK"),
        ([], {"TreatMissingData": "missing"}, "INSUFFICIENT_DATA"),
        ([], {"TreatMissingData": "breaching"}, "ALARM"),
        ([], {"TreatMissingData": "ignore", "StateValue": "ALARM"}, "ALARM"),
        ([line(back(0), Errors=0)], {"TreatMissingData": "ignore", "StateValue": "ALARM"}, "OK"),
        ([line(back(0), Errors=1)], {}, "ALARM"),
        ([line(back(1), Errors=1)], {}, "OK"),
        ([line(back(0), team="beacon", Errors=9)], {}, "OK"),
        ([line(back(0), Errors=1)], {"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, "OK"),
        (
            [line(back(0), Errors=1), line(back(2), Errors=1)],
            {"EvaluationPeriods": 3, "DatapointsToAlarm": 2},
            "ALARM",
        ),
        ([line(back(0), Errors=1)] * 4, {"Threshold": 5.0}, "OK"),
        ([line(back(0), Errors=1)] * 5, {"Threshold": 5.0}, "ALARM"),
    ],
)
def test_a_state(lines: list[str], changes: dict[str, Any], expected: str) -> None:
    assert state(alarm(**changes), Metrics(lines), NOW) == expected


@pytest.mark.parametrize(("errors", "requests", "expected"), [(4, 4, "OK"), (5, 100, "ALARM"), (5, 101, "OK")])
def test_a_share(errors: int, requests: int, expected: str) -> None:
    def metric(id: str, name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "Cloister", "MetricName": name, "Dimensions": alarm()["Dimensions"]}}
        return {"Id": id, "MetricStat": {**stat, "Period": PERIOD, "Stat": "Sum"}}

    expression = "IF(FILL(e, 0) >= 5, 100 * e / r, 0)"
    share = alarm(Metrics=[metric("e", "Errors"), metric("r", "Requests"), {"Id": "s", "Expression": expression}])
    share["Threshold"] = 5.0
    lines = [line(back(0), Errors=1)] * errors + [line(back(0), Requests=1)] * requests
    assert state(share, Metrics(lines), NOW) == expected
    assert state(share, Metrics([]), NOW) == "OK", "nothing is filled where nothing is"


@pytest.mark.parametrize(
    "changes",
    [
        {"ThresholdMetricId": "band"},
        {"Namespace": "AWS/Lambda"},
        {"Dimensions": []},
    ],
)
def test_what_cannot_be_told_is_not_guessed(changes: dict[str, Any]) -> None:
    with pytest.raises(UndecidedError):
        state(alarm(**changes), Metrics([]), NOW)


@pytest.mark.parametrize("expression", ["SUM(METRICS())", "a ** 2", "b", "a if a else 1", "__import__('os')"])
def test_what_an_expression_may_not_have(expression: str) -> None:
    with pytest.raises(ValueError, match="is not known here"):
        evaluate(expression, {"a": 1.0})


def test_a_statistic_that_is_not_known() -> None:
    with pytest.raises(ValueError, match="tm99 is not known"):
        statistic([1.0], "tm99")


def test_lines_that_are_no_metrics_are_passed_over() -> None:
    assert Metrics(["", "START", '{"_aws": 1}', '{"record": "_aws"}']).values == {}
