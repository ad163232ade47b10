"""What is said of a team that the settings do not have."""

from __future__ import annotations

from difflib import get_close_matches

from stacks.settings import Settings

__all__ = ["unknown"]


def unknown(settings: Settings, name: str) -> str | None:
    """Return why a team is not known, with those that are; None where it is.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stacks.settings import load
    >>> unknown(load(Path(".")), "nobody"), unknown(load(Path(".")), "atlas")
    ("no team 'nobody' in teams/: it is one of atlas, beacon", None)
    """
    names = [team.name for team in settings.teams]
    if name in names:
        return None
    if near := get_close_matches(name, names, 1):
        return f"no team '{name}' in teams/: did you mean '{near[0]}'? It is one of {', '.join(names)}"
    those = f"it is one of {', '.join(names)}" if names else "no team has a file yet (README.md, For a team)"
    return f"no team '{name}' in teams/: {those}"
