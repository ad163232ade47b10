"""Guarantees: a stream is guarded as a whole answer is, in the form that OpenAI's clients expect, however it ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from lambdas.proxy import stream
from lambdas.proxy.core.errors import DeadlineReachedError
from tests.waiting import LONG, until

from .support.authority import Authority
from .support.faults import chunked
from .support.tls_server import Peer, Request
from .world import (
    BLOCKED_MESSAGE,
    EMAIL,
    FORBIDDEN,
    Collected,
    World,
    ask,
    chat,
    chat_events,
    data,
    guard,
    message_item,
    response_events,
    streaming,
    world,
)

#: The types are those of the client that callers use.
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
LOREM = "The quick brown fox jumps over the lazy dog. " * 40


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 7, 300, 5000])
def test_a_streamed_chat_is_the_guarded_text_whatever_the_chunks(here: World, size: int) -> None:
    text = LOREM[:500] + "mail me: some@where.com " + LOREM + "or else@where.com"
    events = chat_events(cut(text, size))
    # The bytes arrive in pieces that have nothing to do with events.
    here.mantle = streaming(*(bytes(piece) for piece in _shuffled(b"".join(events), 777)))
    reply = here.call("/chat/completions", chat(stream=True))
    assert reply.text == EMAIL.sub("{EMAIL}", text)
    assert reply.body.endswith(b"data: [DONE]\n\n")
    first, *_, last = reply.events
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert not any("usage" in event for event in reply.events), "nobody asked for it"
    assert (here.record["input_tokens"], here.record["output_tokens"]) == (5, 3)
    assert here.record["guardrail"]["output"] == "masked"
    assert here.record["ttft_ms"] is not None


def _shuffled(raw: bytes, size: int) -> list[bytes]:
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def test_usage_comes_last_if_asked_for(here: World) -> None:
    here.mantle = streaming(*chat_events(["Hello."]))
    reply = here.call("/chat/completions", chat(stream=True, stream_options={"include_usage": True}))
    assert reply.events[-1]["choices"] == []
    assert reply.events[-1]["usage"]["total_tokens"] == 8
    assert all(event["usage"] is None for event in reply.events[:-1])
    assert here.prompts[0]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("before", [0, 100, 1000])
def test_a_forbidden_word_ends_a_chat_stream_and_nothing_of_its_window_comes_out(here: World, before: int) -> None:
    text = LOREM[:before] + FORBIDDEN + LOREM
    here.mantle = streaming(*chat_events(cut(text, 9)))
    reply = here.call("/chat/completions", chat(stream=True))
    last = reply.events[-1]["choices"][0]
    assert (last["finish_reason"], last["delta"]) == ("content_filter", {})
    assert reply.body.endswith(b"data: [DONE]\n\n")
    if reply.text != BLOCKED_MESSAGE:
        assert text[:before].startswith(reply.text)
    assert "Nightjar" not in reply.text
    assert (here.record["error"], here.record["guardrail"]["output"]) == ("content_filter", "blocked")


def test_tool_calls_are_buffered_guarded_and_released_whole(here: World) -> None:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    pieces: list[dict[str, Any]] = [
        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "send", "arguments": ""}},
        *({"index": 0, "function": {"arguments": piece}} for piece in cut('{"to": "some@where.com"}', 3)),
    ]
    chunks = [
        {**head, "choices": [{"index": 0, "delta": {"tool_calls": [piece]}, "finish_reason": None}]} for piece in pieces
    ]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    here.mantle = streaming(*map(data, chunks), b"data: [DONE]\n\n")
    reply = here.call("/chat/completions", chat(stream=True))
    calls = [event["choices"][0]["delta"].get("tool_calls") for event in reply.events if event["choices"]]
    (call,) = [found for found in calls if found]
    assert call == [
        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "send", "arguments": '{"to": "{EMAIL}"}'}}
    ]
    assert reply.events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_arguments_that_a_mask_would_break_end_the_stream(here: World) -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "status": "completed"}
    here.mantle = streaming(*response_events({**call, "arguments": '{"a":1}'}))
    healthy = here.guardrail

    def greedy(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        if body["source"] == "INPUT":
            healthy(peer, request)
            return
        texts = [block["text"]["text"].replace("1", "{PHONE}") for block in body["content"]]
        entity = {"type": "PHONE", "match": "1", "action": "ANONYMIZED"}
        answer = {
            "action": "GUARDRAIL_INTERVENED",
            "outputs": [{"text": text} for text in texts],
            "usage": {},
            "assessments": [{"sensitiveInformationPolicy": {"piiEntities": [entity], "regexes": []}}],
        }
        peer.reply(json.dumps(answer).encode())

    here.guardrail = greedy
    reply = here.call("/responses", ask(stream=True))
    assert reply.events[-1]["type"] == "response.incomplete"
    assert b"function_call" not in reply.body


ITEMS: list[dict[str, Any]] = [
    {"type": "reasoning", "id": "rs_1", "summary": [],
     "content": [{"type": "reasoning_text", "text": "They are some@where.com. " + LOREM}]},
    message_item("I wrote to some@where.com. " + LOREM),
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "send", "status": "completed",
     "arguments": '{"to": "some@where.com"}'},
]  # fmt: skip


@pytest.mark.parametrize("size", [3, 200])
def test_a_streamed_response_is_well_formed_and_guarded_in_every_event(here: World, size: int) -> None:
    here.mantle = streaming(*response_events(*ITEMS, cut=size))
    reply = here.call("/responses", ask(stream=True))
    events = reply.events
    for event in events:
        EVENT.validate_python(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    named = [line[7:] for line in reply.body.decode().split("\n") if line.startswith("event: ")]
    assert named == [event["type"] for event in events]
    assert not EMAIL.search(reply.body.decode())
    final = events[-1]
    assert final["type"] == "response.completed"
    response = Response.model_validate(final["response"])
    reasoning, message, call = final["response"]["output"]
    assert response.output_text == EMAIL.sub("{EMAIL}", ITEMS[1]["content"][0]["text"])
    assert reasoning["content"][0]["text"] == EMAIL.sub("{EMAIL}", ITEMS[0]["content"][0]["text"])
    assert call["arguments"] == '{"to": "{EMAIL}"}'
    for kind, item in (("reasoning_text", reasoning), ("output_text", message)):
        deltas = "".join(event["delta"] for event in events if event["type"] == f"response.{kind}.delta")
        (done,) = [event for event in events if event["type"] == f"response.{kind}.done"]
        assert deltas == done["text"] == item["content"][0]["text"]
    order = [event["type"] for event in events if event.get("output_index") == 1 and "delta" not in event]
    assert order == [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    assert here.record["reasoning_tokens"] == 2


def test_a_forbidden_word_ends_a_response_stream_as_incomplete(here: World) -> None:
    here.mantle = streaming(*response_events(message_item(LOREM + FORBIDDEN + LOREM), cut=40), pause=0.004)
    reply = here.call("/responses", ask(stream=True))
    for event in reply.events:
        EVENT.validate_python(event)
    final = reply.events[-1]
    assert final["type"] == "response.incomplete"
    assert final["response"]["incomplete_details"] == {"reason": "content_filter"}
    released = "".join(event.get("delta", "") for event in reply.events if event.get("output_index") == 0)
    assert released
    assert LOREM.startswith(released)
    texts = [item["content"][0]["text"] for item in final["response"]["output"]]
    assert texts == [released, BLOCKED_MESSAGE]


def test_a_text_that_only_its_end_carries_is_not_lost(here: World) -> None:
    item = message_item("No piece came before.")
    events = [event for event in response_events(item) if b"delta" not in event]
    here.mantle = streaming(*events)
    reply = here.call("/responses", ask(stream=True))
    assert reply.events[-1]["response"]["output"][0]["content"][0]["text"] == "No piece came before."


ENDS = {
    "cut off": (chat_events(["x"])[:-3], True, "upstream_truncated"),
    "no end of the body": (chat_events(["x"])[:-3], False, "upstream_reset"),
    "garbage": ([b"data: {half\n\n"], True, "upstream_protocol"),
    "an error after 200": ([b'data: {"error": {"message": "a secret prompt"}}\n\n'], True, "upstream_error"),
    "text after the end": (chat_events(["x"])[:-1] + chat_events(["y"]), True, "upstream_protocol"),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_stream_that_breaks_off_ends_with_an_error_event(here: World, name: str) -> None:
    pieces, end, code = ENDS[name]
    here.mantle = streaming(*pieces, end=end)
    reply = here.call("/chat/completions", chat(stream=True))
    found = reply.events[-1]["error"]["code"]
    assert found == code if end else found.startswith("upstream_")
    assert b"[DONE]" not in reply.body
    assert b"secret" not in reply.body
    assert here.record["error"] == found


def test_a_response_stream_that_fails_says_so_twice(here: World) -> None:
    here.mantle = streaming(*response_events(message_item("x" * 500))[:-2])
    reply = here.call("/responses", ask(stream=True))
    for event in reply.events:
        EVENT.validate_python(event)
    assert [event["type"] for event in reply.events[-2:]] == ["error", "response.failed"]
    assert reply.events[-1]["response"]["status"] == "failed"


def test_a_silent_stream_is_kept_alive_by_comments(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    reply = Collected()

    def commented(before: int) -> bool:
        return reply.body.count(b":\n\n") > before

    def slow(peer: Peer, request: Request) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in chat_events(["Hello."]):
            before = reply.body.count(b":\n\n")
            peer.send(chunked(piece))
            until(partial(commented, before), "nothing comes while the model says nothing")
        peer.send(b"0\r\n\r\n")

    here.mantle = slow
    here.call("/chat/completions", chat(stream=True), reply=reply, seconds=10 * LONG)
    assert reply.text == "Hello."


def test_comments_come_well_before_any_idle_limit_on_the_way() -> None:
    # API Gateway cuts a silent stream after 5 minutes, an interface endpoint after 350 s, clients after a minute.
    assert stream.HEARTBEAT <= 60 / 3


def test_the_deadline_ends_a_stream_with_an_error_and_a_record(here: World) -> None:
    here.mantle = streaming(*chat_events(["x" * 300] * 10_000), pause=0.05)  # longer than the deadline, by far
    reply = here.call("/chat/completions", chat(stream=True), seconds=6)
    assert reply.events[-1]["error"]["code"] == DeadlineReachedError().code
    assert here.record["error"] == "deadline_reached"
    assert reply.text, "what was cleared before was released"


def test_the_deadline_ends_a_stream_whose_end_is_being_checked(here: World) -> None:
    over = threading.Event()

    def silent(peer: Peer, request: Request) -> None:
        if b"OUTPUT" in request.body:
            over.wait(LONG)
        guard(peer, request)

    here.guardrail = silent
    here.mantle = streaming(*chat_events(["Hello."]))
    try:
        reply = here.call("/chat/completions", chat(stream=True), seconds=6)
    finally:
        over.set()  # the answer did not wait for the check
    assert (reply.text, reply.events[-1]["error"]["code"]) == ("", "deadline_reached")
    assert (here.record["error"], here.record["guardrail"]["output"]) == ("deadline_reached", "error")


def test_a_client_that_leaves_ends_the_upstream_call(here: World) -> None:
    left = threading.Event()

    def endless(peer: Peer, request: Request) -> None:
        try:
            streaming(*chat_events(["word " * 60] * 40_000)[:-3], pause=0.01, end=False)(peer, request)
        except OSError:
            left.set()
            raise

    here.mantle = endless
    here.call("/chat/completions", chat(stream=True), reply=Collected(leave_after=1))
    assert (here.record["status"], here.record["error"]) == (499, "client_closed")
    assert left.wait(LONG), "bedrock-mantle was still being read"


def test_the_first_chunk_leaves_before_the_second_arrives(here: World) -> None:
    reply = Collected()

    def slow(peer: Peer, request: Request) -> None:
        first, *rest = chat_events(["Hello."])
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in (first, *rest):
            peer.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            until(lambda: reply.writes, "the caller has nothing of the first chunk")
        peer.send(b"0\r\n\r\n")

    here.mantle = slow
    here.call("/chat/completions", chat(stream=True), reply=reply, seconds=2 * LONG)
    assert reply.text == "Hello."


def test_text_is_released_while_the_model_still_writes(authority: Authority) -> None:
    with world(authority, CLOISTER_DELAY="0.15") as here:
        reply = Collected()

        def released() -> int:
            return sum(b'"content":"' in piece and b"word" in piece for _, piece in reply.writes)

        def writing(peer: Peer, request: Request) -> None:
            first, piece, *_, stop, usage, done = chat_events(["word " * 20])
            peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunked(first))
            end = time.monotonic() + LONG
            while released() < 4:  # it ends only when four parts of its text have gone out
                assert time.monotonic() < end, "nothing is released before the end"
                peer.send(chunked(piece))
                time.sleep(0.02)
            peer.send(chunked(stop, usage, done) + b"0\r\n\r\n")

        here.mantle = writing
        began = time.monotonic()
        here.call("/chat/completions", chat(stream=True), reply=reply, seconds=2 * LONG)
        took = time.monotonic() - began
        windows = [check for check in here.checks if check["source"] == "OUTPUT"]
        assert len(windows) <= took / 0.15 + 2, "one each 0.15 s, the first and the end"


def test_the_first_text_comes_after_one_call_while_the_rest_is_still_written(here: World) -> None:
    reply = Collected()

    def slow(peer: Peer, request: Request) -> None:
        pieces = chat_events(["x" * 60] * 3 + ["y" * 60] * 3)
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for number, piece in enumerate(pieces):
            if number == 4:
                # 180 characters are written (the first event has the role), and 128 of them are held back.
                until(lambda: b'"content":"x' in reply.body, "the caller has no text yet")
            peer.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        peer.send(b"0\r\n\r\n")

    here.mantle = slow
    here.call("/chat/completions", chat(stream=True), reply=reply, seconds=2 * LONG)
    assert reply.text == "x" * 180 + "y" * 180
    assert [check["source"] for check in here.checks] == ["INPUT", "OUTPUT", "OUTPUT"]
