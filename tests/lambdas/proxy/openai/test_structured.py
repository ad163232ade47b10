"""Guarantees: who asks for JSON gets the JSON that was asked for, guarded as its reader reads it, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core.errors import StructuredOutputError
from lambdas.proxy.openai import schema, structured

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import (
    BLOCKED_MESSAGE,
    World,
    answering,
    ask,
    chat,
    chat_answer,
    chat_events,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
GOOD = '{"name": "Ada", "age": 36}'
FORMAT = {"response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}}
TEXT = {"text": {"format": {"type": "json_schema", "name": "person", "schema": SCHEMA}}}
BAD = {
    "not JSON": "Here you are: " + GOOD,
    "cut short": '{"name": "Ada", "age": ',
    "a wrong type": '{"name": "Ada", "age": "36"}',
    "a property too many": '{"name": "Ada", "age": 36, "secret words": 1}',
    "nothing": "",
}


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def answer(here: World, route: str, text: str, *, stream: bool, finish: str = "stop") -> tuple[Any, str]:
    """Have the model write a text as structured output; return the reply, and the text that a client puts together."""
    pieces = [text[at : at + 5] for at in range(0, len(text), 5)]
    if route == "chat":
        value = chat_answer(text)
        value["choices"][0]["finish_reason"] = finish
        here.mantle = streaming(*chat_events(pieces, finish=finish)) if stream else answering(value)
        reply = here.call("/chat/completions", chat(stream=stream, **FORMAT))
        if reply.status != 200:
            return reply, ""
        return reply, reply.text if stream else reply.json["choices"][0]["message"]["content"]
    item = message_item(text)
    here.mantle = streaming(*response_events(item, cut=5)) if stream else answering(response_answer(item))
    reply = here.call("/responses", ask(stream=stream, **TEXT))
    if reply.status != 200:
        return reply, ""
    if stream:
        return reply, "".join(event.get("delta", "") for event in reply.events)
    return reply, reply.json["output"][0]["content"][0]["text"]


everywhere = pytest.mark.parametrize(
    ("route", "stream"), [(r, s) for r in ("chat", "responses") for s in (False, True)]
)


@everywhere
@pytest.mark.parametrize("after", ["", "}}}", "\n\nI hope that this helps!", ' {"name": 1}'])
def test_what_follows_the_object_is_cut(here: World, route: str, stream: bool, after: str) -> None:
    reply, text = answer(here, route, f"\n {GOOD}{after}", stream=stream)
    assert reply.status == 200
    assert text == GOOD
    assert here.record["error"] is None


@everywhere
@pytest.mark.parametrize("kind", BAD)
def test_an_answer_that_is_not_what_was_asked_for_is_an_error(here: World, route: str, stream: bool, kind: str) -> None:
    reply, _ = answer(here, route, BAD[kind], stream=stream)
    if stream:
        last = reply.events[-1]
        found = last["error"] if route == "chat" else reply.events[-2]
        assert route == "chat" or last["type"] == "response.failed"
        assert b"[DONE]" not in reply.body
    else:
        assert reply.status == 502
        assert reply.headers["x-should-retry"] == "false"
        found = reply.error
    assert found["code"] == "structured_output_mismatch"
    assert "secret" not in found["message"]
    assert here.record["error"] == "structured_output_mismatch"
    assert (here.record["input_tokens"], here.record["output_tokens"]) == (5, 3), "what it cost is recorded"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_was_cut_short_says_so_itself(here: World, stream: bool) -> None:
    reply, text = answer(here, "chat", BAD["cut short"], stream=stream, finish="length")
    assert reply.status == 200
    assert text == BAD["cut short"]


def test_a_call_or_a_refusal_stands_instead(here: World) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    here.mantle = answering(chat_answer(None, tool_calls=[call]))
    assert here.call("/chat/completions", chat(**FORMAT)).status == 200
    here.mantle = answering(chat_answer(None, refusal="I will not."))
    assert here.call("/chat/completions", chat(**FORMAT)).status == 200
    item = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "c",
        "name": "f",
        "arguments": "{}",
        "status": "completed",
    }
    here.mantle = streaming(*response_events(item))
    reply = here.call("/responses", ask(stream=True, **TEXT))
    assert reply.events[-1]["type"] == "response.completed"


def test_json_without_a_schema_is_an_object(here: World) -> None:
    here.mantle = answering(chat_answer('{"a": 1} and so on'))
    asked = chat(response_format={"type": "json_object"})
    assert here.call("/chat/completions", asked).json["choices"][0]["message"]["content"] == '{"a": 1}'
    here.mantle = answering(chat_answer("[1]"))
    assert here.call("/chat/completions", asked).status == 502


def test_a_team_may_have_it_asked_once_more(authority: Authority) -> None:
    with world(authority, CLOISTER_STRUCTURED_OUTPUT="retry") as here:
        texts = iter([BAD["a wrong type"], GOOD])
        here.mantle = lambda peer, request: answering(chat_answer(next(texts)))(peer, request)
        reply = here.call("/chat/completions", chat(**FORMAT))
        assert reply.json["choices"][0]["message"]["content"] == GOOD
        assert reply.headers["x-cloister-structured-output"] == "retried"
        assert here.record["upstream"]["attempts"] == 2
        assert (here.record["input_tokens"], here.record["output_tokens"]) == (10, 6), "both answers are counted"
        here.mantle = answering(chat_answer(BAD["a wrong type"]))
        assert here.call("/chat/completions", chat(**FORMAT)).status == 502
        assert len(here.prompts) == 4, "once, and no more"


@everywhere
def test_letters_behind_escapes_are_guarded(here: World, route: str, stream: bool) -> None:
    hidden = '{"name": "Project \\u004eightjar", "age": 1}'
    reply, text = answer(here, route, hidden, stream=stream)
    assert b"ightjar" not in reply.body
    assert text in ("", BLOCKED_MESSAGE)
    assert here.record["error"] == "content_filter"


@everywhere
def test_a_mask_stands_inside_of_the_json(here: World, route: str, stream: bool) -> None:
    _, text = answer(here, route, '{"name": "a@b.com", "age": 1}', stream=stream)
    assert json.loads(text) == {"name": "{EMAIL}", "age": 1}


@everywhere
def test_a_mask_that_breaks_the_json_is_a_block(here: World, route: str, stream: bool) -> None:
    healthy = here.guardrail

    def greedy(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        if body["source"] == "INPUT":
            healthy(peer, request)
            return
        entity = {"type": "AGE", "match": "36", "action": "ANONYMIZED"}
        found: dict[str, Any] = {"action": "GUARDRAIL_INTERVENED", "usage": {}}
        found["outputs"] = [{"text": block["text"]["text"].replace("36", "{AGE}")} for block in body["content"]]
        found["assessments"] = [{"sensitiveInformationPolicy": {"piiEntities": [entity], "regexes": []}}]
        peer.reply(json.dumps(found).encode())

    here.guardrail = greedy
    answer(here, route, GOOD, stream=stream)
    assert here.record["error"] == "content_filter"


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=4)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.one_of(st.lists(values, max_size=3), st.dictionaries(st.text(max_size=4), values, max_size=3)),
    st.sampled_from(["", "}", " more", ' {"a": 1}']),
    st.lists(st.integers(0, 200), max_size=8),
    st.booleans(),
)
def test_whatever_the_chunks_the_same_json_comes_out(value: Any, after: str, cuts: list[int], escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped) + after
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    cutter = structured.Cutter()
    out = "".join(cutter.feed(text[a:b]) for a, b in pairwise(edges)) + cutter.rest()
    assert json.loads(out) == value
    assert out == structured.settle(text, {})


bounds = {f"{side}{unit}": st.integers(0, 3) for side in ("min", "max") for unit in ("Length", "Items", "Properties")}
schemas = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"]),
            "enum": st.lists(values, min_size=1, max_size=2),
            "const": values,
            "minimum": st.integers(-9, 9),
            "exclusiveMaximum": st.integers(-9, 9),
            "multipleOf": st.integers(1, 3),
            "uniqueItems": st.booleans(),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "pattern": st.just("^a"),
            **bounds,
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            **{name: st.lists(inner, min_size=1, max_size=2) for name in ("anyOf", "oneOf", "allOf")},
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "$ref": st.just("#/$defs/leaf"),
            "$defs": st.fixed_dictionaries({"leaf": inner}),
        },
    ),
    max_leaves=4,
)


@given(values, schemas)
def test_a_mismatch_is_one_by_the_reference_too(value: Any, found: dict[str, Any]) -> None:
    found = {**found, "$defs": {"leaf": {"type": ["string", "object"]}}}
    mine = schema.mismatch(value, found)
    theirs = jsonschema.Draft202012Validator(found).is_valid(value)
    if mine is not None:
        assert not theirs
    elif not theirs:
        # What is not looked at here is the only excuse for not seeing it.
        assert '"pattern"' in json.dumps(found)


@pytest.mark.parametrize(
    "found",
    [
        {"$ref": "#"},
        {"$ref": "https://example.com/schema"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": 7, "minimum": "x", "required": "a", "properties": [], "enum": 3, "items": 4},
        7,
    ],
)
def test_a_schema_that_says_nothing_or_never_ends_is_no_mismatch(found: Any) -> None:
    assert schema.mismatch({"a": [1]}, found) is None


def test_a_place_in_the_message_holds_nothing_of_the_answer() -> None:
    loose = {"type": "object", "additionalProperties": {"type": "integer"}}
    with pytest.raises(StructuredOutputError) as caught:
        structured.check('{"secret words": "x"}', {"schema": loose})
    assert "$.*" in caught.value.message
    assert "secret" not in caught.value.message
