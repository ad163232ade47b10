"""What is reserved, where it is not the request that came which is answered, and where others have died."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from lambdas.proxy.core.errors import BudgetSpentError
from lambdas.proxy.ledger import protocol
from lambdas.proxy.ledger.reservation import Reservation

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import BIG, SMALL, chat, chat_answer, refusing, world
from .test_budget import COST, budget, number


def test_what_a_dead_function_left_does_not_stop_the_team_for_ever(authority: Authority) -> None:
    """With every place taken by the dead nobody is answered whose settlement would take them away."""
    with world(authority, **budget(in_flight=1)) as made:
        month = time.strftime("%Y-%m", time.gmtime())
        dead = {"r:dead-1": {"M": {"n": {"N": "7000"}, "e": {"N": "1000"}}}, "flying": {"N": "1"}}
        made.memory.items[month] = {"id": {"S": month}, "committed": {"N": "7000"}, **dead}
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert (number(made, "flying"), number(made, "committed")) == (0, 7000 + COST)
        late = {"r:dead-2": {"M": {"n": {"N": "7000"}, "e": {"N": str(int(time.time()) + 60)}}}, "flying": {"N": "1"}}
        made.memory.items[month] |= late
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 429, "it may live"


@pytest.mark.parametrize(("month", "status"), [(10**9, 200), (60_000_000, 503)])
def test_a_fallback_with_a_larger_window_is_reserved_for(authority: Authority, month: int, status: int) -> None:
    """Without a limit of output tokens it may write twice what was reserved for the first model: 0.05 USD, then 0.1."""
    with world(authority, CLOISTER_FALLBACKS=f"{SMALL}>{BIG}/", **budget(month=month)) as made:
        reserved: list[int] = []

        def model(peer: Peer, request: Request) -> None:
            if json.loads(request.body)["model"] == SMALL:
                refusing("503 Busy")(peer, request)
                return
            reserved.append(number(made, "committed"))
            peer.reply(json.dumps(chat_answer("Hi")).encode())

        made.mantle = model
        assert made.call("/chat/completions", chat("Hi", model=SMALL)).status == status
        assert reserved == ([262_144 * 400] if status == 200 else []), "the whole window of the one that answers"
        assert number(made, "committed") == (COST if status == 200 else 0)


def test_who_waits_for_the_first_reservation_is_not_told_of_the_second(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that was to be made early, and comes late, is not made under a reservation for a cheaper one."""
    take, heard = Reservation.take, []

    def taken(self: Reservation, *given: Any) -> None:
        take(self, *given)
        with pytest.raises(BudgetSpentError):
            self.wait()
        heard.append(True)

    monkeypatch.setattr(Reservation, "take", taken)
    with world(authority, CLOISTER_INPUT="overlap", **budget(month=700_000, instead=[[SMALL, None]])) as made:
        assert made.call("/chat/completions", chat("Hi", max_tokens=2000)).status == 200
        assert heard == [True]
        assert number(made, "committed") == 5 * 40 + 3 * 80


def test_an_item_that_is_none_of_a_ledgers_is_refused(authority: Authority) -> None:
    with world(authority, **budget(tokens=100_000)) as made:
        month = time.strftime("%Y-%m", time.gmtime())
        made.memory.items[month] = {"id": {"S": month}, "committed": {"N": "0"}, "t:abc": {"N": "1"}}
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert not protocol.readable(made.memory.items[month])


def test_a_tier_is_not_left_out_for_a_dearer_one(authority: Authority) -> None:
    """What is reserved is flex's, half of what the default tier costs."""
    error = {"error": {"code": "unsupported_parameter", "param": "service_tier", "message": "not supported"}}
    with world(authority, CLOISTER_TIERS="default,flex,priority", **budget(month=10**9)) as made:

        def model(peer: Peer, request: Request) -> None:
            if "service_tier" in json.loads(request.body):
                peer.reply(json.dumps(error).encode(), "400 Bad Request")
                return
            peer.reply(json.dumps(chat_answer("Hi")).encode())

        made.mantle = model
        for _ in range(2):
            said = made.call("/chat/completions", chat("Hi", max_tokens=10, service_tier="flex"))
            assert (said.status, said.error["param"]) == (400, "service_tier")
        assert not [prompt for prompt in made.prompts if "service_tier" not in prompt]
        assert number(made, "committed") == 0
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200, "which is the default tier's"
