"""What `make alarms` shows: what is raised first, what is not evaluated here as a count, and where the rest is."""

from __future__ import annotations

import io

from rich.console import Console

from local.alarms import show
from local.terminal import Terminal

_LONG = "Cloister-Team-atlas-RecordsHoldsData5EB5C561-3DA88FF597-and-as-long-as-CloudFormation-makes-a-name-of-one"
ALARMS = [
    {"AlarmName": "Cloister-atlas-latency", "StateValue": "INSUFFICIENT_DATA", "AlarmDescription": "It is slow."},
    {"AlarmName": _LONG, "StateValue": "OK", "AlarmDescription": "It holds data."},
    {"AlarmName": "Cloister-a", "StateValue": "INSUFFICIENT_DATA"},
    {"AlarmName": "Cloister-budget", "StateValue": "ALARM", "AlarmDescription": "It is spent."},
]
UNDECIDED = {"Cloister-atlas-latency": "it looks at a band", "Cloister-a": "it looks at a band"}


def shown(*, every: bool) -> str:
    told = io.StringIO()
    show(Terminal(0, Console(file=told, width=132, soft_wrap=True)), ALARMS, UNDECIDED, every=every)
    return told.getvalue()


def test_what_is_raised_comes_first_and_what_is_not_evaluated_is_counted() -> None:
    said = shown(every=False)
    lines = [line.rstrip() for line in said.splitlines()]
    assert lines[1].split()[:2] == ["Cloister-budget", "ALARM"]
    assert lines[-3:] == [
        "not evaluated here, 2 of 4:",
        "    2  it looks at a band",
        "each of them: make alarms ALL=1",
    ]
    assert "Cloister-atlas-latency" not in said
    assert "…" not in said, "a name that is cut off cannot be looked for"


def test_all_of_them_are_shown_to_whoever_asks() -> None:
    said = shown(every=True)
    assert all(name in said for name in UNDECIDED)
    assert said.count("not evaluated here: it looks at a band") == 2 and "ALL=1" not in said
