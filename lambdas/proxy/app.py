"""A request, from the event to the record, in the order in which things happen to it."""

from __future__ import annotations

import time

from . import routes
from .audit.record import INTERNAL, Record
from .core.errors import (
    BudgetSpentError,
    DeadlineReachedError,
    ProxyError,
    StructuredOutputError,
    TooFastError,
    UpstreamFailedError,
)
from .core.jsontext import compact, parse
from .http.client import HttpError
from .ledger import costs
from .ledger.ledger import Ledger
from .opening import Opening
from .release.verdict import BlockedError
from .request import check, event, policy, session
from .request.texts import UnmaskableError, no_mask_in_arguments, put_all
from .runtime.loop import ClientGone
from .services import looking, marks
from .services.call import Call
from .services.guardrail import Guardrail
from .services.judge import Judge
from .services.mantle import ANSWER_LIMIT, Upstream, unreachable
from .services.tally import Tally
from .services.together import together
from .stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .archiving import Archiving, Kept
    from .audit.digest import Digests
    from .core.catalogue import Model
    from .core.money import Cost
    from .core.team import Team
    from .http.client import Response
    from .openai.adapter import Adapter, Whole
    from .request.prepared import Prepared
    from .runtime.loop import Invocation, Reply
    from .services.s3 import Objects

#: Seconds before the function's deadline at which an answer is ended, so that its end and its record are written.
MARGIN = 2.0
#: Seconds before it at which archiving is given up, so that the record and the settlement have their time.
AFTER = 1.0
#: Seconds before it at which a settlement is given up: the estimate stands then.
LAST = 0.5
#: Bytes that the proxy may add to a request of its own, such as the tier and ``store``.
ADDED = 256

_JSON = ("content-type", "application/json")
_EVENTS = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]


class App:
    """The proxy of one team.

    Parameters
    ----------
    team, catalogue
        What it may do.
    guardrail, upstream, objects
        The services that it calls.
    ledger
        Its budget, if it has one.
    digests
        What makes the digests of its requests, if there are any.
    archive
        Where its prompts and answers are archived, if the team has that.
    """

    def __init__(
        self,
        team: Team,
        catalogue: Mapping[str, Model],
        guardrail: Guardrail,
        upstream: Upstream,
        objects: Objects,
        ledger: Ledger,
        digests: Digests | None = None,
        archive: Archiving | None = None,
    ) -> None:
        self._team = team
        self._catalogue = catalogue
        self._guardrail = guardrail
        self._upstream = upstream
        self._objects = objects
        self._ledger = ledger
        self._digests = digests
        self._archive = archive
        self._judge = Judge(guardrail, team)
        self._opening = Opening(team, catalogue, guardrail, upstream, ledger)
        self._body_limit = max(catalogue[id].body_limit for id in team.models)

    def warm(self) -> None:
        """Open a connection to each service that every request needs; who cannot be reached now may be at the first."""
        # Two at once: each waits for the other side most of its time.
        together([lambda: self._warm(self._guardrail, self._ledger, self._archive), lambda: self._warm(self._upstream)])

    @staticmethod
    def _warm(*services: Guardrail | Upstream | Ledger | Archiving | None) -> None:
        for service in services:
            if service is None:
                continue
            try:
                service.warm()
            except HttpError:
                continue

    def __call__(self, invocation: Invocation, reply: Reply) -> None:
        """Answer one invocation, and write its record, whatever happens."""
        record = Record(self._team, request_id=invocation.request_id, cold_start=invocation.cold_start)
        record.retention = self._upstream.retention.mode
        record.digests = self._digests
        kept = self._archive.keep(reply, record) if self._archive else None
        try:
            self._answer(invocation, kept or reply, record, kept)
        except ProxyError as error:
            record.failed(error)
            self._send(reply, record, error.status, error.body(), error.headers)
        except ClientGone:
            record.left()
        except Exception:
            # A fault of this code: the caller gets a sentence, and the runtime's log the place.
            if not reply.started:
                fault = ProxyError("The proxy failed on this request; its operators can see where.", code=INTERNAL)
                self._send(reply, record, fault.status, fault.body())
            raise
        finally:
            record.retention = self._upstream.retention.mode
            cost = None
            try:
                try:
                    if kept is not None:
                        kept.close(invocation.deadline - AFTER)
                finally:
                    cost = record.cost = record.costing() if record.costing else None
                    if self._digests is not None and record.read is not None:
                        self._digests.prepare(invocation.deadline - LAST)  # nobody waits for this either
                    record.write()
            finally:
                # The last byte has left, so nobody waits for this.
                self._ledger.close(cost, record.model, record.tier, invocation.deadline - LAST)

    def _answer(self, invocation: Invocation, reply: Reply | Kept, record: Record, kept: Kept | None) -> None:
        request = event.read(invocation.event)
        record.principal = request.principal
        record.endpoint, record.address = request.endpoint, request.address
        record.request_id, record.extended = request.id or record.request_id, request.extended
        route, id = routes.find(request.method, request.path)
        record.route = route.name
        policy.no_guardrail_of_their_own(request.headers)
        session.named(self._team, request.principal)
        if route.adapter is None:
            data = _dump(route.handler(self._team, self._catalogue, id)) if route.handler else b""
            record.status, record.error = 200, None
            self._send(reply, record, 200, data)
            return
        deadline = invocation.deadline - MARGIN
        check.uncompressed(request.headers.get("content-encoding", ""), request.body.data)
        prepared = self._read(route.adapter, request, invocation.event, record)
        record.reached("checked")
        self._fetch(prepared, request.body.size, record, deadline)
        looking.within(prepared.images)
        self._costs(prepared, record)
        prepared, response = self._opening.begin(route.adapter, prepared, record, deadline)
        self._ledger.tell(prepared)
        self._costs(prepared, record)
        record.prepared = prepared
        record.reached("answered")
        masked = record.tally.masked["input"] if record.tally else {}
        if masked:
            prepared.headers.append((marks.HEADERS["input"], marks.said(masked)))
        try:
            if kept is not None:
                kept.of(prepared, deadline)
            if prepared.stream:
                self._stream(route.adapter, prepared, response, reply, record, deadline, kept)
            else:
                self._whole(route.adapter, prepared, response, reply, record, deadline, kept)
        finally:
            response.close()

    def _read(self, adapter: Adapter, request: event.Request, source: bytes | bytearray, record: Record) -> Prepared:
        if request.body.taken:
            # Base64 that was cut out must be found again as an image. If it is anywhere else, or anything is wrong with
            # the request, the body is read again as it came, so that nothing is checked, guarded or refused otherwise.
            try:
                prepared = self._prepare(adapter, request, record)
            except ProxyError:
                pass
            else:
                if request.body.found_in(image.inline for image in prepared.images):
                    return prepared
            request = event.read(source, whole=True)
        return self._prepare(adapter, request, record)

    def _prepare(self, adapter: Adapter, request: event.Request, record: Record) -> Prepared:
        parsed = check.parse(request.body, self._body_limit)
        record.read = parsed, request.body.taken
        policy.no_guardrail_of_their_own({}, parsed)
        model = policy.model(parsed, record.route, self._team, self._catalogue)
        record.model = model.id
        check.within(request.body.size, model.body_limit, images=bool(request.body.taken))
        tier = policy.tier(parsed, model, self._team)
        record.tier = tier
        prepared = adapter.prepare(parsed, model, tier)
        policy.images(prepared, self._team)
        prepared.source = parsed
        prepared.size = len(request.body.data)
        record.stream = prepared.stream
        # Every name in it is one of the rules' by now, but those that stand with null, which nobody has looked at.
        record.asked = parsed
        record.prepared = prepared
        return prepared

    def _fetch(self, prepared: Prepared, size: int, record: Record, deadline: float) -> None:
        """Have the images that lie in S3, before anybody is shown anything of the request; ``size`` is its bytes."""
        if not [image for image in prepared.images if image.address]:
            return
        began = time.monotonic()
        try:
            limit = prepared.model.body_limit - ADDED - size
            record.fetched = self._objects.fetch(prepared.images, limit, deadline)
        finally:
            record.fetching = time.monotonic() - began
        record.reached("fetched")

    def _costs(self, prepared: Prepared, record: Record) -> None:
        prices = self._team.prices

        def cost() -> Cost:
            call = record.call
            # A call that was sent, and never answered, may have been charged; so may one that was cut off meanwhile.
            lost = 0 if call is None else call.lost
            cut = call is not None and call.over and call.attempts > 0 and call.status is None and not record.calls
            return costs.actual(
                prices, prepared, record.usage, record.tally, calls=record.calls + lost + cut, received=record.received
            )

        record.costing = cost

    def _whole(
        self,
        adapter: Adapter,
        prepared: Prepared,
        response: Response,
        reply: Reply | Kept,
        record: Record,
        deadline: float,
        kept: Kept | None,
    ) -> None:
        whole = self._shaped(adapter, prepared, response, record, deadline)
        tally = record.tally or Tally()
        tally.output = "error"
        texts = [slot.text for slot in whole.slots]
        verdict = self._judge.output(texts, tally, deadline, whole.slots)
        tally.output = verdict.word
        try:
            if verdict.blocked is not None:
                raise BlockedError(verdict.blocked)
            if self._team.arguments == "block":
                no_mask_in_arguments(whole.slots, verdict.texts)
            put_all(whole.slots, verdict.texts)
            body = whole.body()
            record.error = None
        except UnmaskableError:
            body = whole.blocked("The guardrail masked a part of this answer that has no masked form.")
        except BlockedError as blocked:
            body = whole.blocked(blocked.message)
        if record.error is not None:
            tally.output, record.error = "blocked", "content_filter"
        elif verdict.word == "masked":
            marks.count(texts, verdict, tally.masked["output"])
            if tally.masked["output"]:
                prepared.headers.append((marks.HEADERS["output"], marks.said(tally.masked["output"])))
        record.status = 200
        data = _dump(body)
        if kept is not None:
            data = kept.last(data, deadline)
        record.first = time.monotonic()
        self._send(reply, record, 200, data, prepared.all_headers())

    def _shaped(
        self, adapter: Adapter, prepared: Prepared, response: Response, record: Record, deadline: float
    ) -> Whole:
        """Read the answer, and see that it is the JSON that was asked for; or ask once more if the team says so."""
        whole = _read_whole(adapter, prepared, response, record, deadline)
        record.usage = whole.usage
        try:
            whole.shape()
        except StructuredOutputError as mismatch:
            if self._team.structured_output != "retry":
                raise
            try:
                self._ledger.again(prepared, deadline)
            except (BudgetSpentError, TooFastError):
                raise mismatch from None  # there is no room to ask a second time
            again = self._upstream.send(prepared, adapter.path, record.call or Call(), deadline)
            record.tier = prepared.tier
            record.calls += 1
            try:
                whole = _read_whole(adapter, prepared, again, record, deadline)
            finally:
                again.close()
            record.usage.add(whole.usage)
            prepared.headers.append(("x-cloister-structured-output", "retried"))
            whole.shape()
        return whole

    def _stream(
        self,
        adapter: Adapter,
        prepared: Prepared,
        response: Response,
        reply: Reply | Kept,
        record: Record,
        deadline: float,
        kept: Kept | None,
    ) -> None:
        stream = Stream(adapter, prepared, response, self._judge, record.tally or Tally(), self._team)
        record.usage = stream.usage
        record.status = 200
        reply.start(200, [*_EVENTS, *prepared.all_headers(), ("x-request-id", record.request_id)])
        try:
            stream.run(reply, deadline, kept.ending(deadline) if kept is not None else None)
            record.error, record.cause = stream.error, stream.cause
        finally:
            record.first, record.received = stream.first, stream.received.tokens

    def _send(
        self, reply: Reply | Kept, record: Record, status: int, body: bytes, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        try:
            reply.start(status, [_JSON, *headers, ("x-request-id", record.request_id)])
            reply.finish(body)
        except ClientGone:
            record.left()


def _read_whole(adapter: Adapter, prepared: Prepared, response: Response, record: Record, deadline: float) -> Whole:
    try:
        data = response.read(ANSWER_LIMIT)
        record.received = len(data) // costs.BYTES_PER_TOKEN
        answer = parse(data.decode())
    except HttpError as error:
        raise (DeadlineReachedError() if time.monotonic() >= deadline else unreachable(error)) from None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise UpstreamFailedError("The inference endpoint's answer is not a JSON object.", code="upstream_protocol")
    return adapter.whole(answer, prepared)


def _dump(value: dict[str, Any]) -> bytes:
    return compact(value).encode()
