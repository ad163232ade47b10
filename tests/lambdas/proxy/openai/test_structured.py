"""Guarantees: who asks for JSON gets the JSON that was asked for, guarded as its reader reads it, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core.errors import StructuredOutputError
from lambdas.proxy.openai import structured
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


def test_a_place_in_the_message_holds_nothing_of_the_answer() -> None:
    loose = {"type": "object", "additionalProperties": {"type": "integer"}}
    with pytest.raises(StructuredOutputError) as caught:
        structured.check('{"secret words": "x"}', {"schema": loose})
    assert "$.*" in caught.value.message
    assert "secret" not in caught.value.message
