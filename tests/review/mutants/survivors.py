"""What the review lets through though it changes something, and why: `survivors.json`, a reason for each.

They count against the review. `make mutants` ends with 1 where one has no reason, or a reason is about none.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from tests.review.mutants.mutant import shown

FILE = Path(__file__).with_suffix(".json")


@cache
def reasons() -> dict[str, str]:
    """Why, by the mutants' names as the page shows them; `*` stands for any text."""
    found: dict[str, str] = json.loads(FILE.read_text("utf-8"))
    return found


def reason(name: str) -> tuple[str, str]:
    """The pattern that a mutant's name meets, and why it is let through; both empty where nothing says why.

    Example
    -------
    >>> reason("Audit/LogsKey: deleted")
    ('', '')
    """
    found = ((pattern, why) for pattern, why in reasons().items() if fnmatchcase(shown(name), pattern))
    return next(found, ("", ""))
