"""The audit record: one line of JSON for each request, and its metrics (`metrics`).

A record holds numbers, times, ids made by AWS, and words out of closed lists; nothing that a client or a model wrote.
"""

from __future__ import annotations

import time

from ..core.clock import stamp
from ..core.jsontext import writer
from ..core.money import usd
from . import changes, metrics, words
from .log import VERSION, log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TextIO

    from ..core.errors import ProxyError
    from ..core.money import Cost
    from ..core.team import Team
    from ..core.usage import Usage
    from ..request.prepared import Prepared
    from ..services.call import Call
    from ..services.tally import Tally
    from .digest import Digests

#: What a record says as long as nothing else is known.
INTERNAL = "internal_error"

#: What a request goes through, in its order: it is read and checked, its images fetched, its input cleared, the model
#: has begun to answer, the first of the answer is released.
STAGES = ("checked", "fetched", "cleared", "answered", "first")

_NOBODY: dict[str, list[str]] = {"input": [], "output": []}
_json = writer(ascii=True)
_open: Record | None = None  # what is being answered: one at a time


class Record:
    """What is known of one request, filled in on its way.

    Parameters
    ----------
    team
        Whose request it is.
    cold_start
        Whether it is the first of this execution environment.
    """

    __slots__ = (
        "_at",
        "_began",
        "_team",
        "_who",
        "_written",
        "address",
        "archive",
        "asked",
        "budget",
        "call",
        "calls",
        "cause",
        "cold_start",
        "cost",
        "costing",
        "digests",
        "endpoint",
        "error",
        "extended",
        "fallback_from",
        "fetched",
        "fetching",
        "first",
        "invocation",
        "model",
        "prepared",
        "principal",
        "read",
        "received",
        "request_id",
        "retention",
        "route",
        "stages",
        "status",
        "stream",
        "tally",
        "tier",
        "usage",
    )

    def __init__(self, team: Team, *, request_id: str, cold_start: bool) -> None:
        global _open  # the process answers one request at a time, and a signal has no other way to it
        _open = self
        self._written = False
        self._team = team
        self._began = time.monotonic()
        self._at = time.time()
        self.request_id = self.invocation = request_id  # the second stays Lambda's, which no caller chooses
        self.extended: str | None = None  # API Gateway's id that no caller chooses
        self.cold_start = cold_start
        self.principal: str | None = None
        self.endpoint: object = None
        self.address: object = None
        self.asked: Mapping[str, object] = {}  # the parameters, by their names, all of which are in the rules
        self.prepared: Prepared | None = None
        self.digests: Digests | None = None
        self.read: tuple[dict[str, Any], Sequence[memoryview]] | None = None  # the body, and what was cut out of it
        self.stages: dict[str, float] = {}
        self.route = "unknown"
        self.model: str | None = None
        self.tier: str | None = None
        self.fallback_from: dict[str, str] | None = None
        self.stream = False
        self.status = 500
        self.error: str | None = INTERNAL
        self.cause = "proxy"
        self.tally: Tally | None = None
        self.call: Call | None = None
        self.usage: Usage | None = None
        self.calls = 0  # how often the model began to answer
        self.received = 0  # tokens of the answer that have come, as far as can be seen from outside
        self.budget: tuple[str, int | None] | None = None  # the month it counts for, and the nano-USD that are left
        self.costing: Callable[[], Cost] | None = None  # says what the request has cost by now
        self.cost: Cost | None = None  # what it has cost in the end
        self._who: dict[str, str | None] | None = None
        self.fetched = 0
        self.fetching = 0.0
        self.retention = "unknown"
        self.first: float | None = None
        self.archive = "none"  # what became of prompt and answer, where the team has them archived

    @property
    def team(self) -> Team:
        """Whose request it is."""
        return self._team

    def reached(self, stage: str) -> None:
        """Take note of the time at which one of `STAGES` is over."""
        self.stages[stage] = time.monotonic()

    def failed(self, error: ProxyError) -> None:
        """Take note of what the caller is answered in place of a completion."""
        self.status, self.error, self.cause = error.status, error.recorded, error.cause

    def left(self) -> None:
        """Take note that the caller has gone."""
        self.status, self.error, self.cause = 499, "client_closed", "caller"

    def line(self) -> str:
        """Return the record as compact JSON."""
        team, tally, call, usage = self._team, self.tally, self.call, self.usage
        duration = _ms(time.monotonic() - self._began)
        ttft = None if self.first is None else _ms(self.first - self._began)
        blocked = tally is not None and "blocked" in (tally.input, tally.output)
        failed = self.error is not None and not blocked
        cost = self.cost or (self.costing() if self.costing else None)
        digest = self._digest()
        if self.first is not None:
            self.stages["first"] = self.first
        written: dict[str, Any] = {
            "record": "inference",
            "version": VERSION,
            "code": log.code,
            "time": stamp(self._at),
            "request_id": words.id(self.request_id),
            "extended_request_id": words.id(self.extended),
            **self._whose(),
            "source": {"endpoint": words.endpoint(self.endpoint), "address": words.address(self.address)},
            "access": team.access,
            "route": self.route,
            "model": self.model or "unknown",
            "tier": self.tier,
            "tier_served": usage.tier if usage else None,
            "fallback_from": self.fallback_from,
            "stream": self.stream,
            "request": changes.said(self.asked, self.prepared),
            "digest": digest,
            "status": self.status,
            "error": self.error,
            "cause": self.cause if failed else None,
            "guardrail": {
                "id": team.guardrail_id,
                "version": team.guardrail_version,
                "input": tally.input if tally else "skipped",
                "output": tally.output if tally else "skipped",
                "calls": tally.calls if tally else 0,
                "throttled": tally.throttled if tally else 0,
                "ms": _ms(tally.seconds) if tally else 0,
                "text_units": tally.units if tally else 0,
                "skipped": tally.skipped if tally else 0,
                "masked": tally.masked if tally else {"input": {}, "output": {}},
                "acted": {side: sorted(found) for side, found in tally.acted.items()} if tally else _NOBODY,
            },
            "retention": self.retention,
            "images": {"fetched": self.fetched, "ms": _ms(self.fetching)},
            "upstream": {
                "status": call.status if call else None,
                "attempts": call.attempts if call else 0,
                "ms": _ms(call.ms / 1000) if call and call.ms is not None else None,
                "request_id": call.request_id if call else None,
            },
            "input_tokens": usage.input if usage else None,
            "output_tokens": usage.output if usage else None,
            "reasoning_tokens": usage.reasoning if usage else None,
            "usage": None if cost is None or not self.calls else "counted" if cost.counted else "estimated",
            "usd": {"model": usd(cost.model) if cost else None, "guardrail": usd(cost.guardrail) if cost else None},
            "budget": self.budget and {"month": self.budget[0], "left": usd(self.budget[1] and max(0, self.budget[1]))},
            "reasoning_dropped": self.prepared.reasoning_dropped if self.prepared else 0,
            "stages": {
                stage: _ms(self.stages[stage] - self._began) if stage in self.stages else None for stage in STAGES
            },
            "ttft_ms": ttft,
            "duration_ms": duration,
            "cold_start": self.cold_start,
            **({"archive": self.archive} if team.archive is not None else {}),
        }
        measured = self._measured(duration, ttft, blocked=blocked, failed=failed, cost=cost)
        if self.digests is not None and self.read is not None and digest["hmac"] is None:
            measured["DigestErrors"] = 1
        written.update(measured)
        listed = metrics.listed(measured, of_model=self.model is not None)
        # The list of metrics is put before the last brace as it is.
        return f'{_json(written)[:-1]},"_aws":{{"Timestamp":{int(self._at * 1000)},"CloudWatchMetrics":{listed}}}}}'

    def _whose(self) -> dict[str, str | None]:
        """Return what both lines say of who called, in this order."""
        found = self._who
        if found is None:
            who, session = words.principal(self.principal), words.session(self.principal)
            found = {"deployment": self._team.deployment, "team": self._team.name, "principal": who, "session": session}
            if self.principal is not None:
                self._who = found
        return found

    def _digest(self) -> dict[str, str | None]:
        """Return what confirms the request to who knows it, or why nothing does."""
        missing, found = "off", None
        if self.digests is not None:
            missing = self.digests.missing if self.read else "no_body"
            if self.read is not None:
                found = self.digests.of(self.route, words.id(self.request_id), *self.read)
        if found is None or self.digests is None:
            return {"hmac": None, "nonce": None, "missing": missing}
        return {"hmac": found, "nonce": self.digests.nonce, "missing": None}

    def _measured(
        self, duration: float, ttft: float | None, *, blocked: bool, failed: bool, cost: Cost | None
    ) -> dict[str, Any]:
        """Return the metrics that this request has, by their names."""
        tally, call, usage = self.tally, self.call, self.usage
        found: dict[str, Any] = {"Requests": 1}
        if self.model is not None:
            found["Duration"] = duration
        if ttft is not None:
            found["TimeToFirstToken"] = ttft
        if usage is not None and usage.input is not None:
            found["InputTokens"] = usage.input
        if usage is not None and usage.output is not None:
            found["OutputTokens"] = usage.output
        if cost is not None and cost.total:
            found["Usd"] = usd(cost.total)
        if call is not None and call.attempts > 1:
            found["Retries"] = call.attempts - 1
        if failed:
            found[f"{self.cause.capitalize()}Errors"] = 1
            if self.status == 429 and self.cause == "upstream":
                found["Throttles"] = 1
        if tally is not None and tally.calls:
            found["GuardrailDuration"] = _ms(tally.seconds)
            if blocked:
                found["GuardrailBlocked"] = 1
            elif "masked" in (tally.input, tally.output):
                found["GuardrailMasked"] = 1
        limit = self._team.budget
        if self.budget and limit and self.budget[1] is not None:
            used = 100 - self.budget[1] * 10_000 // limit.month / 100
            # What the budget had no room for shows that it is used up, though a smaller request may still fit.
            found["BudgetUsed"] = max(used, 100.0) if self.error == "insufficient_quota" else used
        return found

    def began(self, out: TextIO | None = None) -> None:
        """Write that the request goes to the model now: what ends this process leaves a request that began."""
        line = {
            "record": "began",
            "version": VERSION,
            "time": stamp(time.time()),
            "request_id": words.id(self.request_id),
            **self._whose(),
            "route": self.route,
            "model": self.model,
            "tier": self.tier,
        }
        log.write(_json(line), out)

    def write(self, out: TextIO | None = None) -> None:
        """Write the record to standard output, which is the function's log group; once, however often it is called."""
        log.add(self._once, out)

    def _once(self) -> str | None:
        if self._written:
            return None
        line = self.line()
        self._written = True
        self.asked = {}
        self.costing = self.prepared = self.read = None  # they hold the request, and this is kept until the next one
        return line


def interrupted(why: str, then: Callable[[], None] | None = None) -> None:
    """Write the record of what is being answered, since it may not be answered to its end.

    It is called by handlers of signals: if a line is being written, all this happens after that line.

    Parameters
    ----------
    why
        ``deadline_reached`` or ``terminated``.
    then
        Is called when it is written.
    """
    if log.later(lambda: interrupted(why, then)):
        return
    if _open is not None and not _open._written:
        _open.error, _open.cause = why, "upstream" if why == "deadline_reached" else "proxy"
        _open.write()
    if then is not None:
        then()


def _ms(seconds: float) -> float:
    return int(seconds * 10_000 + 0.5) / 10  # to a tenth, as round() would, which goes by way of a text
