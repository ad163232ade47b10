"""The time, as lines of the log have it."""

from __future__ import annotations

import time


def stamp(at: float) -> str:
    """Return a time of the epoch's, in UTC and to the millisecond.

    Examples
    --------
    >>> stamp(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"
