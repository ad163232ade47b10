"""A team's budget, as the function keeps it; without one, nothing is reserved and nothing settled."""

from __future__ import annotations

from ..core.errors import LedgerUnavailableError
from . import costs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.money import Cost
    from ..core.team import Team
    from ..http.client import Client
    from ..request.prepared import Prepared
    from ..services.credentials import Credentials
    from .reservation import Reservation
    from .room import Room
    from .table import Table


class Ledger:
    """The budget of the team, as the function keeps it; without one, everything here does nothing."""

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._team = team
        self._current: Reservation | None = None
        self._covered = 0  # nano-USD that are reserved for one answer of the model, and for guarding it
        self._guarding = 0  # of them, those for guarding
        #: What more the request that is under way may take; None without a budget.
        self.room: Room | None = None
        #: Whether the last request was refused: then the next is not shown to the guardrail, which costs, before it is
        #: known that there is room.
        self.short = False
        self._table: Table | None = None
        if team.budget is not None:
            # Here, since they take 0.8 ms of a cold start, which a team without a budget does not need.
            from .reservation import Reservation
            from .room import Room
            from .table import Table

            self._reservation, self._room = Reservation, Room
            host = team.ledger_host or f"dynamodb.{team.region}.amazonaws.com"
            self._table = Table(client, credentials, team.region, team.ledger_table, host)

    def warm(self) -> None:
        """Open a connection ahead of the first request."""
        if self._table is not None:
            self._table.warm()

    def begin(self, prepared: Prepared, id: str, principal: str | None, deadline: float) -> Reservation | None:
        """Begin to reserve what a request may cost at the most; None where the team has no budget.

        Parameters
        ----------
        id
            Lambda's id of the invocation, which no caller chooses.
        principal
            Who calls.
        """
        self._current = self.room = None
        budget = self._team.budget
        if budget is None or self._table is None:
            return None
        worst = self.worst(prepared)  # before there is a reservation, for whose end somebody would wait
        made = self._current = self._reservation(self._table, self._team, budget, id, principal)
        self._covered, self._guarding = worst, costs.guarding(self._team, prepared)
        self.room = self._room(made, self._team.prices, self._guarding, deadline)
        made.begin(prepared, worst, deadline)
        return made

    def instead(self, prepared: Prepared, deadline: float) -> None:
        """Reserve what another model or tier may cost, where there was no room for what was asked for.

        Raises
        ------
        As `again`.
        """
        if self._current is not None:
            worst, guarding = self.worst(prepared), costs.guarding(self._team, prepared)
            self._current.take(prepared, worst, deadline)
            if self.room is not None:  # nothing was reserved for what was asked for
                self.room.add(guarding - self._guarding)
            self._covered, self._guarding = worst, guarding

    def again(self, prepared: Prepared, deadline: float) -> None:
        """Reserve as much once more, before the model is asked a second time.

        Raises
        ------
        BudgetSpentError, TooFastError, LedgerUnavailableError
            If that cannot be: the model must not be asked.
        """
        if self._current is not None:
            self._current.take(prepared, self.worst(prepared), deadline)
            if self.room is not None:
                self.room.add(costs.guarding(self._team, prepared))

    def cover(self, prepared: Prepared, deadline: float) -> None:
        """Reserve what another model may cost beyond what is reserved: one with a larger window writes more.

        Raises
        ------
        As `again`.
        """
        made, worst = self._current, self.worst(prepared) if self._current is not None else 0
        if made is not None and (more := worst - self._covered) > 0:
            made.more(more, deadline)
            self._covered = worst

    def worst(self, prepared: Prepared) -> int:
        """Return the nano-USD that a request may cost at the most.

        Raises
        ------
        LedgerUnavailableError
            If a price is not known: nothing is spent that nobody can count. Synthesis refuses such a team.
        """
        found = costs.worst(self._team, prepared)
        if found is None:
            raise LedgerUnavailableError(refused=True)
        return found

    def tell(self, prepared: Prepared) -> None:
        """Have the answer say what is left of the team's limits, in place of what is left of the account's."""
        said = self._current.headers if self._current is not None else []
        if said:
            names = {name for name, _ in said}
            prepared.notices = [notice for notice in prepared.notices if notice[0] not in names]
            prepared.headers += said

    def close(self, cost: Cost | None, model: str | None, tier: str | None, deadline: float) -> None:
        """Settle what the request that was answered has reserved, if anything."""
        made, self._current, self.room = self._current, None, None
        if made is not None:
            made.settle(cost, model, tier, deadline)
            self.short = made.refused
