"""The review of the assembly that is deployed: its verdict in a line, and its reports, beside the assembly."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from local import command
from local.assembly import place
from local.state import ROOT, State

_LINE = "review: "


def report(state: State) -> Path:
    """Return where the page lies that a person reads."""
    return state.directory / "review" / "report.html"


def reached(state: State, digest: str) -> str:
    """Review the assembly, once for each content of it and each day; return what it came to and where its page lies.

    Raises
    ------
    LocalError
        Something halts the deployment, or the review could not run.
    """
    # Waivers end with a day, and so does what was found with them.
    wanted = {"assembly": digest, "day": datetime.now(UTC).date().isoformat()}
    known = state.read("review.json") or {}
    if report(state).is_file() and {name: known.get(name) for name in wanted} == wanted:
        return str(known["said"])
    said: list[str] = []
    command.run(
        state,
        "review",
        [sys.executable, "-m", "review", "check", str(place(state)), "--out", str(report(state).parent)],
        command.environment(state),
        line=said.append,
        next_command="make review",
    )
    line = next((text for text in reversed(said) if text.startswith(_LINE)), f"{_LINE}done")
    page = report(state)
    shown = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
    told = f"{line.strip()}: {shown}"
    state.write("review.json", {**wanted, "said": told})
    return told
