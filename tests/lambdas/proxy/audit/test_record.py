"""Guarantees: a failed request is counted once, as the one whose it is; what the guardrail blocked has not failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.proxy.request.event import read

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import FORBIDDEN, OTHER, World, answering, chat, chat_answer, world

CAUSES = ("CallerErrors", "LimitErrors", "GuardrailErrors", "UpstreamErrors", "ProxyErrors")


def refusing(status: str, body: bytes = b"{}") -> Callable[[Peer, Request], None]:
    return lambda peer, _: peer.reply(body, status=status)


def no_guardrail(here: World) -> None:
    here.guardrail = refusing("400 Bad Request")


def model(status: str, body: bytes = b"{}") -> Callable[[World], None]:
    def change(here: World) -> None:
        here.mantle = refusing(status, body)

    return change


@pytest.mark.parametrize(
    ("body", "change", "status", "counted"),
    [
        (chat("Hi"), None, 200, None),
        (chat(FORBIDDEN), None, 400, None),
        (chat("Hi", top_k=1), None, 400, "CallerErrors"),
        (chat("Hi") | {"model": OTHER}, None, 403, "LimitErrors"),
        (chat("Hi"), no_guardrail, 424, "GuardrailErrors"),
        (chat("Hi"), model("500 Oops"), 500, "UpstreamErrors"),
        (chat("Hi"), model("429 Too Many Requests"), 429, "UpstreamErrors"),
        (chat("Hi"), model("403 Forbidden"), 502, "ProxyErrors"),
        (chat("Hi"), model("404 Not Found"), 404, "CallerErrors"),
    ],
)
def test_a_failed_request_is_counted_as_whose_it_is(
    authority: Authority,
    body: dict[str, Any],
    change: Callable[[World], None] | None,
    status: int,
    counted: str | None,
) -> None:
    with world(authority) as here:
        here.mantle = answering(chat_answer())
        if change is not None:
            change(here)
        assert here.call("/chat/completions", body).status == status
        record = here.record
    assert [name for name in CAUSES if name in record] == ([counted] if counted else [])
    assert record["cause"] == (counted.removesuffix("Errors").lower() if counted else None)
    assert record.get("Throttles", 0) == int(status == 429)
    blocks = record["_aws"]["CloudWatchMetrics"]
    metrics = {metric["Name"] for block in blocks for metric in block["Metrics"]}
    assert metrics == {name for name in record if name[0].isupper()}, "each metric that is declared has its value"


def test_a_name_that_stands_with_null_is_not_asked_for(authority: Authority) -> None:
    with world(authority) as here:
        assert here.call("/chat/completions", chat("Hi", user=None, my_secret_thought=None, top_p=1)).status == 200
        assert here.record["request"]["asked"] == ["messages", "model", "top_p"]


@pytest.mark.parametrize("id", ["tell-nobody-that-we-buy-them", "c6af9ac6-7b61-11e6-9a41-93e8deadbee", 7, None])
def test_an_id_that_a_client_has_chosen_is_not_written_down(id: object) -> None:
    event = {"httpMethod": "GET", "path": "/health", "headers": {}, "requestContext": {"requestId": id}}
    assert read(json.dumps(event).encode()).id is None


@pytest.mark.parametrize(
    ("id", "read_as"),
    [
        ("JKJaXmPLvHcESHA=", "JKJaXmPLvHcESHA="),
        ("-KJaXmPLvHcE_HA=", "-KJaXmPLvHcE_HA="),
        ("tell-nobody-that-we-buy-them", None),
        ("a b=", None),
        ("x" * 64 + "=", None),
        (7, None),
    ],
)
def test_api_gateways_own_id_has_its_form(id: object, read_as: str | None) -> None:
    event = {"httpMethod": "GET", "path": "/health", "headers": {}, "requestContext": {"extendedRequestId": id}}
    assert read(json.dumps(event).encode()).extended == read_as
