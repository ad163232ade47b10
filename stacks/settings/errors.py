"""What is wrong with the settings, in words that a person can act on.

::

    ValueError
    └── SettingsError      every mistake of every file, one a line
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Mistake", "SettingsError", "shown"]

# Enough to recognise a value in one's own file, too little to carry a secret that was pasted there by accident.
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in one file.

    Parameters
    ----------
    file
        The file, relative to the folder that holds ``cloister.yaml``.
    line
        The line that it stands on, counted from 1; 0 when the whole file is meant.
    field
        The path of the field, as ``guardrail.topics[0].name``; empty when the whole file is meant.
    found
        What stands there.
    right
        What would be right.

    Examples
    --------
    >>> str(Mistake("cloister.yaml", 12, "audit.retention_days", "found 401", "nearest is 400"))
    'cloister.yaml:12: audit.retention_days: found 401; nearest is 400'
    """

    file: str
    line: int
    field: str
    found: str
    right: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        what = f"{self.field}: {self.found}" if self.field else self.found
        return f"{where}: {what}; {self.right}"


class SettingsError(ValueError):
    """The settings are wrong: its text is the report to print.

    Parameters
    ----------
    mistakes
        Every mistake that was found, in any order.
    """

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        unique = dict.fromkeys(mistakes)
        self.mistakes: tuple[Mistake, ...] = tuple(sorted(unique, key=lambda m: (m.file, m.line, m.field)))
        count = len(self.mistakes)
        head = f"{count} mistake{'' if count == 1 else 's'} in the settings:"
        super().__init__("\n".join([head, *(f"  {mistake}" for mistake in self.mistakes)]))


def shown(value: object) -> str:
    """Write a value as a person would in YAML, shortened.

    Examples
    --------
    >>> shown("atlas"), shown(400), shown(True), shown(None), shown({"a": 1})
    ("'atlas'", '400', 'true', 'nothing', 'a mapping')
    >>> shown("a text that goes on and on and on")
    "'a text that goes on and …'"
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    text = "".join(c if c.isprintable() else "�" for c in str(value)[: _SHOWN + 1])
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f"'{text}'" if isinstance(value, str) else text
