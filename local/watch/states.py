"""In which state an alarm is, by what was recorded.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from local.watch.expression import evaluate
from local.watch.metrics import Key, Metrics

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
#: What is recorded here: AWS's own metrics, and those of filters of a log, are not.
_RECORDED = "Cloister"


class UndecidedError(Exception):
    """An alarm looks at something that is not measured, or not computed, here; the text says what."""


def state(alarm: Mapping[str, Any], metrics: Metrics, now: float) -> str:
    """Return the state that an alarm comes to.

    Parameters
    ----------
    alarm
        As ``DescribeAlarms`` gives it.
    metrics
        What was recorded.
    now
        Seconds since 1970. The periods end there; AWS's own begin at full minutes.

    Raises
    ------
    UndecidedError
        If it cannot be told here.
    """
    if "ThresholdMetricId" in alarm:
        raise UndecidedError("it looks at a band that CloudWatch learns in weeks")
    value = _expression(alarm, metrics) if alarm.get("Metrics") else _metric(alarm, metrics)
    period = _period(alarm)
    count = int(alarm["EvaluationPeriods"])
    breaches = _COMPARE[alarm["ComparisonOperator"]]
    found = [value(now - (back + 1) * period, now - back * period) for back in range(count)]
    missing = {"breaching": True, "notBreaching": False}.get(alarm.get("TreatMissingData", "missing"))
    judged = [missing if each is None else breaches(each, float(alarm["Threshold"])) for each in found]
    known = [each for each in judged if each is not None]
    if sum(known) >= int(alarm.get("DatapointsToAlarm") or count):
        return "ALARM"
    if len(known) == count or (known and alarm.get("TreatMissingData") != "ignore"):
        return "OK"
    return str(alarm["StateValue"]) if alarm.get("TreatMissingData") == "ignore" else "INSUFFICIENT_DATA"


def _period(alarm: Mapping[str, Any]) -> int:
    stats = [entry["MetricStat"]["Period"] for entry in alarm.get("Metrics") or () if "MetricStat" in entry]
    return int(stats[0] if stats else alarm["Period"])


def _key(metric: Mapping[str, Any]) -> Key:
    dimensions = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions") or ())
    if metric["Namespace"] != _RECORDED or not dimensions:
        raise UndecidedError(f"it looks at {metric['Namespace']} {metric['MetricName']}, which is not measured here")
    return metric["Namespace"], metric["MetricName"], dimensions


def _metric(alarm: Mapping[str, Any], metrics: Metrics) -> Callable[[float, float], float | None]:
    key = _key(alarm)
    statistic = str(alarm.get("ExtendedStatistic") or alarm["Statistic"])
    return lambda begin, end: metrics.statistic(key, statistic, begin, end)


def _expression(alarm: Mapping[str, Any], metrics: Metrics) -> Callable[[float, float], float | None]:
    stats = {entry["Id"]: entry["MetricStat"] for entry in alarm["Metrics"] if "MetricStat" in entry}
    keys = {id: (_key(stat["Metric"]), str(stat["Stat"])) for id, stat in stats.items()}
    (expression,) = [entry["Expression"] for entry in alarm["Metrics"] if "Expression" in entry]
    return lambda begin, end: evaluate(
        expression, {id: metrics.statistic(key, name, begin, end) for id, (key, name) in keys.items()}
    )
