"""Every alarm says all that it takes to be raised: what is measured, how, against what, and what silence means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import ALARM, COMPOSITE
from review.rules.facts import is_a_teams_own, of
from review.rules.rule import Rule, controls, each

Json = Any
#: An expression names metrics by ids that begin with a small letter; functions are in capitals.
_ID = re.compile(r"\b[a-z]\w*")
_NAMED = re.compile(r'\("([^"]+)"\)')
_ALWAYS = ("ComparisonOperator", "EvaluationPeriods", "TreatMissingData")
_SUPPRESSED = ("ActionsSuppressor", "ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod")


@each(ALARM, COMPOSITE)
def _check(deployment: Deployment, alarm: Resource) -> str:
    known = of(deployment, alarm)
    if alarm.type == COMPOSITE:
        return _unknown(deployment, known) or _suppressed(deployment, known)
    missing = [name for name in _ALWAYS if name not in known]
    if missing and not is_a_teams_own(alarm):
        return f"it does not say its {missing[0]}"
    if not is_a_teams_own(alarm) and int(known["EvaluationPeriods"]) > 1 and "DatapointsToAlarm" not in known:
        return "it does not say how many of its periods are to be so: CloudWatch takes all of them"
    if ("Metrics" in known) == ("MetricName" in known):
        return "it looks at one metric or at an expression of several: it has both or neither"
    if ("Threshold" in known) == ("ThresholdMetricId" in known):
        return "it is raised at a threshold or at a band: it has both or neither"
    return _several(known, known["Metrics"]) if "Metrics" in known else _lacks(known, known)


def _lacks(metric: Mapping[str, Json], said: Mapping[str, Json]) -> str:
    """What a metric lacks, beside how it is counted."""
    missing = [name for name in ("Namespace", "MetricName") if name not in metric]
    missing += [] if "Period" in said else ["Period"]
    missing += [] if {"Stat", "Statistic", "ExtendedStatistic"} & said.keys() else ["Statistic"]
    return f"its metric {metric.get('MetricName', '')} lacks {missing[0]}" if missing else ""


def _several(known: Mapping[str, Json], written: Sequence[Json]) -> str:
    ids = [metric.get("Id") for metric in written]
    if None in ids or len(set(ids)) < len(ids):
        return "two of its metrics have one id, or one has none"
    named: set[str] = {str(known["ThresholdMetricId"])} if "ThresholdMetricId" in known else set()
    for metric in written:
        if ("Expression" in metric) == ("MetricStat" in metric):
            return f"its metric {metric['Id']} is an expression or measured: it is both or neither"
        if "MetricStat" in metric:
            wrong = _lacks(metric["MetricStat"].get("Metric") or {}, metric["MetricStat"])
            if wrong:
                return wrong
        named |= set(_ID.findall(str(metric.get("Expression", ""))))
    unknown = sorted(named - set(ids))
    if unknown:
        return f"it looks at {unknown[0]}, which none of its metrics is"
    returned = [metric["Id"] for metric in written if metric.get("ReturnData") not in (False, "false")]
    band = [known["ThresholdMetricId"]] if "ThresholdMetricId" in known else []
    if len(returned) != 1 + len(band) or not set(band) <= set(returned):
        return f"it looks at {' and '.join(returned) or 'none'} of its metrics: one is compared, with a band or not"
    return ""


def _unknown(deployment: Deployment, known: Mapping[str, Json]) -> str:
    """An alarm that a composite one looks at by its name, and no template makes."""
    made = deployment.once(_names)
    missing = [name for name in _NAMED.findall(str(known.get("AlarmRule"))) if name not in made]
    return f"it looks at the alarm {missing[0]}, which no template makes: CloudWatch refuses it" if missing else ""


def _names(deployment: Deployment) -> set[str]:
    alarms = deployment.assembly.of_type(ALARM, COMPOSITE)
    return {deployment.resolver.reference(alarm.id, alarm.stack) for alarm in alarms}


def _suppressed(deployment: Deployment, known: Mapping[str, Json]) -> str:
    said = [name for name in _SUPPRESSED if name in known]
    if said and len(said) < len(_SUPPRESSED):
        return f"it is silent while another alarm is raised, and says its {said[0]} alone"
    if said and known["ActionsSuppressor"] not in deployment.once(_arns):
        return f"it is silent while {known['ActionsSuppressor']} is raised, which no template makes"
    return ""


def _arns(deployment: Deployment) -> set[str]:
    return {deployment.resolver.arn(alarm) for alarm in deployment.assembly.of_type(ALARM, COMPOSITE)}


RULE = Rule(
    id="alarm-is-whole",
    title="Every alarm says all that it takes to be raised: what is measured, how, against what, what silence means",
    why="an alarm that CloudWatch refuses, or that takes silence for something else, is missed when it is needed",
    severity="medium",
    fix="set what is missing; of an expression, let one metric return its data",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
    controls=controls(nist="SI-4 AU-5", soc2="CC7.2", aws="DETECT-05"),
    check=_check,
)
