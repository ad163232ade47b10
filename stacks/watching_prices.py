"""What AWS charges for being watched, in USD a month: data, with its source.

A custom metric is a name with the values of its dimensions; hours in which it has no value are not charged. An alarm is
charged for each metric that it looks at, one on an anomaly for three, the metric and the two edges of its band.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["DATE", "DEPLOYMENT", "MONTHLY", "SOURCE", "alarm", "metrics"]

DATE = "2026-11-28"
SOURCE = "https://aws.amazon.com/cloudwatch/pricing/"

#: USD a month in us-east-1. Metrics: each of the first 10,000 of an account and Region. Dashboards: each beyond the
#: first three of an account, of which the first three have up to 50 metrics each.
MONTHLY: Mapping[str, float] = MappingProxyType(
    {"metric": 0.30, "alarm": 0.10, "composite alarm": 0.50, "dashboard": 3.00}
)

#: Custom metrics of the whole deployment, whatever its teams.
DEPLOYMENT = 3
# Those of a team, of each of its models, and of a team whose callers bring tokens.
_TEAM, _MODEL, _TOKENS = 14, 8, 1


def metrics(models: int, *, tokens: bool = False) -> int:
    """Return how many custom metrics a team has at the most, beside those of its deployment.

    Parameters
    ----------
    models
        How many it may ask for.
    tokens
        Whether its callers bring tokens, so that it has an authorizer.

    Examples
    --------
    >>> metrics(1), metrics(3, tokens=True)
    (22, 39)
    >>> f"{metrics(2, tokens=True) * MONTHLY['metric']:.2f} USD"
    '9.30 USD'
    """
    return _TEAM + _MODEL * models + (_TOKENS if tokens else 0)


def alarm(properties: Mapping[str, Any]) -> float:
    """Return what an alarm costs a month, by the metrics that it looks at.

    Parameters
    ----------
    properties
        Of a template's ``AWS::CloudWatch::Alarm``.

    Examples
    --------
    >>> alarm({"MetricName": "Errors"})
    0.1
    >>> alarm({"Metrics": [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]})
    0.2
    >>> f"{alarm({'ThresholdMetricId': 'band', 'Metrics': [{'MetricStat': {}}, {'Expression': 'BAND(m)'}]}):.2f}"
    '0.30'
    """
    looked = sum("MetricStat" in entry for entry in properties.get("Metrics") or ()) or 1
    return MONTHLY["alarm"] * looked * (3 if "ThresholdMetricId" in properties else 1)
