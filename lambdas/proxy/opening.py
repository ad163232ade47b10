"""How a request begins: its input is guarded, and the model is called.

One after the other (``strict``), so that nothing reaches the model before it is cleared; or, if the team says so, both
at once (``overlap``), so that the caller waits for the longer of the two and not for their sum. Then too nothing is
released before the input is cleared: a blocked input ends the call, and one that is masked has it made anew.

Should the model be out of capacity, another model or tier is asked, as far as the team's file names one. Where a team
has a budget, what this may cost is reserved beside the guardrail's look, and the model is not called before it is.
"""

from __future__ import annotations

import time
from _queue import Empty, SimpleQueue
from _thread import start_new_thread
from functools import partial

from .core.errors import (
    BudgetSpentError,
    ContentFilteredError,
    DeadlineReachedError,
    ProxyError,
    TooFastError,
    UpstreamRefusedError,
)
from .request.texts import UnmaskableError, put_all
from .services import marks
from .services.call import Call
from .services.cleared import Cleared
from .services.judge import Judge
from .services.tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .audit.record import Record
    from .core.catalogue import Model
    from .core.team import Team
    from .http.client import Response
    from .ledger.ledger import Ledger
    from .ledger.reservation import Reservation
    from .openai.adapter import Adapter
    from .release.verdict import Verdict
    from .request.prepared import Prepared
    from .services.guardrail import Guardrail
    from .services.mantle import Upstream

#: What says that a model, or a tier of it, is out of capacity, and another may not be.
_BUSY = frozenset((429, 503, 529))


class Opening:
    """Begins requests of one team.

    Parameters
    ----------
    team, catalogue
        What it may do.
    guardrail, upstream
        The two services that are called.
    ledger
        The team's budget, if it has one.
    """

    def __init__(
        self, team: Team, catalogue: Mapping[str, Model], guardrail: Guardrail, upstream: Upstream, ledger: Ledger
    ) -> None:
        self._team = team
        self._catalogue = catalogue
        self._upstream = upstream
        self._ledger = ledger
        self._judge = Judge(guardrail, team)
        self._cleared = Cleared(once=team.history == "once")

    def begin(self, adapter: Adapter, prepared: Prepared, record: Record, deadline: float) -> tuple[Prepared, Response]:
        """Return the response of the model to a request whose input is cleared, and the request that it answers.

        Parameters
        ----------
        record
            Is told what the guardrail said, what calling took, and which model served.
        deadline
            Monotonic time in seconds.

        Raises
        ------
        ProxyError
            If the input is blocked, or there is no verdict, or no answer.
        """
        self._upstream.retention.demand(deadline, wait=False)  # what is known is not first asked the guardrail about
        call = record.call = Call()
        tally = record.tally = Tally()
        record.began()
        held = self._ledger.begin(prepared, record.invocation, record.principal, deadline)
        tally.room = None if self._ledger.room is None else self._ledger.room.guard
        call.may = self._another(prepared)
        if held is not None and self._ledger.short and self._team.budget and not self._team.budget.instead:
            record.budget = (held.month, None)
            held.wait()
        early = None
        if self._team.input == "overlap":
            early = _Early(self._upstream, prepared, adapter.path, call, deadline, held)
        texts = [slot.text for slot in prepared.slots]
        try:
            verdict = self._guard(prepared, texts, tally, deadline)
            if early is not None and verdict.word == "masked":
                early.cut()  # the model was given what the guardrail has masked since
                record.calls += early.called  # and may have begun to answer
                early = None
                call = record.call = Call(call.attempts, call.lost)
            _put(prepared, verdict, tally)
            record.reached("cleared")
        except BaseException:
            if early is not None:
                early.cut()
                record.calls += early.called
            raise
        if held is not None:
            within = self._within(held, adapter, prepared, (texts, verdict), record, deadline)
            if within is not prepared:
                prepared, early = within, None
            record.budget = (held.month, held.left)
        try:
            try:
                call.may = self._another(prepared)
                sent = early.response() if early else self._upstream.send(prepared, adapter.path, call, deadline)
            finally:
                record.tier = prepared.tier  # which may not be the one that was asked for
            record.calls += 1
            return prepared, sent
        except UpstreamRefusedError as refused:
            if refused.status not in _BUSY:
                raise
            return self._elsewhere(adapter, prepared, (texts, verdict), record, deadline, refused)

    def _another(self, prepared: Prepared) -> Callable[[], bool] | None:
        """Return what says whether another attempt may be made, after one that may have been charged."""
        room = self._ledger.room
        return None if room is None else partial(room.another, prepared)

    def _guard(self, prepared: Prepared, texts: list[str], tally: Tally, deadline: float) -> Verdict:
        tally.input = "error"
        tally.masked["input"].clear()  # of another model's form of the request
        verdict = self._cleared.check(self._judge, prepared, texts, tally, deadline)
        tally.input = verdict.word
        if verdict.blocked is not None:
            raise _blocked(prepared, verdict)
        if tally.input == "masked":
            marks.count(texts, verdict, tally.masked["input"])
        return verdict

    def _within(
        self,
        held: Reservation,
        adapter: Adapter,
        prepared: Prepared,
        cleared: tuple[list[str], Verdict],
        record: Record,
        deadline: float,
    ) -> Prepared:
        """Wait for the reservation; where there is no room, return what there is room for, if the team names it."""
        try:
            held.wait()
            self._ledger.cover(prepared, deadline)  # what was masked may be longer than it was
            return prepared
        except BudgetSpentError:
            record.budget = (held.month, held.left)
            budget = self._team.budget
            for id, tier in budget.others(prepared.model.id, prepared.tier) if budget else ():
                made = self._made(adapter, prepared, id, tier, cleared, record, deadline)
                if made is None:
                    continue
                try:
                    self._ledger.instead(made, deadline)
                except BudgetSpentError:
                    continue
                made.headers.append(("x-cloister-budget", f"{id}/{tier}"))
                _served(record, prepared, made)
                return made
            raise

    def _elsewhere(
        self,
        adapter: Adapter,
        prepared: Prepared,
        cleared: tuple[list[str], Verdict],
        record: Record,
        deadline: float,
        refused: UpstreamRefusedError,
    ) -> tuple[Prepared, Response]:
        call = record.call or Call()
        for id, tier in self._team.others(prepared.model.id, prepared.tier):
            made = self._made(adapter, prepared, id, tier, cleared, record, deadline)
            if made is None:
                continue
            try:
                self._ledger.cover(made, deadline)
            except (BudgetSpentError, TooFastError):
                continue
            try:
                call.may = self._another(made)
                response = self._upstream.send(made, adapter.path, call, deadline)
            except UpstreamRefusedError:
                continue
            record.calls += 1
            made.headers.append(("x-cloister-fallback", f"{id}/{tier}"))
            _served(record, prepared, made)
            return made, response
        raise refused

    def _made(
        self,
        adapter: Adapter,
        prepared: Prepared,
        id: str,
        tier: str,
        cleared: tuple[list[str], Verdict],
        record: Record,
        deadline: float,
    ) -> Prepared | None:
        """Return the request for another model or tier, cleared as well; None if that does not serve it."""
        model = self._catalogue[id]
        if tier not in model.tiers or record.route not in model.routes:
            return None
        try:
            made = adapter.prepare(prepared.source, model, tier)
        except ProxyError:
            return None  # it is more than this model takes
        made.source, made.size = prepared.source, prepared.size - prepared.grown
        made.images = prepared.images  # the same ones in the same order, those of S3 with what was fetched
        texts, verdict = cleared
        tally = record.tally or Tally()
        shown = [slot.text for slot in made.slots]
        if shown != texts:  # a schema, say, from which other keywords are stripped
            verdict = self._guard(made, shown, tally, deadline)
        _put(made, verdict, tally)
        return made


def _served(record: Record, asked: Prepared, made: Prepared) -> None:
    record.model, record.tier = made.model.id, made.tier
    record.fallback_from = {"model": asked.model.id, "tier": asked.tier}


def _blocked(prepared: Prepared, verdict: Verdict) -> ContentFilteredError:
    """Say where it is, so that a client can leave out what would be blocked with every other turn."""
    paths = [slot.path for slot in prepared.slots] + [image.path for image in prepared.images]
    if not verdict.where:
        return ContentFilteredError(str(verdict.blocked))
    # Should it not be known, it is the last: what stands before it passed with the turns before this one.
    path = paths[verdict.where[-1]]
    if len(verdict.where) == 1:
        remedy = f"What was blocked stands in {path}: leave it out of the request, or write it otherwise."
    else:
        first = paths[verdict.where[0]]
        remedy = f"What was blocked stands somewhere from {first} to {path}: leave that out, the last of it first."
    return ContentFilteredError(f"{verdict.blocked} {remedy}", param=path)


def _put(prepared: Prepared, verdict: Verdict, tally: Tally) -> None:
    if verdict.word != "masked":
        return
    for slot, text in zip(prepared.slots, verdict.texts, strict=True):
        if text is not None:  # a mask may be longer than what it masks, and has more tokens then
            prepared.grown += max(0, len(text.encode()) - len(slot.text.encode("utf-8", "replace")))
    prepared.size += prepared.grown
    try:
        put_all(prepared.slots, verdict.texts)
    except UnmaskableError as place:
        tally.input = "blocked"
        raise ContentFilteredError(
            f"The guardrail masked a part of {place}, which has no masked form. Leave out what is personal there.",
            param=str(place),
        ) from None


class _Early:
    """A call to the model that is under way before its input is cleared."""

    def __init__(
        self,
        upstream: Upstream,
        prepared: Prepared,
        path: str,
        call: Call,
        deadline: float,
        held: Reservation | None,
    ) -> None:
        self._call = call
        self._held = held
        self.called = False
        self._deadline = deadline
        self._came: SimpleQueue[Response | BaseException] = SimpleQueue()
        start_new_thread(self._run, (upstream, prepared, path))

    def _run(self, upstream: Upstream, prepared: Prepared, path: str) -> None:
        try:
            if self._held is not None:
                self._held.wait()
            self.called = True
            response = upstream.send(prepared, path, self._call, self._deadline)
            if self._call.over:
                response.close()
            self._came.put(response)
        except BaseException as error:
            # It must reach whoever waits, or nobody, if the call was cut.
            self._came.put(error)

    def cut(self) -> None:
        """End the call, wherever it is."""
        self._call.end()

    def response(self) -> Response:
        """Wait for the response, or raise why there is none."""
        try:
            came = self._came.get(timeout=max(0.0, self._deadline - time.monotonic()) + 1.0)
        except Empty:
            self.cut()
            raise DeadlineReachedError from None
        if isinstance(came, BaseException):
            raise came
        return came
