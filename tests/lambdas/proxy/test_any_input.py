"""Guarantees: whatever a client or the endpoint sends, the outcome is an answer or one of the proxy's own errors."""

from __future__ import annotations

import copy
import doctest
import importlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.proxy.core import catalogue
from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.core.team import Team
from lambdas.proxy.http.sse import Reader
from lambdas.proxy.openai import chat, responses
from lambdas.proxy.release.outbox import Outbox
from lambdas.proxy.release.verdict import BlockedError, Verdict
from lambdas.proxy.request import check, event, policy
from lambdas.proxy.request.prepared import Prepared
from lambdas.proxy.request.splice import Body

from .test_guarding import everywhere
from .world import (
    ENVIRONMENT,
    ask,
    catalogue_json,
    chat_answer,
    chat_events,
    message_item,
    response_answer,
    response_events,
)
from .world import chat as chat_request

MODELS = catalogue.read(catalogue_json())
TEAM = Team(ENVIRONMENT)
CHAT, ASK, _ = everywhere()
ADAPTERS: dict[str, Any] = {"chat.completions": chat, "responses": responses}
CALL = {"type": "function_call", "id": "f", "call_id": "c", "name": "f", "arguments": "{}", "status": "completed"}

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["function", "text", "message", "auto", "assistant", "\ud800", "reasoning"]),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every node of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [found for key, item in inner for found in places(item, (*path, key))]


@st.composite
def mutants(draw: st.DrawFn, *originals: Any) -> Any:
    """One of the originals with a node or two replaced or taken out."""
    made = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(made)))
        if not path:
            continue
        holder = made
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()) or not isinstance(holder, dict):
            holder[path[-1]] = draw(values)
        else:
            del holder[path[-1]]
    return made


def prepare(name: str, raw: bytes) -> Prepared:
    body = check.parse(Body(raw), 10**6)
    policy.no_guardrail_of_their_own({}, body)
    model = policy.model(body, name, TEAM, MODELS)
    prepared: Prepared = ADAPTERS[name].prepare(body, model, policy.tier(body, model, TEAM))
    return prepared


@given(mutants(CHAT), mutants(ASK))
@settings(max_examples=300)
def test_any_request_is_taken_or_refused(chatted: Any, asked: Any) -> None:
    for name, body in (("chat.completions", chatted), ("responses", asked)):
        try:
            prepared = prepare(name, json.dumps(body).encode())
        except ProxyError as error:
            assert 400 <= error.status < 500
            json.loads(error.body())
        else:
            json.dumps(prepared.body, ensure_ascii=False, allow_nan=False).encode()
            assert all(isinstance(slot.text, str) for slot in prepared.slots)


@given(st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_event_or_refused(raw: bytes) -> None:
    for read in (event.read, lambda body: check.parse(Body(body), 1000)):
        try:
            read(raw)
        except ProxyError as error:
            assert error.status in (400, 413)


PREPARED = {
    "chat.completions": prepare("chat.completions", json.dumps(chat_request(stream=True)).encode()),
    "responses": prepare("responses", json.dumps(ask(stream=True)).encode()),
}
WHOLE = {
    "chat.completions": chat_answer(
        "x", tool_calls=[{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    ),
    "responses": response_answer(
        message_item("x"),
        CALL,
        {"type": "reasoning", "id": "r", "summary": [], "content": [{"type": "reasoning_text", "text": "y"}]},
    ),
}


@pytest.mark.parametrize("name", ADAPTERS)
@given(data=st.data())
def test_any_answer_is_taken_or_an_error(name: str, data: st.DataObject) -> None:
    answer = json.loads(json.dumps(data.draw(mutants(WHOLE[name]))))
    try:
        whole = ADAPTERS[name].Whole(answer, PREPARED[name])
    except ProxyError as error:
        assert error.status == 502
    else:
        assert all(isinstance(slot.text, str) for slot in whole.slots)
        json.dumps(whole.body(), ensure_ascii=False, allow_nan=False).encode()


def _events(pieces: list[bytes]) -> list[Any]:
    found = [event for piece in pieces for event in Reader().feed(piece)]
    return [json.loads(event) for event in found if event != b"[DONE]"]


STREAMS = {
    "chat.completions": [_events(chat_events(["Hello ", "world"]))],
    "responses": [_events(response_events(message_item("Hello world"), CALL))],
}


@pytest.mark.parametrize("name", ADAPTERS)
@given(data=st.data())
def test_any_events_are_relayed_or_an_error(name: str, data: st.DataObject) -> None:
    out = Outbox()
    events = ADAPTERS[name].Events(PREPARED[name], out)
    raw = b""
    try:
        for item in data.draw(mutants(*STREAMS[name])):
            events.take(json.dumps(item).encode())
            raw += out.take()
        events.end()
        while shown := out.due(0.0):
            out.settle(Verdict(None, [None] * len(shown)))
        raw += out.take()
        assert out.empty
    except ProxyError as error:
        raw += events.failed(error)
    except BlockedError as blocked:
        raw += events.blocked(blocked.message)
    assert raw.decode().endswith("\n\n")


@pytest.mark.parametrize(
    "name",
    [
        "core.errors",
        "core.usage",
        "openai.front",
        "openai.schema",
        "openai.structured",
        "openai.tools",
        "release.masks",
        "release.windows",
        "request.ids",
        "request.splice",
        "services.backoff",
        "services.rejection",
        "services.together",
    ],
)
def test_the_examples_in_the_documentation_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lambdas.proxy.{name}"))
    assert result.attempted
    assert not result.failed
