"""What a person sees while a command runs: numbered steps with their times, on a terminal or in a log.

On a terminal a step shows that it is alive, with what it is doing; elsewhere each step is two plain lines.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.text import Text

_LOG_WIDTH = 132
"""Columns of a table in a log, which has no width of its own."""

_LONGEST = 300
"""Characters of a log's line that are shown."""


class Step:
    """A step that is under way.

    Parameters
    ----------
    terminal
        Where it is shown.
    title
        What it does, as an infinitive.
    """

    def __init__(self, terminal: Terminal, title: str) -> None:
        self.terminal = terminal
        self.title = title
        self.result = ""
        self._status = terminal.console.status(Text(title))

    def doing(self, detail: str) -> None:
        """Say what is being done right now; shown on a terminal only."""
        self._status.update(Text(f"{self.title}: {detail}"))

    def done(self, result: str) -> None:
        """Say what came of it; shown when the step ends."""
        self.result = result


class Terminal:
    """Numbered steps on the standard output.

    Parameters
    ----------
    steps
        How many there will be.
    console
        Where to write; the standard output by default.
    errors
        Whether that is standard error instead: for a command whose result goes to standard output.
    """

    def __init__(self, steps: int, console: Console | None = None, *, errors: bool = False) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True, stderr=errors)
        if not self.console.is_terminal:
            self.console.width = _LOG_WIDTH
        self._steps = steps
        self._number = 0

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show a step while the block runs, and its time and result after it."""
        self._number += 1
        label = f"[bold]{self._number}/{self._steps}[/bold] {escape(title)}"
        step = Step(self, title)
        begun = time.monotonic()
        if not self.console.is_terminal:
            self.console.print(label)
        with step._status:
            yield step
        outcome = f"[green]done[/green] in {time.monotonic() - begun:.1f} s"
        if step.result:
            outcome += f"  [dim]{escape(step.result)}[/dim]"
        self.console.print(f"{label}  {outcome}" if self.console.is_terminal else f"    {outcome}")

    def say(self, text: str = "") -> None:
        """Write a line of plain text."""
        self.console.print(escape(text))

    def title(self, text: str) -> None:
        """Write a heading."""
        self.console.print()
        self.console.print(f"[bold]{escape(text)}[/bold]")

    def failed(self, reason: str, log: str, next_command: str) -> None:
        """Say why a step failed: the reason, the last lines of its log, and what to type next."""
        self.console.print(f"[red]failed[/red]: {escape(reason)}")
        for line in log.splitlines():
            # A record is a line of thousands of characters, and a screen full of them hides the reason.
            shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
            self.console.print(f"    [dim]{escape(shown)}[/dim]")
        self.console.print(f"next: [bold]{escape(next_command)}[/bold]")
