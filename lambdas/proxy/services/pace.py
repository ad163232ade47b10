"""Asking no faster than an account may: token buckets, as AWS keeps them.

An account's quota is a rate and a burst. What this environment believes to be left is its own count, and others take of
the same quota: so a refusal empties the count, and whoever was refused comes back later and at a time of its own.
"""

from __future__ import annotations

import time
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Pace:
    """How fast something may be asked; without a quota, at once.

    Parameters
    ----------
    quotas
        Each a rate, in units a second, and a burst, in units. A call takes of all of them.

    Examples
    --------
    >>> pace = Pace([(200, 1000), (25, 25)])
    >>> pace.most(2.0), pace.seconds(20), Pace([]).most(2.0)
    (75, 0.8, None)
    """

    __slots__ = ("_at", "_left", "_lock", "_quotas")

    def __init__(self, quotas: Sequence[tuple[int, int]]) -> None:
        self._quotas = tuple(quotas)
        self._left = [float(burst) for _, burst in quotas]
        self._at = time.monotonic()
        self._lock = allocate_lock()

    def most(self, seconds: float) -> int | None:
        """Return the units that can pass in so many seconds at the best; None: any number."""
        if not self._quotas:
            return None
        return max(0, min(int(burst + rate * seconds) for rate, burst in self._quotas))

    def seconds(self, units: int) -> float:
        """Return how long it takes until so many units were given anew."""
        return max([units / rate for rate, _ in self._quotas], default=0.0)

    def wait(self, units: int, deadline: float) -> bool:
        """Take units, and wait until they are there; return False, at once and with nothing taken, if that is too late.

        Parameters
        ----------
        units
            Of each quota; no more than its burst, or the call that they are for is refused whenever it comes.
        deadline
            Monotonic time in seconds.
        """
        if not self._quotas:
            return True
        with self._lock:
            now = self._now()
            left = [has - units for has in self._left]
            pause = max([-has / rate for has, (rate, _) in zip(left, self._quotas, strict=True)], default=0.0)
            if pause > 0 and now + pause >= deadline:
                return False
            self._left = left
        if pause > 0:
            time.sleep(pause)
        return True

    def refused(self, units: int) -> None:
        """Take note that the account had fewer units left than this; they were not taken."""
        with self._lock:
            self._now()
            self._left = [min(has + units, 0.0) for has in self._left]

    def _now(self) -> float:
        """Add what was given since the last look."""
        now = time.monotonic()
        passed = now - self._at
        self._at = now
        self._left = [
            min(float(burst), has + rate * passed) for has, (rate, burst) in zip(self._left, self._quotas, strict=True)
        ]
        return now
