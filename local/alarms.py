"""`make alarms`: which alarms what was recorded would raise, and what is told of it.

Metrics are computed from the functions' records, and the states of the alarms from the metrics. The embedded AWS is
told the states, and tells the composite alarms and the topic, as CloudWatch does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from local.here import running
from local.state import State
from local.terminal import Terminal
from local.watch.metrics import Metrics
from local.watch.states import UndecidedError, state


def run(terminal: Terminal | None = None, *, every: bool = False) -> int:
    """Evaluate every alarm once, and show what came of it; return 2 when nothing runs here.

    Parameters
    ----------
    every
        Whether to show each alarm that is not evaluated here; they are counted otherwise.
    """
    terminal = terminal or Terminal(0)
    here = running(State.find(), terminal)
    if here is None:
        return 2
    cloudwatch = here.aws.client("cloudwatch")
    undecided = judge(cloudwatch, recorded(here.state.records), time.time())
    found = list(described(cloudwatch))
    if not found:
        terminal.say("no alarm is deployed here yet; deploy with: make up")
        return 1
    show(terminal, found, undecided, every=every)
    return 0


def show(terminal: Terminal, alarms: Sequence[Mapping[str, Any]], undecided: Mapping[str, str], *, every: bool) -> None:
    """Show the alarms, those that are raised first; of those that are not evaluated here, how many and why.

    Parameters
    ----------
    alarms
        The alarms, as CloudWatch describes them.
    undecided
        Why those that are left alone are, by name.
    every
        Whether to show each of those, too.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("alarm", "state", "what it means, or why it is not known here" if every else "what it means"):
        table.add_column(column, overflow="fold")
    for alarm in sorted(alarms, key=lambda alarm: (alarm["StateValue"] != "ALARM", alarm["AlarmName"] in undecided)):
        why = undecided.get(alarm["AlarmName"])
        if why is None or every:
            says = f"not evaluated here: {why}" if why else alarm.get("AlarmDescription", "")
            table.add_row(escape(alarm["AlarmName"]), alarm["StateValue"], escape(says))
    terminal.console.print(table)
    if undecided and not every:
        terminal.say(f"\nnot evaluated here, {len(undecided)} of {len(alarms)}:")
        for why, count in Counter(undecided.values()).most_common():
            terminal.say(f"  {count:>3}  {why}")
        terminal.say("each of them: make alarms ALL=1")


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
