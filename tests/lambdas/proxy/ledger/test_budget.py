"""A budget is reserved before the model is called, settled after the answer, and never passed by."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from lambdas.proxy.audit.record import Record
from lambdas.proxy.ledger import protocol
from lambdas.proxy.ledger.reservation import Reservation
from lambdas.proxy.services import backoff

from ..support.authority import Authority
from ..support.dynamo import apply
from ..support.tls_server import Peer, Request
from ..world import (
    BIG,
    DYNAMODB,
    SMALL,
    Collected,
    World,
    chat,
    chat_answer,
    chat_events,
    refusing,
    streaming,
    world,
)

PRICES: dict[str, Any] = {
    "models": {
        BIG: {"default": [140_000, 400_000], "flex": [70_000, 200_000]},
        SMALL: {"default": [40_000, 80_000], "flex": [20_000, 40_000]},
    },
    "guardrail": {"content": 0, "words": 0},
}
#: What the answers of these tests take: 5 tokens in, 3 out.
COST = 5 * 140 + 3 * 400


def budget(**more: Any) -> dict[str, Any]:
    """A team's environment with a budget of a thousandth of a USD, and limits."""
    return {
        "CLOISTER_PRICES": PRICES,
        "CLOISTER_BUDGET": {"month": 1_000_000, **more},
        "CLOISTER_LEDGER_TABLE": "ledger",
    }


@pytest.fixture
def spending(authority: Authority) -> Iterator[World]:
    with world(authority, **budget()) as made:
        yield made


class Headers(Collected):
    """A reply that keeps headers which come twice."""

    sent: Sequence[tuple[str, str]] = ()

    def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self.sent = headers
        super().start(status, headers)


def account(world: World, suffix: str = "") -> dict[str, Any]:
    found = [item for key, item in world.memory.items.items() if key.partition("#")[2] == suffix]
    return found[0] if found else {}


def number(world: World, name: str, suffix: str = "") -> int:
    return protocol.number(account(world, suffix), name)


def test_a_request_is_settled_at_what_it_cost(spending: World) -> None:
    said = spending.call("/chat/completions", chat("Hi", max_tokens=100))
    assert said.status == 200
    assert (number(spending, "committed"), number(spending, "spent")) == (COST, COST)
    assert number(spending, f"m:{BIG}#default:in") == 5
    assert not [name for name in account(spending) if name.startswith("r:")]
    assert spending.record["budget"]["month"] == time.strftime("%Y-%m", time.gmtime())
    assert spending.record["budget"]["left"] < 0.001


def test_the_model_is_not_called_before_there_is_a_reservation(spending: World) -> None:
    seen: list[int] = []

    def model(peer: Peer, request: Request) -> None:
        seen.append(number(spending, "committed"))
        refusing("400 Bad Request")(peer, request)

    spending.mantle = model
    spending.call("/chat/completions", chat("Hi", max_tokens=100))
    assert seen and seen[0] >= 100 * 400
    assert number(spending, "committed") == 0  # and given back, since nothing was answered


def test_a_spent_budget_is_said_in_openais_words(spending: World) -> None:
    said = spending.call("/chat/completions", chat("Hi"))  # without a limit the whole window counts: 0.1 USD
    assert (said.status, said.error["code"], said.error["type"]) == (429, "insufficient_quota", "insufficient_quota")
    assert "Team atlas has 0.0010 USD left of 0.001 USD for" in said.error["message"]
    assert "at 00:00 UTC" in said.error["message"]
    assert said.headers["x-should-retry"] == "false"
    assert spending.prompts == []
    assert (spending.record["error"], spending.record["cause"]) == ("insufficient_quota", "limit")


def test_who_was_refused_costs_no_guarding_the_next_time(spending: World) -> None:
    spending.call("/chat/completions", chat("Hi"))
    checked = len(spending.checks)
    assert spending.call("/chat/completions", chat("Hi")).status == 429
    assert len(spending.checks) == checked
    assert spending.call("/chat/completions", chat("Hi", max_tokens=100)).status == 200
    assert len(spending.checks) > checked


def test_what_there_is_room_for_is_answered_instead(authority: Authority) -> None:
    instead = [[None, "flex"], [SMALL, "flex"]]
    with world(authority, **budget(instead=instead)) as made:
        # 2,000 tokens are 0.8 thousandths by default: with half of it taken there is room in flex, then in the small.
        month = time.strftime("%Y-%m", time.gmtime())
        made.memory.items[month] = {"id": {"S": month}, "committed": {"N": "500000"}}
        said = made.call("/chat/completions", chat("Hi", max_tokens=2000))
        assert (said.status, said.headers["x-cloister-budget"]) == (200, f"{BIG}/flex")
        assert made.record["fallback_from"] == {"model": BIG, "tier": "default"}
        made.memory.items[month]["committed"] = {"N": "900000"}
        said = made.call("/chat/completions", chat("Hi", max_tokens=2000))
        assert (said.status, said.headers["x-cloister-budget"]) == (200, f"{SMALL}/flex")
        made.memory.items[month]["committed"] = {"N": "999999"}
        assert made.call("/chat/completions", chat("Hi", max_tokens=2000)).status == 429
        assert len(made.prompts) == 2


def test_a_share_is_a_ledger_of_its_own(authority: Authority) -> None:
    with world(authority, **budget(share=100_000)) as made:
        assert made.call("/chat/completions", chat("Hi", max_tokens=100)).status == 200
        assert number(made, "committed", "atlas-developer/someone") == COST == number(made, "committed")
        said = made.call("/chat/completions", chat("Hi", max_tokens=1000))
        assert said.error["message"].startswith("Your share of the team's budget has 0.0000 USD left of 0.0001 USD")
        assert number(made, "committed") == COST


def test_what_the_team_has_no_room_for_is_given_back_to_the_share(authority: Authority) -> None:
    with world(authority, **budget(month=90_000, share=90_000_000)) as made:
        assert made.call("/chat/completions", chat("Hi", max_tokens=1000)).status == 429
        assert number(made, "committed", "atlas-developer/someone") == 0


def test_tokens_of_a_minute_are_limited_in_openais_words(authority: Authority) -> None:
    with world(authority, **budget(tokens=1000)) as made:
        said = made.call("/chat/completions", chat("Hi", max_tokens=800))
        assert said.headers["x-ratelimit-limit-tokens"] == "1000"
        assert 0 < int(said.headers["x-ratelimit-remaining-tokens"]) < 200
        said = made.call("/chat/completions", chat("Hi", max_tokens=800))
        assert said.status == 200  # the first took 8 in the end
        said = made.call("/chat/completions", chat("Hi", max_tokens=1001))
        assert (said.status, said.error["code"]) == (429, "rate_limit_exceeded")
        assert 1 <= int(said.headers["retry-after"]) <= 60
        assert int(said.headers["x-ratelimit-remaining-tokens"]) <= 1000


def test_the_teams_own_limit_is_said_in_place_of_the_accounts(authority: Authority) -> None:
    body = json.dumps(chat_answer()).encode()
    headers = "x-ratelimit-limit-tokens: 9\r\nx-ratelimit-limit-requests: 7\r\n"
    with world(authority, **budget(tokens=1000)) as made:
        made.mantle = lambda peer, _: peer.reply(body, headers=headers)
        reply = Headers()
        made.call("/chat/completions", chat("Hi", max_tokens=10), reply=reply)
        limits = [(name, value) for name, value in reply.sent if name.startswith("x-ratelimit-limit")]
        assert sorted(limits) == [("x-ratelimit-limit-requests", "7"), ("x-ratelimit-limit-tokens", "1000")]


def test_requests_in_flight_are_limited(authority: Authority) -> None:
    with world(authority, **budget(in_flight=1)) as made:
        month = time.strftime("%Y-%m", time.gmtime())
        made.memory.items[month] = {"id": {"S": month}, "flying": {"N": "1"}}
        said = made.call("/chat/completions", chat("Hi", max_tokens=10))
        assert (said.status, said.error["code"], said.headers["retry-after"]) == (429, "rate_limit_exceeded", "1")
        made.memory.items[month]["flying"] = {"N": "0"}
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert number(made, "flying") == 0


def test_a_reservation_that_nobody_settled_counts_once_it_has_expired(authority: Authority) -> None:
    with world(authority, **budget(in_flight=5)) as made:
        month = time.strftime("%Y-%m", time.gmtime())
        old = {"M": {"n": {"N": "7000"}, "e": {"N": "1000"}}}
        mark = {"M": {"e": {"N": "1000"}}}
        made.memory.items[month] = {
            **{"id": {"S": month}, "committed": {"N": "7000"}, "flying": {"N": "1"}},
            **{"r:dead-1": old, "r:gone-1": mark, "t:100": {"N": "5"}},
        }
        for _ in range(2):  # the second takes the minute away that the first has seen
            assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert account(made).keys() & {"r:dead-1", "r:gone-1", "t:100"} == set()
        assert number(made, "committed") == number(made, "spent") == 7000 + 2 * COST
        assert number(made, "flying") == 0


@pytest.mark.parametrize(("month", "status", "calls"), [(1_000_000, 200, 2), (90_000, 422, 1)])
def test_a_second_try_reserves_anew(authority: Authority, month: int, status: int, calls: int) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": {"type": "integer"}}}
    with world(authority, CLOISTER_STRUCTURED_OUTPUT="retry", **budget(month=month)) as made:
        answers = [chat_answer("no number"), chat_answer("7")]
        made.mantle = lambda peer, _: peer.reply(json.dumps(answers[len(made.prompts) - 1]).encode())
        said = made.call("/chat/completions", chat("Hi", max_tokens=100, response_format=form))
        assert (said.status, len(made.prompts)) == (status, calls)
        assert number(made, "committed") == number(made, "spent") == calls * COST


def test_a_price_that_is_not_known_is_no_gift(authority: Authority) -> None:
    with world(authority, **{**budget(), "CLOISTER_PRICES": {"models": {}}}) as made:
        said = made.call("/chat/completions", chat("Hi", max_tokens=100))
        assert (said.status, said.error["code"]) == (503, "ledger_unavailable")
        assert made.prompts == []


def test_a_client_that_leaves_is_settled_by_what_had_come(spending: World) -> None:
    spending.mantle = streaming(*chat_events(["word "] * 40)[:30], pause=0.01)
    spending.call("/chat/completions", chat("Hi", stream=True, max_tokens=500), reply=Collected(leave_after=0))
    assert spending.record["usage"] == "estimated"
    assert 0 < number(spending, "spent") == number(spending, "committed") < 500 * 400


# ---- the ledger at fault ----


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.001)


def faulty(world: World, faults: list[Any]) -> None:
    """Have these happen to the first writes; ``made`` says that a write was made all the same."""

    def serve(peer: Peer, request: Request) -> None:
        if not faults:
            world.memory.serve(peer, request)
            return
        kind = faults.pop(0)
        if kind == "lost":
            world.memory.update(request.body)
        if kind in ("lost", "cut"):
            peer.close()
            raise EOFError
        status, body = kind
        peer.reply(body, status)

    world.ledger = serve


def throttled(name: str) -> tuple[str, bytes]:
    return "400 Bad Request", json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}"}).encode()


@pytest.mark.parametrize(
    "faults",
    [
        ["lost"],
        ["cut"],
        ["lost", "lost"],
        [throttled("ProvisionedThroughputExceededException")],
        [throttled("ThrottlingException"), "lost"],
        [throttled("TransactionConflictException")],
        [("500 Internal Server Error", b"{}")],
        [("503 Service Unavailable", b"<html>")],
        [("200 OK", b"not JSON")],
        [("200 OK", b"[]")],
    ],
)
@pytest.mark.usefixtures("hasty")
def test_a_write_is_made_once_however_often_it_is_asked_for(spending: World, faults: list[Any]) -> None:
    faulty(spending, list(faults))
    assert spending.call("/chat/completions", chat("Hi", max_tokens=100)).status == 200
    assert (number(spending, "committed"), number(spending, "spent")) == (COST, COST)


@pytest.mark.usefixtures("hasty")
def test_a_late_copy_of_a_settled_reservation_changes_nothing(spending: World) -> None:
    faulty(spending, ["cut"])
    spending.call("/chat/completions", chat("Hi", max_tokens=100))
    first = next(r.body for r in spending.server.requests if r.headers["host"] == DYNAMODB)
    status, _, _ = apply(first, account(spending))
    assert status == 400


@pytest.mark.parametrize(
    "fault",
    [
        "cut",
        throttled("ProvisionedThroughputExceededException"),
        throttled("ResourceNotFoundException"),
        throttled("AccessDeniedException"),
        ("200 OK", b"not JSON"),
        ("200 OK", b"{}"),
        ("200 OK", b'{"Attributes": {"committed": {"S": "much"}}}'),
        ("200 OK", b'{"Attributes": {"committed": {"N": "1"}, "r:x": 1}}'),
        ("502 Bad Gateway", b""),
    ],
)
@pytest.mark.usefixtures("hasty")
def test_without_the_ledger_nothing_is_answered(spending: World, fault: Any) -> None:
    faulty(spending, [fault] * 20)
    said = spending.call("/chat/completions", chat("Hi", max_tokens=100))
    assert (said.status, said.error["code"]) == (503, "ledger_unavailable")
    assert spending.prompts == []


@pytest.mark.usefixtures("hasty")
def test_a_settlement_that_cannot_be_written_leaves_the_estimate(spending: World) -> None:
    served: list[bytes] = []

    def serve(peer: Peer, request: Request) -> None:
        served.append(request.body)
        if len(served) == 1:
            spending.memory.serve(peer, request)
        else:
            peer.close()
            raise EOFError

    spending.ledger = serve
    assert spending.call("/chat/completions", chat("Hi", max_tokens=100)).status == 200
    assert number(spending, "committed") >= 100 * 400
    assert number(spending, "spent") == 0


def test_the_caller_waits_for_the_slower_of_guardrail_and_ledger(spending: World) -> None:
    """Shown by a meeting: each answers only once the other was asked, so one after the other would never end."""
    met = threading.Barrier(2, timeout=20)
    guardrail, first = spending.guardrail, [True, True]

    def ledger(peer: Peer, request: Request) -> None:
        if first[0]:
            first[0] = False
            met.wait()
        spending.memory.serve(peer, request)

    def guard(peer: Peer, request: Request) -> None:
        if first[1]:
            first[1] = False
            met.wait()
        guardrail(peer, request)

    spending.ledger, spending.guardrail = ledger, guard
    assert spending.call("/chat/completions", chat("Hi", max_tokens=100)).status == 200


def test_a_price_that_is_not_known_holds_up_nobody(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with world(authority, **{**budget(), "CLOISTER_PRICES": {"models": {}, "guardrail": {}}}) as made:
        monkeypatch.setattr(Reservation, "wait", lambda _: pytest.fail("nothing has begun that could be waited for"))
        assert made.call("/chat/completions", chat("Hi", max_tokens=100)).error["code"] == "ledger_unavailable"


def test_a_record_that_cannot_be_written_leaves_no_reservation(
    spending: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(Record, "line", lambda _: 1 // 0)
        spending.call("/chat/completions", chat("Hi", max_tokens=100))
    assert number(spending, "committed") == number(spending, "spent") == COST
    assert not [name for name in account(spending) if name.startswith("r:")]
