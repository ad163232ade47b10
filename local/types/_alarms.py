"""What ministack's alarms lack: metric math, and an alarm that silences another one's actions.

ministack refuses an alarm on an expression, and evaluates the others whenever a metric is put, over the values of every
team at once: it does not look at dimensions, at periods or at what a missing value means. So none is evaluated by it;
`local.watch` does, and sets the state, and ministack tells the topic and the composite alarms.
"""

from __future__ import annotations

from typing import Any

from local.types.emulator import provisioners, service

#: What an alarm has in place of a metric of its own when it looks at an expression.
EXPRESSION = "(expression)"


def add() -> None:
    """Take alarms on expressions, evaluate none here, and let an alarm that is raised silence those that name it."""
    cloudwatch, provided = service("cloudwatch"), provisioners()
    record, dispatch = provided._cw_metric_alarm_record, cloudwatch._dispatch_alarm_actions

    def recorded(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if not metrics:
            return dict(record(name, properties))
        plain = {key: value for key, value in properties.items() if key not in ("Metrics", "ThresholdMetricId")}
        plain |= {"MetricName": EXPRESSION, "Namespace": EXPRESSION, "Threshold": properties.get("Threshold", 0)}
        made = dict(record(name, plain))
        for key in ("MetricName", "Namespace", "Statistic", "Period"):
            del made[key]
        made["Metrics"] = metrics
        if "ThresholdMetricId" in properties:
            made["ThresholdMetricId"] = properties["ThresholdMetricId"]
            del made["Threshold"]
        return made

    def dispatched(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        named = str(alarm.get("ActionsSuppressor") or "").rpartition(":alarm:")[2]
        silent = cloudwatch._alarms.get(named) or cloudwatch._composite_alarms.get(named)
        if silent is None or silent["StateValue"] != "ALARM":
            dispatch(alarm, old, new, reason)

    vars(provided)["_cw_metric_alarm_record"] = recorded
    vars(cloudwatch).update(_dispatch_alarm_actions=dispatched, _evaluate_alarm=lambda _alarm: None)
