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
from lambdas.proxy.openai.front import Front

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


FRONTS = {
    "a fence": "```json\n{}\n```",
    "a fence without a word": "```\n{}\n```\nDone.",
    "a fence of one line": "```json {} ```",
    "a fence in another": "~~~JSON\r\n{}",
    "a byte order mark": "\ufeff{}",
    "a mark in a fence": "```json\n\ufeff {}```",
    "a thought": "<|channel>thought\nIt is {{1: 2}}, hm<channel|>{}",
    "an empty thought": "<|channel>thought\n<channel|>\n{}",
    "two thoughts and a fence": "<think>a</think>\n<think></think>```json\n{}```",
    "a thought that was opened elsewhere": "It is {{1: 2}}.</think>\n\n{}",
    "words before a fence": "Here you are:\n\n```json\n{}\n```\nI hope this helps.",
    "channels": "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{}",
}


@everywhere
@pytest.mark.parametrize("name", FRONTS)
def test_what_stands_before_the_object_is_taken_away(here: World, route: str, stream: bool, name: str) -> None:
    reply, text = answer(
        here, route, FRONTS[name].replace("{}", GOOD).replace("{{", "{").replace("}}", "}"), stream=stream
    )
    assert reply.status == 200
    assert text == GOOD
    assert "hm" not in here.guarded


@given(
    st.text(st.sampled_from('a {}[]"`~\n<|channel>think/\ufeff'), max_size=60), st.lists(st.integers(0, 60), max_size=6)
)
def test_whatever_the_pieces_the_same_is_taken_away(text: str, cuts: list[int]) -> None:
    whole = Front()
    wanted = whole.feed(text) + whole.rest()
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    front = Front()
    assert "".join(front.feed(text[a:b]) for a, b in pairwise(edges)) + front.rest() == wanted
    assert text.endswith(wanted)


@pytest.mark.parametrize("piece", ["`", "a", " ", "<think>", "\n```", "<|channel", "```json\n"])
def test_no_front_takes_long(piece: str) -> None:
    front, looked = Front(), 0
    for _ in range(20_000):
        front.feed(piece)
        looked = max(looked, len(front._held) + len(front._tail))
    assert looked <= 300, "what is looked at again is bounded"


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
        assert reply.status == 422
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
    assert here.call("/chat/completions", asked).status == 422


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
        assert here.call("/chat/completions", chat(**FORMAT)).status == 422
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


DEEP = "[" * 950 + "]" * 950
#: A caller's schema, and an answer to it.
HARMFUL: dict[str, tuple[Any, str]] = {
    "an object for a type": ({"type": {"a": 1}}, '{"a":1}'),
    "an object among types": ({"type": [{}]}, '{"a":1}'),
    "an index of many digits": ({"$ref": "#/allOf/" + "1" * 5000, "allOf": [{}]}, '{"a":1}'),
    "deep answers, all different": ({"uniqueItems": True}, f"[{DEEP},{DEEP}]"),
    "a deep answer of an enum": ({"enum": [[1], [[1]]]}, DEEP),
    "lists where names are": ({"required": [[1]], "dependentRequired": {"a": [[1], {}]}}, '{"a":1}'),
    "words for bounds": ({"minimum": "x", "maxProperties": [], "multipleOf": {}}, '{"a":1}'),
    "objects for lists": ({"anyOf": {}, "allOf": 1, "oneOf": "x", "enum": {}, "prefixItems": 3}, '{"a":1}'),
    "a reference to itself": ({"$ref": "#/$ref"}, '{"a":1}'),
}


@everywhere
@pytest.mark.parametrize("name", HARMFUL)
def test_a_schema_that_a_caller_writes_crashes_nothing(here: World, route: str, stream: bool, name: str) -> None:
    found, text = HARMFUL[name]
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": found}}
    if route == "chat":
        here.mantle = streaming(*chat_events([text])) if stream else answering(chat_answer(text))
        reply = here.call("/chat/completions", chat(response_format=form, stream=stream))
    else:
        item = message_item(text)
        here.mantle = streaming(*response_events(item, cut=999)) if stream else answering(response_answer(item))
        flat = {"type": "json_schema", "name": "a", "schema": found}
        reply = here.call("/responses", ask(text={"format": flat}, stream=stream))
    assert reply.status in (200, 422)
    assert here.record["error"] in (None, "structured_output_mismatch")


MANY = [{"x": number} for number in range(60_000)]
HEAVY: dict[str, Any] = {
    "values": {"enum": MANY[:30_000]},
    "names": {"required": [str(number) for number in range(30_000)]},
    "types": {"type": ["string"] * 30_000},
    "dependent names": {"dependentRequired": {"a": [str(number) for number in range(30_000)]}},
    "a long reference": {"$ref": "#" + "/a" * 30_000},
    "fields": {str(number): 1 for number in range(30_000)},
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_schema_that_is_too_large_is_refused_before_the_model_is_paid(here: World, name: str) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": HEAVY[name]}}
    reply = here.call("/chat/completions", chat(response_format=form))
    assert (reply.status, reply.error["code"]) == (400, "schema_too_large")
    flat = {"type": "json_schema", "name": "a", "schema": HEAVY[name]}
    assert here.call("/responses", ask(text={"format": flat})).error["param"] == "text.format.schema"
    assert not here.server.requests


@pytest.mark.parametrize("name", HEAVY)
def test_every_entry_that_is_looked_at_is_a_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []

    class Counting(schema._Judge):
        def _count(self, steps: int) -> None:
            counted.append(steps)
            super()._count(steps)

    monkeypatch.setattr(schema, "_Judge", Counting)
    value = [{"a": 1}] * 1_000
    schema.mismatch(value, {"items": HEAVY[name], "a": {}})
    assert sum(counted) >= 3_000
    assert len(counted) < 200_000


def test_the_place_of_a_mismatch_is_written_once(here: World) -> None:
    long = "n" * 5_000
    found: Any = {"type": "integer"}
    value: Any = "x"
    for _ in range(50):
        found, value = {"properties": {long: found}}, {long: value}
    place = schema.mismatch(value, found)
    assert place is not None
    assert len(place[0]) == 50 * 5_001 + 1


def test_a_place_in_the_message_holds_nothing_of_the_answer() -> None:
    loose = {"type": "object", "additionalProperties": {"type": "integer"}}
    with pytest.raises(StructuredOutputError) as caught:
        structured.check('{"secret words": "x"}', {"schema": loose})
    assert "$.*" in caught.value.message
    assert "secret" not in caught.value.message
