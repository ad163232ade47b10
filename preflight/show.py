"""What a person sees: that something is going on, then a table, then what is to be done."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from preflight.looks import Look
from preflight.plan import Plan
from review.finding import Finding, Status, exit_status

__all__ = ["Progress", "as_json", "table"]

_WIDTH = 120
"""Columns in a log, which has no width of its own."""

_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.STOPS: "red", Status.NOT_ASKED: "magenta"}
_NAMES = {
    Status.OK: "ok",
    Status.WARNING: "warning",
    Status.STOPS: "stops the deployment",
    Status.NOT_ASKED: "could not be asked",
}
#: As several are counted, where that is said otherwise.
_SEVERAL = {Status.WARNING: "warnings", Status.STOPS: "stop the deployment"}
#: What a person has to see to comes last, where they look.
_ORDER = (Status.OK, Status.NOT_ASKED, Status.WARNING, Status.STOPS)


class Progress:
    """What is still being asked, on a terminal; a line for each answer elsewhere.

    Parameters
    ----------
    console
        Where to write; standard error for a command whose result goes to standard output.
    total
        How many looks there are.
    """

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._waiting: dict[str, Look] = {}
        self._status = console.status("")

    def __enter__(self) -> Progress:
        """Show that something is going on."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._status.stop()

    def begun(self, look: Look) -> None:
        """A look has begun."""
        self._waiting[look.code] = look
        self._update()

    def done(self, look: Look, findings: Sequence[Finding]) -> None:
        """A look has ended."""
        self._waiting.pop(look.code, None)
        if self._console.is_terminal:
            self._update()
            return
        worst = max((finding.status for finding in findings), key=_ORDER.index, default=Status.OK)
        self._console.print(f"{self._total - len(self._waiting):>2}/{self._total} {look.title}: {_NAMES[worst]}")

    def _update(self) -> None:
        waiting = ", ".join(look.title for look in self._waiting.values())
        self._status.update(f"{self._total - len(self._waiting)} of {self._total} looked at; waiting for {waiting}")


def table(console: Console, findings: Iterable[Finding]) -> None:
    """Write the findings: a table of what was found, and below it, for each that needs it, what to do.

    Parameters
    ----------
    console
        Where to write.
    findings
        What was found.
    """
    if not console.is_terminal:
        console.width = _WIDTH
    known = sorted(findings, key=lambda finding: _ORDER.index(finding.status))
    shown = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    shown.add_column("", no_wrap=True)
    shown.add_column("what was looked at", overflow="fold", ratio=2)
    shown.add_column("what was found", overflow="fold", ratio=3)
    for finding in known:
        style = _STYLES[finding.status]
        name = finding.status.value.replace("could-not-be-asked", "not asked")
        shown.add_row(f"[{style}]{name}[/{style}]", escape(_plain(finding.where)), escape(_plain(finding.found)))
    console.print(shown)
    for finding in known:
        if finding.status.needs_cure:
            _explain(console, finding)
    count = Counter(finding.status for finding in known)
    console.print()
    said = {status: (_SEVERAL if count[status] > 1 else _NAMES).get(status, _NAMES[status]) for status in _ORDER}
    console.print(", ".join(f"{count[status]} {said[status]}" for status in _ORDER if count[status]))


def _explain(console: Console, finding: Finding) -> None:
    style = _STYLES[finding.status]
    console.print()
    console.print(
        f"[{style}]{_NAMES[finding.status]}[/{style}]  {escape(_plain(finding.where))}  [dim]({finding.code})[/dim]",
        soft_wrap=True,
    )
    for word, text in (("found", finding.found), ("why", finding.why)):
        for line in _wrapped(word, text, console.width):
            console.print(escape(line), soft_wrap=True)
    # Not broken, so that a command can be copied whole.
    console.print(f"  {'do':<6}{escape(_plain(finding.cure))}", soft_wrap=True)
    console.print(f"  {'see':<6}{escape(finding.source)}", soft_wrap=True)


def _wrapped(word: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        _plain(text), width, initial_indent=f"  {word:<6}", subsequent_indent=" " * 8, break_long_words=False
    )


def as_json(plan: Plan, findings: Sequence[Finding]) -> str:
    """Return the findings for machines, as one JSON document.

    Parameters
    ----------
    plan
        What was looked at.
    findings
        What was found.
    """
    document: dict[str, Any] = {
        "deployment": plan.name,
        "account": plan.account,
        "region": plan.region,
        "exit": exit_status(findings),
        "findings": [finding.as_json() for finding in findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(text: str) -> str:
    """A text on one line, without what a terminal would act on: names in accounts are others' words."""
    return "".join(c if c.isprintable() else " " if c.isspace() else f"\\x{ord(c):02x}" for c in text)
