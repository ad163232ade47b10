"""Waiting for what is sure to come: no test depends on how soon it does."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["LONG", "until"]

LONG = 60.0
"""Seconds after which a test gives up on what never comes; far more than the slowest machine takes."""


def until(condition: Callable[[], object], what: str = "what was waited for did not come") -> None:
    """Wait until a condition holds.

    Raises
    ------
    AssertionError
        It does not hold after `LONG` seconds.

    Examples
    --------
    >>> until(lambda: True)
    """
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)
