"""Metrics out of lines of the embedded metric format, and their statistics by period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name, and dimensions with their values."""


class Metrics:
    """Values of metrics, each with the time that its record gives it.

    Parameters
    ----------
    lines
        Lines of a function's output; what is no JSON, or says nothing of metrics, is passed over.

    Examples
    --------
    >>> line = {"n": 3, "team": "atlas", "_aws": {"Timestamp": 60_000, "CloudWatchMetrics": [
    ...     {"Namespace": "Cloister", "Dimensions": [["team"]], "Metrics": [{"Name": "n", "Unit": "Count"}]}]}}
    >>> found = Metrics([json.dumps(line)])
    >>> found.statistic(("Cloister", "n", frozenset({("team", "atlas")})), "Sum", 0, 300)
    3.0
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.values: dict[Key, list[tuple[float, float]]] = {}
        for line in lines:
            if '"_aws"' in line:
                self._add(line)

    def _add(self, line: str) -> None:
        try:
            record: Mapping[str, Any] = json.loads(line)
            blocks = record["_aws"]["CloudWatchMetrics"]
        except (ValueError, KeyError, TypeError):
            return
        at = record["_aws"]["Timestamp"] / 1000
        for block in blocks:
            for names in block["Dimensions"]:
                dimensions = frozenset((name, str(record[name])) for name in names)
                for metric in block["Metrics"]:
                    value = record[metric["Name"]]
                    for one in value if isinstance(value, list) else [value]:
                        key = (block["Namespace"], metric["Name"], dimensions)
                        self.values.setdefault(key, []).append((at, float(one)))

    def statistic(self, key: Key, name: str, begin: float, end: float) -> float | None:
        """Return a statistic of what was recorded from ``begin`` on, before ``end``; None if there is nothing.

        Raises
        ------
        ValueError
            If the statistic is not known here.
        """
        return statistic([value for at, value in self.values.get(key, ()) if begin <= at < end], name)


def statistic(values: list[float], name: str) -> float | None:
    """Return a statistic of values; percentiles interpolate between the two nearest.

    Examples
    --------
    >>> statistic([1, 2, 3, 10], "Sum"), statistic([1, 2, 3], "p50"), statistic([], "Sum")
    (16, 2.0, None)
    """
    if not values:
        return None
    plain: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Minimum": min, "Maximum": max, "SampleCount": len}
    if name in plain:
        return plain[name](values)
    if name == "Average":
        return sum(values) / len(values)
    if found := re.fullmatch(r"p(\d+(?:\.\d+)?)", name):
        ordered = sorted(values)
        rank = float(found[1]) / 100 * (len(ordered) - 1)
        low = int(rank)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)
    raise ValueError(f"the statistic {name} is not known here")
