"""A request's reservation: made beside the guardrail's look, waited for before the model, settled at the end."""

from __future__ import annotations

import time
from _queue import Empty, SimpleQueue
from _thread import allocate_lock, start_new_thread

from ..core.errors import BudgetSpentError, LedgerUnavailableError, ProxyError
from ..core.jsontext import compact
from . import costs, protocol, words
from .account import Account, Held, caller
from .protocol import Limits
from .table import PATIENCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..core.budget import Budget
    from ..core.money import Cost
    from ..core.team import Team
    from ..request.prepared import Prepared
    from .table import Table

#: Reservations of others that are taken away in one settlement, once they have expired.
_SWEPT = 8


class Reservation:
    """What one request holds of a budget.

    Attributes
    ----------
    headers
        What there is to say of the limits, by OpenAI's names.
    left
        Nano-USD that the team has left beside this request; None as long as that is not known.
    month
        The month that it counts for.
    """

    def __init__(self, table: Table, team: Team, budget: Budget, id: str, principal: str | None) -> None:
        self._table = table
        self._id = id
        self._tries = 0
        self._held: list[Held] = []
        self._came: SimpleQueue[ProxyError | BaseException | None] = SimpleQueue()
        self._lock = allocate_lock()  # two may wait: who calls the model early, and who watches over it
        self._taking = allocate_lock()  # and several may take more, until it is settled
        self._settled_already = False
        self._done = False
        self._refused: BaseException | None = None
        self._heard: BaseException | None = None  # of the first attempt: who waits for that is told no other's
        self._tokens = 0
        self._minute = ""  # in which these were counted
        self._began = time.time()
        self.month = protocol.month(self._began)
        self.left: int | None = None
        self.headers: list[tuple[str, str]] = []
        # A share has no limit of its own on how fast.
        mine = Account(
            f"Team {team.name} has", f'"{self.month}"', Limits(budget.month, budget.tokens, budget.in_flight)
        )
        self._accounts = [mine]
        if budget.share is not None:
            key = compact(f"{self.month}#{caller(principal, budget.by)}")
            self._accounts.insert(0, Account("Your share of the team's budget has", key, Limits(budget.share)))

    @property
    def refused(self) -> bool:
        """Whether there was no room for it."""
        return isinstance(self._refused, BudgetSpentError)

    def begin(self, prepared: Prepared, amount: int, deadline: float) -> None:
        """Reserve in another thread; `wait` says what came of it."""
        start_new_thread(self._run, (prepared, amount, deadline))

    def _run(self, prepared: Prepared, amount: int, deadline: float) -> None:
        try:
            self.take(prepared, amount, deadline)
            self._came.put(None)
        except BaseException as error:
            # It must reach whoever waits.
            self._came.put(error)

    def wait(self) -> None:
        """Return when there is a reservation.

        Raises
        ------
        BudgetSpentError, TooFastError, LedgerUnavailableError
            If there is none, also where another attempt, for something else, has come to one since.
        """
        with self._lock:
            if not self._done:
                try:
                    self._refused = self._came.get(timeout=2 * PATIENCE + 1.0)  # in which it ends by itself
                except Empty:
                    self._refused = LedgerUnavailableError()
                self._heard = self._refused
                self._done = True
        if self._heard is not None:
            raise self._heard

    def take(self, prepared: Prepared, amount: int, deadline: float) -> None:
        """Reserve, of each account or of none.

        Raises
        ------
        As for `wait`.
        """
        self._take(amount, costs.beforehand(prepared), deadline)

    def more(self, amount: int, deadline: float) -> None:
        """Reserve more of what a request is about that has its reservation: no other request, and no other tokens.

        Raises
        ------
        As for `wait`.
        """
        if not self._held:  # what was asked for may have been refused, and something else reserved instead
            self.wait()
        self._take(amount, 0, deadline)

    def _take(self, amount: int, tokens: int, deadline: float) -> None:
        with self._taking:
            if self._settled_already:
                raise LedgerUnavailableError  # a thread that comes late: nobody would settle it
            self._tries += 1
            id = f"{self._id}-{self._tries}"
            made: list[Held] = []
            try:
                for account in self._accounts:
                    made.append(self._one(account, id, amount, tokens, deadline))
            except BaseException:
                self._release(made, deadline)
                raise
            self._tokens += tokens
            self._held += made
            self._refused = None

    def _one(
        self,
        account: Account,
        id: str,
        amount: int,
        tokens: int,
        deadline: float,
        *,
        freed: bool = False,
        doubtful: bool = False,
    ) -> Held:
        now, limits = time.time(), account.limits
        if self._held:  # it is under way already, so no limit of requests at once is for it
            limits = limits.under_way()
        self._minute = protocol.minute(now)
        body = protocol.reserve(self._table.name, account.key, id, amount, tokens, limits, now)
        wrote = self._table.update(body, deadline)
        if not protocol.readable(wrote.item) or (wrote.done and "committed" not in wrote.item):
            raise LedgerUnavailableError  # it is no item of a ledger, so nobody knows what was written
        if account is self._accounts[-1]:
            self.left = limits.month - protocol.number(wrote.item, "committed")
        if not wrote.done and not protocol.reserves(wrote.item, id):
            if limits.flying is not None and not freed and self._expire(account, wrote.item, deadline):
                # Nobody may be left whose settlement would have taken those away.
                return self._one(account, id, amount, tokens, deadline, freed=True, doubtful=wrote.doubtful)
            raise words.refusal(account.whose, limits, wrote.item, amount, tokens, now)
        # That it was there already says that it was sent twice.
        held = Held(account, id, amount, doubtful or wrote.doubtful or not wrote.done)
        if limits.tokens is not None:
            taken = protocol.number(wrote.item, protocol.minute(now))
            self.headers = words.rates(limits.tokens, limits.tokens - taken, now)
        return held

    def _release(self, made: Sequence[Held], deadline: float) -> None:
        """Give back what was reserved of other accounts; what cannot be given back now stays at its estimate."""
        for held in made:
            try:
                self._table.update(self._settled(held, 0, time.time(), 0, {}), deadline)
            except LedgerUnavailableError:
                continue

    def settle(self, cost: Cost | None, model: str | None, tier: str | None, deadline: float) -> None:
        """Put what it was in place of what it might have been; if that cannot be written, the estimate stays.

        Parameters
        ----------
        cost
            What it was, or None if that is not known.
        model, tier
            What it was for.
        deadline
            Monotonic time in seconds.
        """
        try:
            self.wait()
        except ProxyError:
            if self._refused is not None:
                return  # what it held was given back; of what is not known, nothing can be
        with self._taking:
            self._settled_already = True
        known = cost is not None and cost.model is not None and cost.guardrail is not None
        swept: list[tuple[Account, dict[str, Any]]] = []
        for account in self._accounts:
            held = [each for each in self._held if each.account is account]
            left = cost.total if cost and known else sum(each.amount for each in held)
            for at, each in enumerate(held):
                last = at + 1 == len(held)
                spent = left if last else min(left, each.amount)
                left -= spent
                own = last and account is self._accounts[-1]
                now = time.time()
                tokens = cost.input + cost.output - self._tokens if own and cost else 0
                if protocol.minute(now) != self._minute:
                    tokens = max(0, tokens)  # another minute is given nothing back
                counts = costs.counts(model, tier, cost) if own and cost and known and model and tier else {}
                try:
                    wrote = self._table.update(self._settled(each, spent, now, tokens, counts), deadline)
                except LedgerUnavailableError:
                    continue
                if wrote.done and last:
                    swept.append((account, wrote.item))
        self._held = []
        for account, item in swept:
            self._sweep(account, item, deadline)

    def _settled(self, held: Held, spent: int, now: float, tokens: int, counts: dict[str, int]) -> bytes:
        return protocol.settle(
            self._table.name,
            held.account.key,
            held.id,
            held.amount,
            spent,
            now,
            limits=held.account.limits,
            tokens=tokens,
            marked=held.doubtful,
            counts=counts,
            stale=_stale.get(held.account.key, ()),
        )

    def _sweep(self, account: Account, item: dict[str, Any], deadline: float) -> None:
        """Take away what others have left behind and has expired, and note what the next settlement is to take away."""
        _stale.clear()
        if protocol.readable(item):
            _stale[account.key] = protocol.over(item, time.time())[:_SWEPT]
            self._expire(account, item, deadline)

    def _expire(self, account: Account, item: dict[str, Any], deadline: float) -> bool:
        """Take away what has expired; return whether there was anything."""
        now = time.time()
        found = protocol.overdue(item, now)[:_SWEPT]
        for name, amount in found:
            body = protocol.expire(self._table.name, account.key, name, amount, now, limits=account.limits)
            try:
                self._table.update(body, deadline)
            except LedgerUnavailableError:
                break
        return bool(found)


#: Minutes that are over, seen in an item, which the next settlement of it takes away.
_stale: dict[str, list[str]] = {}
