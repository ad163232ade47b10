"""What is printed for somebody to type: it has to work in a clone whose path has a space in it, too."""

from __future__ import annotations

import shlex
from pathlib import Path

from local.state import ROOT

__all__ = ["place", "source", "verify"]


def place(path: Path | str) -> str:
    """Return a path as it can be typed after a command.

    Examples
    --------
    >>> place("/a clone/.local/logs"), place("/clone/.local/logs")
    ("'/a clone/.local/logs'", '/clone/.local/logs')
    """
    return shlex.quote(str(path))


def source(environment: Path) -> str:
    """Return the line that sources a file, from any directory."""
    return f". {place(environment)}"


def verify(log: Path, keys: Path | None) -> str:
    """Return the line that verifies a function's records, in the clone."""
    # The recipe leaves FROM open to the shell, as there may be several: it is quoted once for each of the two shells.
    line = f"make audit-verify FROM={shlex.quote(_from_here(log))}"
    return f"{line} KEYS={_from_here(keys)}" if keys else line


def _from_here(path: Path) -> str:
    return place(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
