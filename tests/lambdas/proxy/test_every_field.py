"""Guarantees: no field is a way round. Driven by the rules of the fields: a new one is guarded, or fails here.

Every rule of every kind of object is given texts in whatever forms it takes. What of them goes upstream, as a value or
as a key, the guardrail has been shown, or else they are of the few words that say nothing (`SILENT`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from lambdas.proxy.core import catalogue
from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.openai import chat, responses, tools
from lambdas.proxy.request.check import anything

from .world import BIG, catalogue_json

MODEL = catalogue.read(catalogue_json())[BIG]
#: What a caller might want to carry; words of it can pass as an id.
TEXT = "said7731"
SPACED = f"{TEXT} aloud"
#: Fields that go upstream and are not shown: an id of a call or an item, which the model never sees.
SILENT = ("id", "call_id", "tool_call_id")
#: Every form in which a field may take a text.
VALUES: tuple[Any, ...] = (
    *(
        TEXT,
        SPACED,
        [TEXT],
        [SPACED],
        {TEXT: TEXT},
        {SPACED: 1},
        {"type": TEXT},
        {"name": TEXT},
        {TEXT: {TEXT: [TEXT]}},
    ),
    *({"type": "text", "text": SPACED}, [{"type": "text", "text": SPACED}], [{"type": "input_text", "text": SPACED}]),
    *(
        {"effort": SPACED},
        {"summary": SPACED},
        {"verbosity": SPACED},
        {"include_usage": SPACED},
        {"77312": 1, SPACED: 1},
    ),
    {"type": "json_schema", "name": TEXT, "description": SPACED, "schema": {SPACED: {SPACED: [SPACED]}}},
    {"type": "json_schema", "json_schema": {"name": TEXT, "description": SPACED, "schema": {SPACED: SPACED}}},
    {"type": "function", "function": {"name": TEXT}},
    {"type": "allowed_tools", "mode": TEXT, "tools": [{"name": TEXT}]},
)

CHAT: dict[str, Any] = {
    "model": BIG,
    "messages": [{"role": "user", "content": "x"}],
    "tools": [{"type": "function", "function": {"name": "f"}}],
}
ASK: dict[str, Any] = {"model": BIG, "input": "x", "tools": [{"type": "function", "name": "f"}]}
CALL: dict[str, Any] = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def message(role: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    held = {"tool": {"tool_call_id": "c1"}}.get(role, {})
    return lambda fields: {**CHAT, "messages": [{"role": role, "content": "x", **held, **fields}]}


def item(base: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda fields: {**ASK, "input": [{**base, **fields}]}


def part(kind: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda fields: message("user")({"content": [{"type": kind, "text": "x", **fields}]})


#: The rules of each kind of object, and a request that holds one with some fields set.
RULES: dict[str, tuple[Mapping[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "chat": (chat._KNOWN, lambda fields: {**CHAT, **fields}),
    **{f"message of {role}": (rules, message(role)) for role, rules in chat._ROLES.items()},
    "call": (chat._CALL, lambda fields: message("assistant")({"tool_calls": [{**CALL, **fields}]})),
    "function called": (
        {"name": tools.name, "arguments": tools.arguments},
        lambda fields: message("assistant")({"tool_calls": [{**CALL, "function": {"name": "f", **fields}}]}),
    ),
    "tool": (
        tools._FUNCTION,
        lambda fields: {**CHAT, "tools": [{"type": "function", "function": {"name": "f", **fields}}]},
    ),
    "part": ({"text": tools.arguments, "type": tools.arguments}, part("text")),
    "responses": (responses._KNOWN, lambda fields: {**ASK, **fields}),
    "message": (responses._MESSAGE, item({"type": "message", "role": "user", "content": "x"})),
    "message of a model": (responses._MESSAGE, item({"type": "message", "role": "assistant", "content": "x"})),
    "function_call": (responses._CALL, item({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"})),
    "function_call_output": (responses._RESULT, item({"type": "function_call_output", "call_id": "c", "output": "x"})),
}


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of what is sent, keys too, each with the field that it stands in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield name, key
            yield from texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)
    elif isinstance(value, str):
        yield name, value


def unseen(body: dict[str, Any]) -> list[str] | None:
    """The fields whose texts go upstream unseen; None if the request is refused."""
    adapter = responses if "input" in body else chat
    try:
        made = adapter.prepare(copy.deepcopy(body), MODEL, "default")
    except ProxyError:
        return None
    shown = "\n".join(slot.text for slot in made.slots)
    sent = json.loads(json.dumps(made.body))
    return [name for name, text in texts(sent) if TEXT in text and name not in SILENT and text not in shown]


@pytest.mark.parametrize("kind", RULES)
def test_every_field_is_guarded_or_refused(kind: str) -> None:
    rules, request = RULES[kind]
    for field in rules:
        for value in VALUES:
            assert not unseen(request({field: value})), f"{kind}: {field} carries a text past the guardrail: {value}"


def test_a_field_that_nobody_knows_goes_nowhere() -> None:
    for _, request in RULES.values():
        body = request({"brand_new": SPACED})
        assert unseen(body) in (None, []), body


def test_a_field_that_were_passed_on_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "_KNOWN", {**chat._KNOWN, "brand_new": anything})
    monkeypatch.setattr(chat, "_SENT", (*chat._SENT, "brand_new"))
    assert unseen({**CHAT, "brand_new": {SPACED: 1}}) == ["brand_new"]


@pytest.mark.parametrize("bias", [{"4111111111": 1}, {"007": 1}, {SPACED: 1}, {"1": "x"}, {"1": 101}, {"\u0661": 1}])
def test_a_bias_is_of_tokens_that_there_are(bias: dict[str, Any]) -> None:
    assert unseen({**CHAT, "logit_bias": bias}) is None
    assert unseen({**CHAT, "logit_bias": {"262143": -100, "0": 5}}) == []


def test_an_id_that_says_something_is_replaced() -> None:
    for id in (SPACED, f"{TEXT}@b.com", "x" * 80):
        body = message("assistant")({"tool_calls": [{**CALL, "id": id}]})
        made = chat.prepare(body, MODEL, "default")
        assert TEXT not in json.dumps(made.body)
