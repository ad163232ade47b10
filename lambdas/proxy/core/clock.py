"""The time, as lines of the log and signatures have it. It is written once a second: a request says it three times."""

from __future__ import annotations

import time


def stamp(at: float) -> str:
    """Return a time of the epoch's, in UTC and to the millisecond.

    Examples
    --------
    >>> stamp(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    return f"{_written(int(at))[1]}.{int(at * 1000) % 1000:03d}Z"


def basic(at: float) -> str:
    """Return a time of the epoch's in ISO 8601's basic format, in UTC and to the second, as it stands in signatures.

    Examples
    --------
    >>> basic(0.5)
    '19700101T000000Z'
    """
    return _written(int(at))[2]


def _written(second: int) -> tuple[int, str, str]:
    global _last
    found = _last  # another thread may put another one there
    if found[0] != second:
        parts = time.gmtime(second)
        day, clock = time.strftime("%Y-%m-%d", parts), time.strftime("%H:%M:%S", parts)
        found = _last = second, f"{day}T{clock}", f"{day.replace('-', '')}T{clock.replace(':', '')}Z"
    return found


_last = (-1, "", "")
