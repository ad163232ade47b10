"""What a request has cost stands in its record, to the last nano-USD, and whether anybody counted it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core import catalogue
from lambdas.proxy.core.money import Prices
from lambdas.proxy.ledger import costs
from lambdas.proxy.request.prepared import Prepared

from ..support.authority import Authority
from ..world import BIG, Collected, World, answering, catalogue_json, chat, chat_answer, chat_events, streaming, world

PRICES: dict[str, Any] = {
    "models": {BIG: {"default": [140_000, 400_000], "flex": [70_000, 200_000]}},
    "guardrail": {"content": 150_000, "words": 0, "pii": 100_000, "images": 750_000},
}
MODELS = catalogue.read(catalogue_json())


@pytest.fixture
def priced(authority: Authority) -> Iterator[World]:
    with world(authority, CLOISTER_PRICES=PRICES) as made:
        yield made


def test_counted_tokens_are_charged_as_they_were_counted(priced: World) -> None:
    priced.call("/chat/completions", chat("Hi"))
    # 5 tokens in and 3 out; the guardrail of the tests charges its list of words alone, which is free.
    assert priced.record["usd"] == {"model": (5 * 140 + 3 * 400) / 1e9, "guardrail": 0.0}
    assert priced.record["usage"] == "counted"


def test_the_tier_that_served_is_the_tier_that_is_charged(priced: World) -> None:
    priced.mantle = answering(chat_answer() | {"service_tier": "flex"})
    priced.call("/chat/completions", chat("Hi"))
    assert priced.record["usd"]["model"] == (5 * 70 + 3 * 200) / 1e9


def test_what_nobody_counted_is_estimated_and_says_so(priced: World) -> None:
    answer = chat_answer("x" * 300)
    del answer["usage"]
    priced.mantle = answering(answer)
    priced.call("/chat/completions", chat("y" * 300))
    assert priced.record["usage"] == "estimated"
    sent, came = json.dumps(chat("y" * 300)), json.dumps(answer)
    expected = len(sent) // 3 * 140 + len(came) // 3 * 400
    assert priced.record["usd"]["model"] == expected / 1e9


def test_a_stream_that_its_client_left_is_estimated_by_what_had_come(priced: World) -> None:
    priced.mantle = streaming(*chat_events(["word "] * 40)[:30], pause=0.01)
    priced.call("/chat/completions", chat("Hi", stream=True), reply=Collected(leave_after=0))
    assert priced.record["error"] == "client_closed"
    assert priced.record["usage"] == "estimated"
    assert priced.record["usd"]["model"] > 0


def test_a_blocked_prompt_costs_its_guarding_alone(priced: World) -> None:
    priced.guardrail = lambda peer, _: peer.reply(
        json.dumps(
            {
                "usage": {"contentPolicyUnits": 2, "sensitiveInformationPolicyUnits": 2, "wordPolicyUnits": 2},
                "action": "GUARDRAIL_INTERVENED",
                "outputs": [{"text": "no"}],
                "assessments": [{"wordPolicy": {"customWords": [{"match": "x", "action": "BLOCKED"}]}}],
            }
        ).encode()
    )
    assert priced.call("/chat/completions", chat("Hi")).status == 400
    assert priced.record["usd"] == {"model": 0.0, "guardrail": 2 * (150_000 + 100_000) / 1e9}
    assert priced.record["usage"] is None


def test_a_price_that_is_not_known_is_not_nothing(authority: Authority) -> None:
    with world(authority) as without:
        without.call("/chat/completions", chat("Hi"))
        assert without.record["usd"] == {"model": None, "guardrail": None}
        assert without.record["usage"] == "counted"


@given(
    text=st.text(max_size=400),
    messages=st.integers(1, 30),
    limit=st.none() | st.integers(1, 300_000),
    tokens=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_the_worst_case_is_not_below_what_can_happen(
    text: str, messages: int, limit: int | None, tokens: tuple[float, float]
) -> None:
    body = {"messages": [{"role": "user", "content": text}] * messages}
    made = Prepared(MODELS[BIG], "default")
    made.size = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    made.body = {} if limit is None else {"max_tokens": limit}
    window = made.model.context_window
    # Whatever the tokens are: no more than the bytes of the texts, with the four of each message's marks; no more than
    # the limit; both together within the window.
    output = int(min(limit or window, window) * tokens[0])
    most = sum(len(text.encode("utf-8", "surrogatepass")) + 4 for _ in range(messages))
    input = int(min(most, window - output) * tokens[1])
    prices = Prices(PRICES)
    reserved = prices.tokens(BIG, "default", *costs.tokens(made))
    taken = prices.tokens(BIG, "default", input, output)
    assert reserved is not None and taken is not None and taken <= reserved
