"""A request's metrics, in CloudWatch's embedded format: which there are, of whom, and how a record says them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

CloudWatch charges for each name and set of dimensions, so a metric is here only if a dashboard or an alarm looks at it,
and only of whom it is looked at: the model, the team, or the whole deployment. A count of what did not happen is left
out: an hour in which a metric has no value costs nothing.
"""

from __future__ import annotations

from ..core.jsontext import writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

NAMESPACE = "Cloister"

#: Of each metric its unit: none for ``Usd``, as CloudWatch knows no currency; ``BudgetUsed`` is of the month's limit.
UNITS = {
    "Requests": "Count",
    "Duration": "Milliseconds",
    "TimeToFirstToken": "Milliseconds",
    "InputTokens": "Count",
    "OutputTokens": "Count",
    "Usd": "None",
    "Retries": "Count",
    "UpstreamErrors": "Count",
    "Throttles": "Count",
    "GuardrailDuration": "Milliseconds",
    "GuardrailBlocked": "Count",
    "GuardrailMasked": "Count",
    "GuardrailErrors": "Count",
    "CallerErrors": "Count",
    "LimitErrors": "Count",
    "ProxyErrors": "Count",
    "BudgetUsed": "Percent",
    "DigestErrors": "Count",
}

#: Dimensions, and the metrics that have them. A request whose model is not known has none of a model's.
OF_MODEL = (
    ("deployment", "team", "model"),
    (
        *("Requests", "Duration", "TimeToFirstToken", "InputTokens", "OutputTokens", "Usd"),
        *("Retries", "UpstreamErrors"),
    ),
)
OF_TEAM = (
    ("deployment", "team"),
    (
        *("Requests", "TimeToFirstToken", "UpstreamErrors", "Throttles"),
        *("GuardrailDuration", "GuardrailBlocked", "GuardrailMasked", "GuardrailErrors"),
        *("CallerErrors", "LimitErrors", "ProxyErrors", "BudgetUsed", "DigestErrors"),
    ),
)
OF_DEPLOYMENT = (("deployment",), ("Requests", "UpstreamErrors", "GuardrailErrors"))

_json = writer(ascii=True)
_lists: dict[tuple[str, ...], str] = {}  # at most one for each set of metrics: some optional ones, few together


def listed(names: Iterable[str], *, of_model: bool) -> str:
    """Return which members of a record are metrics, as JSON; the same for most requests, it is written once.

    Parameters
    ----------
    names
        Metrics that the record has, in an order that is the same for the same metrics.
    of_model
        Whether the record names a model.

    Examples
    --------
    >>> listed(["Requests", "ProxyErrors"], of_model=False)
    '[{"Namespace":"Cloister","Dimensions":[["deployment","team"]],"Metrics":[{"Name":"Requests","Unit":"Count"},\
{"Name":"ProxyErrors","Unit":"Count"}]},{"Namespace":"Cloister","Dimensions":[["deployment"]],"Metrics":[{"Name":\
"Requests","Unit":"Count"}]}]'
    """
    key = ("model" if of_model else "", *names)
    found = _lists.get(key)
    if found is None:
        found = _lists[key] = _json([*_directives(key[1:], of_model)])
    return found


def _directives(names: tuple[str, ...], of_model: bool) -> Iterable[dict[str, Any]]:
    for dimensions, metrics in (OF_MODEL, OF_TEAM, OF_DEPLOYMENT) if of_model else (OF_TEAM, OF_DEPLOYMENT):
        units = [{"Name": name, "Unit": UNITS[name]} for name in names if name in metrics]
        yield {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": units}
