"""What a request takes beyond its reservation is reserved before it is taken: more of the guardrail, another attempt.

How much the guardrail is shown of an answer is not known beforehand: a stream that comes slowly is shown in more
windows, one in which much is masked has windows that are shown again with what follows, and a call is paid for by each
thousand characters that were begun. What a mask is itself costs nothing there: the guardrail is paid for what it reads.
"""

from __future__ import annotations

from _thread import allocate_lock

from ..core.errors import BudgetSpentError, ProxyError
from . import costs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.money import Prices
    from ..request.prepared import Prepared
    from .reservation import Reservation

#: Text units that are reserved at once, so that a long stream does not write for each window; fewer if need be.
AHEAD = 16


class Room:
    """What one request may take; safe to share between threads.

    Parameters
    ----------
    reservation
        The request's.
    prices
        The team's.
    guarding
        Nano-USD of it that are for the guardrail.
    deadline
        Monotonic time in seconds.
    """

    __slots__ = ("_deadline", "_left", "_lock", "_prices", "_reservation")

    def __init__(self, reservation: Reservation, prices: Prices, guarding: int, deadline: float) -> None:
        self._reservation = reservation
        self._prices = prices
        self._left = guarding
        self._deadline = deadline
        self._lock = allocate_lock()

    def add(self, guarding: int) -> None:
        """Take note that so many nano-USD more were reserved for the guardrail, or fewer."""
        with self._lock:
            self._left += guarding

    def guard(self, units: int, images: int) -> None:
        """Have room for one call of the guardrail.

        Parameters
        ----------
        units, images
            What the call is charged for at the most: each unit by every policy.

        Raises
        ------
        BudgetSpentError, TooFastError, LedgerUnavailableError
            If there is none: the guardrail must not be asked.
        """
        unit = self._prices.unit
        amount = units * unit + images * self._prices.image
        with self._lock:
            short = amount - self._left
            if short > 0:
                self._left += self._more(short, AHEAD * unit)
            self._left -= amount

    def _more(self, short: int, ahead: int) -> int:
        if ahead > short:
            try:
                self._reservation.more(ahead, self._deadline)
                return ahead
            except BudgetSpentError:
                pass  # there may be room for what is needed
        self._reservation.more(short, self._deadline)
        return short

    def another(self, prepared: Prepared) -> bool:
        """Have room for another attempt at the model, after one that was lost; return whether there is."""
        try:
            self._reservation.more(costs.lost(self._prices, prepared), self._deadline)
        except ProxyError:
            return False
        return True
