"""Guarantees: what a caller writes, wherever it writes it, reaches its own answer, the model and the guardrail alone.

Requests come from the route table and the rules for fields (:mod:`rules`); what is looked for, and in which forms, is
in ``tests/canary.py``; what a text may reach, in ``docs/canary.md``.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.proxy import routes
from lambdas.proxy.core import catalogue
from lambdas.proxy.openai import chat
from lambdas.proxy.openai.adapter import Adapter
from lambdas.proxy.request import check
from lambdas.proxy.request.prepared import Prepared
from tests.canary import Canary

from ..support.authority import Authority
from ..support.faults import asked, pieces
from ..support.tls_server import Handler, Peer, Request
from ..world import BIG, catalogue_json
from .places import places, put
from .rules import Tried, Walk, image, listening
from .watch import CANARIES, ID, PRINCIPAL, Watched, watched

MODEL = catalogue.read(catalogue_json())[BIG]
#: Every how many requests of the walk one is made by the whole way, of those that the rules refuse: they end alike.
SAMPLE = 7


def saying(text: str) -> Handler:
    """A model that answers every kind of request with a text."""

    def handle(peer: Peer, request: Request) -> None:
        peer.reply(b"".join(pieces(asked(request), text)), headers="content-type: text/event-stream\r\n")

    return handle


def walked(monkeypatch: pytest.MonkeyPatch, route: routes.Route) -> list[Tried]:
    """The requests that the rules of a route give."""
    assert route.adapter is not None
    with listening(monkeypatch) as seen:
        return list(Walk(route.adapter, MODEL, CANARIES[0], seen).requests())


def turned(value: Any, canary: Canary) -> Any:
    """A value with another turn's canary in the place of the first's."""
    first = CANARIES[0]
    written = json.dumps(value)
    for old, new in (
        (json.dumps(json.dumps(first.text))[1:-1], json.dumps(json.dumps(canary.text))[1:-1]),
        (json.dumps(first.text)[1:-1], json.dumps(canary.text)[1:-1]),
        (image(first), image(canary)),
        (first.word, canary.word),
    ):
        written = written.replace(old, new)
    return json.loads(written)


def made(one: Watched, route: routes.Route, tried: list[Tried]) -> None:
    """Make requests by the whole way, every other one streamed."""
    for at, each in enumerate(tried):
        if each.refused is not None and at % SAMPLE:
            continue
        canary = one.next()
        one.here.mantle = saying(f"{canary.text} {canary.word}")
        body = turned(each.body, canary)
        one.call(route.method, route.path, body | {"stream": True} if at % 2 and "stream" not in body else body)


GUARDED = [route for route in routes.ROUTES if route.adapter is not None]


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_no_field_carries_a_text_anywhere_else(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, route: routes.Route
) -> None:
    tried = walked(monkeypatch, route)
    assert len({each.place for each in tried}) > 60
    with watched(authority, CLOISTER_BUDGET=None) as one:  # what its ledger is told is seen in the other tests
        made(one, route, tried)
        assert one.leaks() == []
        served = [line for line in one.lines() if line["record"] == "inference"]
    assert len(served) == one.asked
    assert sum(line["status"] == 200 for line in served) > 150, "most that the rules take is answered"


def test_a_field_that_is_new_is_walked_without_anybodys_thinking_of_it(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(value: Any, path: str) -> Any:
        print(value)  # noqa: T201  # what no rule may do
        return value

    monkeypatch.setattr(chat, "_KNOWN", {**chat._KNOWN, "brand_new": leaking})
    tried = [each for each in walked(monkeypatch, GUARDED[0]) if each.place == "brand_new"]
    assert tried
    with watched(authority) as one:
        made(one, GUARDED[0], tried)
        assert {found.place for found in one.leaks()} == {"log"}


def test_a_route_that_is_new_is_walked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(body: dict[str, Any], model: Any, tier: str) -> Prepared:
        found = check.fields(body, {"model": check.string, "poem": check.mapping, "verse": check.array})
        check.kept(check.require(found, "poem"), {"line": check.string}, "poem", {})
        return Prepared(model, tier)

    monkeypatch.setattr(routes, "ROUTES", (*routes.ROUTES, routes.Route("poems", "POST", "/poems", adapter=Adapter(
        "/poems", prepare, chat.Whole, chat.Events))))  # fmt: skip
    tried = walked(monkeypatch, routes.ROUTES[-1])
    assert {"poem", "poem.line", "verse", "model"} <= {each.place for each in tried}
    taken = [each.body for each in tried if each.place == "poem.line" and each.refused is None]
    assert CANARIES[0].text in {body["poem"]["line"] for body in taken}


#: An event with everything that API Gateway puts into one.
EVENT: dict[str, Any] = {
    "resource": "/{proxy+}",
    "path": "",
    "httpMethod": "",
    "headers": {
        **{"Accept": "*/*", "Authorization": "Bearer x", "Content-Type": "application/json", "Host": "h"},
        **{"User-Agent": "u", "X-Amzn-Trace-Id": "Root=1", "X-Forwarded-For": "10.0.0.1", "X-Request-Id": "x"},
        **{"Content-Encoding": "identity", "Cookie": "c", "Idempotency-Key": "i", "OpenAI-Project": "p"},
        **{"OpenAI-Organization": "o", "X-Amzn-Bedrock-GuardrailIdentifier": "g"},
    },
    "multiValueHeaders": {"Accept": ["*/*"]},
    "queryStringParameters": {"a": "b"},
    "multiValueQueryStringParameters": {"a": ["b"]},
    "pathParameters": {"proxy": "p"},
    "stageVariables": {"v": "1"},
    "requestContext": {
        **{"accountId": "1", "apiId": "a", "domainName": "d", "extendedRequestId": "e", "path": "/v1", "stage": "v1"},
        **{"requestId": ID, "requestTime": "t", "resourcePath": "/{proxy+}", "protocol": "HTTP/1.1"},
        "authorizer": {"principal": PRINCIPAL, "principalId": PRINCIPAL, "more": "m"},
        "identity": {"userArn": PRINCIPAL, "user": "u", "userAgent": "u", "sourceIp": "10.0.0.1", "vpceId": "vpce-1"},
    },
    "body": None,
    "isBase64Encoded": False,
}
#: Who calls, as AWS says it: the record has it.
SAID_BY_AWS = (("requestContext", "authorizer", "principal"), ("requestContext", "identity", "userArn"))


@pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: route.name)
def test_nothing_of_an_event_comes_out(authority: Authority, route: routes.Route) -> None:
    with watched(authority) as one:
        one.here.mantle = saying("Hello.")
        for path in places(EVENT):
            if path in SAID_BY_AWS:
                continue
            for form in ("word", "text"):
                canary = one.next()
                plain = {"model": BIG, "messages": [{"role": "user", "content": "x"}]}
                body = json.dumps({"model": BIG, "input": "x"} if route.path == "/responses" else plain)
                event = EVENT | {"httpMethod": route.method, "path": route.path.replace("{id}", canary.word)}
                event["body"] = None if route.adapter is None else body
                one.invoke(json.dumps(put(event, path, canary, getattr(canary, form))).encode())
        for address in ("/{}", "/models/{}", "/chat/completions/{}", "/{}/responses", "//{}"):
            for method in ("GET", "POST", "PUT", "{}"):
                canary = one.next()
                one.call(method.format(canary.word), address.format(canary.text), {canary.text: canary.text})
        for raw in (
            b'{"%b',
            b"%b",
            b'["%b"]',
            b'{"a": "%b", "a": 1}',
            b"\x1f\x8b%b",
            b'{"a": 1e999, "b": "%b"}',
            b'"%b"',
        ):
            canary = one.next()
            one.call("POST", "/responses", raw % canary.word.encode())
            one.call("POST", "/chat/completions", raw % canary.text.encode())
        assert one.leaks() == []
