"""`make alarms`: which alarms what was recorded would raise, and what is told of it.

Metrics are computed from the functions' records, and the states of the alarms from the metrics. The embedded AWS is
told the states, and tells the composite alarms and the topic, as CloudWatch does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from local import deployment
from local.state import State
from local.terminal import Terminal
from local.watch.metrics import Metrics
from local.watch.states import UndecidedError, state


def run(terminal: Terminal | None = None) -> int:
    """Evaluate every alarm once, and show what came of it."""
    terminal = terminal or Terminal(0)
    here = deployment.find(State.find())
    cloudwatch = here.aws.client("cloudwatch")
    undecided = judge(cloudwatch, recorded(here.state.records), time.time())
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("alarm", "state", "what it means, or why it is not known here"):
        table.add_column(column)
    for alarm in described(cloudwatch):
        why = undecided.get(alarm["AlarmName"])
        says = f"not evaluated here: {why}" if why else alarm.get("AlarmDescription", "")
        table.add_row(escape(alarm["AlarmName"]), alarm["StateValue"], escape(says))
    terminal.console.print(table)
    return 0


def recorded(folder: Path) -> Metrics:
    """Return the metrics of all records in a folder of functions' output."""
    return Metrics(line for path in sorted(folder.glob("*.log")) for line in path.read_text().splitlines())


def described(cloudwatch: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the embedded AWS's alarms, composite ones after the others."""
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]))
    for kind in ("MetricAlarms", "CompositeAlarms"):
        for page in pages:
            yield from page[kind]


def judge(cloudwatch: Any, metrics: Metrics, now: float) -> dict[str, str]:
    """Bring each alarm into the state that it comes to; return why those that are left alone are.

    Parameters
    ----------
    cloudwatch
        A client of the embedded AWS.
    metrics
        What was recorded.
    now
        Seconds since 1970.
    """
    undecided = {}
    for alarm in described(cloudwatch):
        if "AlarmRule" in alarm:
            continue
        name = alarm["AlarmName"]
        try:
            found = state(alarm, metrics, now)
        except UndecidedError as reason:
            undecided[name] = str(reason)
            continue
        if found != alarm["StateValue"]:
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=found, StateReason="by what was recorded")
    return undecided
