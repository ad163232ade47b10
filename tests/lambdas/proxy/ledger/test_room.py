"""What a request takes beyond what was reserved for it is reserved before it is taken, or is not taken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core.errors import BudgetSpentError, TooFastError
from lambdas.proxy.core.money import Prices
from lambdas.proxy.ledger import costs
from lambdas.proxy.ledger.received import Received
from lambdas.proxy.ledger.room import Room
from lambdas.proxy.services import backoff

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import BIG, MANTLE, SMALL, Collected, World, answering, chat, chat_answer, chat_events, streaming, world
from .test_budget import COST, number

UNIT = 200_000
PRICES: dict[str, Any] = {
    "models": {BIG: {"default": [140_000, 400_000]}},
    "guardrail": {"content": 150_000, "pii": 50_000},
}

#: The same with guarding for nothing.
FREE: dict[str, Any] = {**PRICES, "guardrail": {"content": 0, "words": 0}}


def budget(month: int, **more: Any) -> dict[str, Any]:
    return {
        "CLOISTER_PRICES": PRICES,
        "CLOISTER_BUDGET": {"month": month, **more},
        "CLOISTER_LEDGER_TABLE": "ledger",
    }


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.001)


def guarding(made: World, mask: Callable[[str], str] = lambda text: text) -> list[int]:
    """Have the guardrail charge for what it reads, and mask it; what is reserved and not yet spent, at each call."""
    seen: list[int] = []
    taken = 0

    def handle(peer: Peer, request: Request) -> None:
        nonlocal taken
        texts = [block["text"]["text"] for block in json.loads(request.body)["content"]]
        units = max(1, -(-sum(map(len, texts)) // 1000))
        taken += units * UNIT
        if json.loads(request.body)["source"] == "OUTPUT":
            seen.append(number(made, "committed") - taken)
        masked = [mask(text) for text in texts]
        found = [{"type": "NAME", "match": "Al", "action": "ANONYMIZED"}]
        said: dict[str, Any] = {
            "usage": {"contentPolicyUnits": units, "sensitiveInformationPolicyUnits": units},
            "action": "NONE",
            "outputs": [],
            "assessments": [],
        }
        if masked != texts:
            said |= {
                "action": "GUARDRAIL_INTERVENED",
                "outputs": [{"text": text} for text in masked],
                "assessments": [{"sensitiveInformationPolicy": {"piiEntities": found}}],
            }
        peer.reply(json.dumps(said).encode())

    made.guardrail = handle
    return seen


# ---- the guardrail ----


def test_what_an_answer_takes_more_of_the_guardrail_is_reserved_before_it_is_asked(authority: Authority) -> None:
    with world(authority, **budget(10**9)) as made:
        left = guarding(made)
        made.mantle = answering(chat_answer("word " * 12_000))  # for 10 tokens, 80 characters were reserved
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert len(left) > 1 and min(left) >= 0
        usd = made.record["usd"]
        assert number(made, "committed") == number(made, "spent") == COST + round(usd["guardrail"] * 1e9)
        assert number(made, "guardrail") > 60 * UNIT


def test_where_there_is_no_room_the_guardrail_is_not_asked_and_nothing_is_answered(authority: Authority) -> None:
    with world(authority, **budget(20 * UNIT)) as made:
        left = guarding(made)
        made.mantle = answering(chat_answer("word " * 12_000))
        said = made.call("/chat/completions", chat("Hi", max_tokens=10))
        assert (said.status, said.error["code"]) == (429, "insufficient_quota")
        assert "word" not in str(said.body)
        assert min(left, default=0) >= 0
        assert number(made, "committed") == number(made, "spent") <= 20 * UNIT


def test_a_stream_ends_where_there_is_no_room_for_what_comes(authority: Authority) -> None:
    with world(authority, **budget(20 * UNIT)) as made:
        left = guarding(made)
        made.mantle = streaming(*chat_events(["word " * 4000] * 5))
        said = made.call("/chat/completions", chat("Hi", max_tokens=10, stream=True))
        assert said.events[-1]["error"]["code"] == "insufficient_quota"
        assert min(left, default=0) >= 0
        assert number(made, "committed") == number(made, "spent") <= 20 * UNIT


def test_what_is_asked_instead_has_the_room_that_was_reserved_for_it(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def foreseen(_: Any, prepared: Any) -> int:
        return (50 if prepared.model.id == BIG else 4) * UNIT

    monkeypatch.setattr(costs, "guarding", foreseen)
    prices = {**PRICES, "models": {**PRICES["models"], SMALL: {"default": [40_000, 80_000]}}}
    with world(authority, **{**budget(25 * UNIT, instead=[[SMALL, None]]), "CLOISTER_PRICES": prices}) as made:
        left = guarding(made)
        made.mantle = answering(chat_answer("word " * 1200))
        said = made.call("/chat/completions", chat("Hi", max_tokens=10))
        assert (said.status, said.headers["x-cloister-budget"]) == (200, f"{SMALL}/default")
        assert left and min(left) >= 0


def test_a_check_that_was_lost_counts_as_it_may_have_been_charged(authority: Authority) -> None:
    with world(authority, **budget(10**9)) as made:
        guarding(made)
        whole, lost = made.guardrail, [True]

        def first_is_lost(peer: Peer, request: Request) -> None:
            if lost and lost.pop():
                peer.close()
                raise EOFError
            whole(peer, request)

        made.guardrail = first_is_lost
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        # Once lost, once for the prompt, once for the answer.
        assert number(made, "committed") == number(made, "spent") == COST + 3 * UNIT


def test_nothing_of_one_request_counts_as_another_at_once(authority: Authority) -> None:
    with world(authority, **budget(10**9, in_flight=1)) as made:
        guarding(made)
        made.mantle = answering(chat_answer("word " * 12_000))
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert number(made, "flying") == 0


# ---- masks in a prompt ----


def test_a_mask_that_is_longer_than_what_it_masks_is_reserved_for_before_the_model_is_called(
    authority: Authority,
) -> None:
    prompt = "Al Al Al Al Al Al " * 200
    masked = prompt.replace("Al", "{NAME}")
    with world(authority, **budget(10**9)) as made:
        guarding(made, lambda text: text.replace("Al", "{NAME}"))
        reserved: list[int] = []

        def model(peer: Peer, request: Request) -> None:
            assert masked in request.body.decode()
            reserved.append(number(made, "committed"))
            # As many tokens as the masked text has bytes, which is the most that there can be.
            usage = {"prompt_tokens": len(masked), "completion_tokens": 10}
            peer.reply(json.dumps({**chat_answer("Hi"), "usage": usage}).encode())

        made.mantle = model
        assert made.call("/chat/completions", chat(prompt, max_tokens=10)).status == 200
        (before,) = reserved
        units = -(-len(prompt) // 1000)
        assert before >= len(masked) * 140 + 10 * 400 + units * UNIT
        assert number(made, "committed") == number(made, "spent") <= before


def test_a_masked_prompt_that_there_is_no_room_for_does_not_reach_the_model(authority: Authority) -> None:
    prompt = "Al Al Al Al Al Al " * 200
    with world(authority, **budget(10**9)) as made:
        guarding(made)
        made.call("/chat/completions", chat(prompt, max_tokens=10))
        # What is reserved for it as it came, and nothing more.
        first = json.loads(next(r.body for r in made.server.requests if b"attribute_not_exists(#r)" in r.body))
        most = int(first["ExpressionAttributeValues"][":n"]["N"])
    with world(authority, **budget(most)) as made:
        guarding(made, lambda text: text.replace("Al", "{NAME}"))
        said = made.call("/chat/completions", chat(prompt, max_tokens=10))
        assert (said.status, said.error["code"]) == (429, "insufficient_quota")
        assert made.prompts == []
        assert number(made, "committed") == number(made, "spent") <= most


# ---- attempts at the model that were lost ----


def losing(times: int, then: Callable[[Peer, Request], None]) -> Callable[[Peer, Request], None]:
    """A model endpoint that breaks the connection when it has a request, so many times."""
    left = [times]

    def handle(peer: Peer, request: Request) -> None:
        if left[0]:
            left[0] -= 1
            peer.close()
            raise EOFError
        then(peer, request)

    return handle


def sent(made: World) -> int:
    """Nano-USD of a prompt, estimated."""
    return len(json.dumps(chat("Hi", max_tokens=10))) // 3 * 140


@pytest.mark.parametrize("times", [1, 2])
def test_an_attempt_that_was_lost_after_it_was_sent_is_counted_as_estimated(authority: Authority, times: int) -> None:
    with world(authority, **{**budget(10**9), "CLOISTER_PRICES": FREE}) as made:
        made.mantle = losing(times, answering(chat_answer()))
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert made.record["usage"] == "estimated"
        assert number(made, "committed") == number(made, "spent") == COST + times * sent(made)


def test_so_is_one_over_a_connection_that_was_kept(authority: Authority) -> None:
    with world(authority, **{**budget(10**9), "CLOISTER_PRICES": FREE}) as made:
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        made.mantle = losing(1, answering(chat_answer()))
        assert made.call("/chat/completions", chat("Hi", max_tokens=10)).status == 200
        assert made.record["usage"] == "estimated"
        assert number(made, "spent") == 2 * COST + sent(made)


def test_an_attempt_that_was_never_sent_is_not_counted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with world(authority, **{**budget(10**9), "CLOISTER_PRICES": FREE}) as made:

        def refused(address: tuple[str, int], *given: Any, **named: Any) -> Any:
            if address[0] == MANTLE:
                raise ConnectionRefusedError
            return made.server.connect(address, *given, **named)

        monkeypatch.setattr(made.client, "_connect", refused)
        said = made.call("/chat/completions", chat("Hi", max_tokens=10))
        assert (said.status, said.error["code"]) == (502, "upstream_connect")
        assert number(made, "committed") == number(made, "spent") == 0


def test_no_other_attempt_is_made_that_there_is_no_room_for(authority: Authority) -> None:
    # A byte is a token at the most, and the template has 64; with the answer's ten, and nothing for a second attempt.
    size = len(json.dumps(chat("Hi", max_tokens=10)))
    most = (size + 64) * 140 + 10 * 400
    with world(authority, **{**budget(most), "CLOISTER_PRICES": FREE}) as made:
        made.mantle = losing(1, answering(chat_answer()))
        said = made.call("/chat/completions", chat("Hi", max_tokens=10))
        assert (said.status, said.error["code"]) == (502, "upstream_reset")
        assert len(made.prompts) == 1
        assert number(made, "committed") == number(made, "spent") == sent(made)


# ---- a stream that its client leaves ----


def test_several_tokens_in_one_event_are_estimated_by_their_bytes(authority: Authority) -> None:
    with world(authority, **budget(10**9)) as made:
        guarding(made)
        made.mantle = streaming(*chat_events(["several words at once " * 10] * 40)[:20], pause=0.01)
        made.call("/chat/completions", chat("Hi", stream=True, max_tokens=5000), reply=Collected(leave_after=0))
        assert (made.record["error"], made.record["usage"]) == ("client_closed", "estimated")
        first = json.loads(next(r.body for r in made.server.requests if b"attribute_not_exists(#r)" in r.body))
        assert number(made, "committed") <= int(first["ExpressionAttributeValues"][":n"]["N"])
        month = time.strftime("%Y-%m", time.gmtime())
        (out,) = (int(v["N"]) for name, v in made.memory.items[month].items() if name.endswith(":out"))
        assert out >= 60, "of a single text; one an event would be 20 at the most"


@given(
    texts=st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=30),
    around=st.integers(30, 400),
)
def test_received_is_no_less_than_events_and_than_the_bytes_beyond_the_shortest(texts: list[str], around: int) -> None:
    received = Received()
    events = [b'{"delta":"' + text.encode() + b'"}' + b" " * around for text in texts]
    for event in events:
        received.take([event])
    assert received.tokens >= len(events)
    sizes = [len(text.encode()) for text in texts]
    assert received.tokens >= (sum(sizes) - len(sizes) * min(sizes)) // 3


# ---- the room ----


class Fake:
    """A reservation of which so much is left."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.reserved = 0

    def more(self, amount: int, deadline: float) -> None:
        assert deadline == 7.0
        if amount > self.left:
            raise BudgetSpentError("no room")
        self.left -= amount
        self.reserved += amount


@given(
    first=st.integers(0, 50).map(lambda units: units * UNIT),
    left=st.integers(0, 100 * UNIT),
    calls=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=40),
)
def test_whatever_is_taken_was_reserved(first: int, left: int, calls: list[tuple[int, int]]) -> None:
    fake = Fake(left)
    prices = Prices({**PRICES, "guardrail": {**PRICES["guardrail"], "images": 750_000}})
    room = Room(fake, prices, first, 7.0)  # type: ignore[arg-type]
    taken = 0
    for units, images in calls:
        amount = units * UNIT + images * 750_000
        try:
            room.guard(units, images)
        except BudgetSpentError:
            assert taken + amount > first + fake.reserved, "there was room"
            assert taken + amount - first - fake.reserved > fake.left, "there was more to be had"
        else:
            taken += amount
        assert taken <= first + fake.reserved <= first + left


def test_a_limit_of_how_fast_ends_it_as_well() -> None:
    class Slow(Fake):
        def more(self, amount: int, deadline: float) -> None:
            raise TooFastError("too fast", retry_after=1)

    with pytest.raises(TooFastError):
        Room(Slow(0), Prices(PRICES), 0, 7.0).guard(1, 0)  # type: ignore[arg-type]
