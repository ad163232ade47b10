"""How a request begins: its input is guarded, and the model is called.

One after the other (``strict``), so that nothing reaches the model before it is cleared; or, if the team says so, both
at once (``overlap``), so that the caller waits for the longer of the two and not for their sum. Then too nothing is
released before the input is cleared: a blocked input ends the call, and one that is masked has it made anew.

Should the model be out of capacity, another model or tier is asked, as far as the team's file names one.
"""

from __future__ import annotations

import time
from _queue import Empty, SimpleQueue
from _thread import start_new_thread

from .core.errors import ContentFilteredError, DeadlineReachedError, ProxyError, UpstreamRefusedError
from .request.texts import UnmaskableError, put_all
from .services import marks
from .services.call import Call
from .services.cleared import Cleared
from .services.guardrail import Tally
from .services.judge import Judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .audit.record import Record
    from .core.catalogue import Model
    from .core.team import Team
    from .http.client import Response
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
    """

    def __init__(self, team: Team, catalogue: Mapping[str, Model], guardrail: Guardrail, upstream: Upstream) -> None:
        self._team = team
        self._catalogue = catalogue
        self._upstream = upstream
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
        early = None
        if self._team.input == "overlap":
            early = _Early(self._upstream, prepared, adapter.path, call, deadline)
        texts = [slot.text for slot in prepared.slots]
        try:
            verdict = self._guard(prepared, texts, tally, deadline)
            if early is not None and verdict.word == "masked":
                early.cut()  # the model was given what the guardrail has masked since
                early = None
                record.calls += 1  # and may have begun to answer
                call = record.call = Call(call.attempts)
            _put(prepared, verdict, tally)
            record.reached("cleared")
        except BaseException:
            if early is not None:
                early.cut()
                record.calls += 1
            raise
        try:
            try:
                sent = early.response() if early else self._upstream.send(prepared, adapter.path, call, deadline)
            finally:
                record.tier = prepared.tier  # which may not be the one that was asked for
            record.calls += 1
            return prepared, sent
        except UpstreamRefusedError as refused:
            if refused.status not in _BUSY:
                raise
            return self._elsewhere(adapter, prepared, (texts, verdict), record, deadline, refused)

    def _guard(self, prepared: Prepared, texts: list[str], tally: Tally, deadline: float) -> Verdict:
        tally.input = "error"
        tally.masked["input"].clear()  # of another model's form of the request
        verdict = self._cleared.check(self._judge, prepared, texts, tally, deadline)
        tally.input = verdict.word
        if verdict.blocked is not None:
            raise _blocked(prepared, verdict)
        marks.count(texts, verdict, tally.masked["input"])
        return verdict

    def _elsewhere(
        self,
        adapter: Adapter,
        prepared: Prepared,
        cleared: tuple[list[str], Verdict],
        record: Record,
        deadline: float,
        refused: UpstreamRefusedError,
    ) -> tuple[Prepared, Response]:
        call, tally = record.call or Call(), record.tally or Tally()
        for id, tier in self._team.others(prepared.model.id, prepared.tier):
            model = self._catalogue[id]
            if tier not in model.tiers or record.route not in model.routes:
                continue
            try:
                made = adapter.prepare(prepared.source, model, tier)
            except ProxyError:
                continue  # it is more than this model takes
            made.size = prepared.size
            made.images = prepared.images  # the same ones in the same order, those of S3 with what was fetched
            texts, verdict = cleared
            shown = [slot.text for slot in made.slots]
            if shown != texts:  # a schema, say, from which other keywords are stripped
                verdict = self._guard(made, shown, tally, deadline)
            _put(made, verdict, tally)
            try:
                response = self._upstream.send(made, adapter.path, call, deadline)
            except UpstreamRefusedError:
                continue
            record.calls += 1
            made.headers.append(("x-cloister-fallback", f"{id}/{tier}"))
            record.model, record.tier = id, made.tier
            record.fallback_from = {"model": prepared.model.id, "tier": prepared.tier}
            return made, response
        raise refused


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

    def __init__(self, upstream: Upstream, prepared: Prepared, path: str, call: Call, deadline: float) -> None:
        self._call = call
        self._deadline = deadline
        self._came: SimpleQueue[Response | BaseException] = SimpleQueue()
        start_new_thread(self._run, (upstream, prepared, path))

    def _run(self, upstream: Upstream, prepared: Prepared, path: str) -> None:
        try:
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
