"""Waiting before another attempt: exponential, with jitter, as long as the server asks if that is bearable."""

from __future__ import annotations

import os
import time

#: Seconds before the second attempt; each further one waits twice as long.
FIRST = 0.2
#: How much longer each further wait for a quota is.
GROWTH = 1.5


def parse_retry_after(retry_after: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header; None if it has none (a date counts as none).

    Examples
    --------
    >>> parse_retry_after("3"), parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), parse_retry_after(None)
    (3.0, None, None)
    """
    text = (retry_after or "").strip()
    return float(text) if len(text) <= 6 and text.isascii() and text.isdigit() else None


def again(attempt: int, wait: float | None, deadline: float, *, first: float, longest: float) -> bool:
    """Wait until a used-up quota may be asked of again; return False, at once, if that is past the deadline.

    Parameters
    ----------
    attempt, wait, deadline
        As for `pause`, but that only the deadline ends it.
    first
        Seconds that the first wait takes on average. Each further one is half as long again, for others may be waiting
        who do not know of one another, and each is anything from half of that to half more.
    longest
        Seconds that a wait takes on average at the most.
    """
    if wait is None:
        wait = min(first * GROWTH**attempt, longest) * (0.5 + os.urandom(1)[0] / 255)
    if time.monotonic() + wait >= deadline:
        return False
    time.sleep(wait)
    return True


def pause(attempt: int, wait: float | None, deadline: float, *, longest: float) -> bool:
    """Wait before the next attempt; return False, at once, if the wait would be too long or past the deadline.

    Parameters
    ----------
    attempt
        0 after the first.
    wait
        Seconds that the server asked for, or None.
    deadline
        Monotonic time in seconds.
    longest
        Seconds that are bearable.
    """
    if wait is None:
        # Half of it is certain and half is chance, so that callers who failed together do not come back together.
        wait = FIRST * 2**attempt * (0.5 + os.urandom(1)[0] / 510)
    if wait > longest or time.monotonic() + wait >= deadline:
        return False
    time.sleep(wait)
    return True
