"""Guarantees: no route reaches the model unguarded, and every text of a request and of an answer is guarded."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambdas.proxy.routes import ROUTES, Route

from .support.authority import Authority
from .support.tls_server import Peer, Request
from .world import (
    BIG,
    BLOCKED_MESSAGE,
    EMAIL,
    FORBIDDEN,
    MANTLE,
    RUNTIME,
    World,
    answering,
    ask,
    chat,
    chat_answer,
    chat_events,
    message_item,
    refusing,
    response_answer,
    response_events,
    streaming,
    verdict,
    world,
)

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"pixels").decode()
#: A minimal request of each route; a route without one here fails the tests below.
REQUESTS: dict[str, dict[str, Any] | None] = {
    "chat.completions": chat(),
    "responses": ask(),
    "models.list": None,
    "models.get": None,
    "health": None,
}
ANSWERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "chat.completions": chat_answer,
    "responses": lambda text: response_answer(message_item(text)),
}
STREAMS: dict[str, Callable[[str], list[bytes]]] = {
    "chat.completions": lambda text: chat_events([text]),
    "responses": lambda text: response_events(message_item(text)),
}
TO_MODEL = [route for route in ROUTES if route.adapter is not None]


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("stream", [False, True])
def test_every_route_that_reaches_the_model_is_guarded_before_and_after(
    here: World, route: Route, stream: bool
) -> None:
    body = REQUESTS[route.name]
    if body is not None:
        body = {**body, "stream": stream}
        here.mantle = streaming(*STREAMS[route.name]("Out.")) if stream else answering(ANSWERS[route.name]("Out."))
    reply = here.call(route.path.replace("{id}", BIG), body, method=route.method)
    assert reply.status == 200
    hosts = [request.headers["host"] for request in here.server.requests]
    if MANTLE in hosts or route.adapter is not None:
        assert hosts == [RUNTIME, MANTLE, RUNTIME]
        assert [check["source"] for check in here.checks] == ["INPUT", "OUTPUT"]
    else:
        assert not hosts


@pytest.mark.parametrize("route", TO_MODEL, ids=lambda route: route.name)
def test_a_blocked_prompt_never_reaches_the_model(here: World, route: Route) -> None:
    asked = chat(FORBIDDEN) if route.name == "chat.completions" else ask(FORBIDDEN)
    reply = here.call(route.path, asked)
    where = "messages[0].content" if route.name == "chat.completions" else "input"
    assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "content_filter", where)
    assert reply.error["message"].startswith(f"{BLOCKED_MESSAGE} What was blocked stands in {where}: leave it out")
    assert not here.prompts
    assert here.record["guardrail"]["input"] == "blocked"
    assert here.record["GuardrailBlocked"] == 1


def everywhere() -> tuple[dict[str, Any], dict[str, Any], int]:
    """A request of each route with a numbered text in every place that a text can stand in."""
    numbers = iter(range(1000))

    def mark() -> str:
        return f"seen{next(numbers)}x"

    schema = {"type": "object", "properties": {mark(): {"type": "string", "enum": [mark()], "description": mark()}}}
    chatted = {
        "model": BIG,
        "messages": [
            {"role": "system", "content": mark()},
            {"role": "developer", "content": [{"type": "text", "text": mark()}], "name": mark()},
            {
                "role": "user",
                "content": [{"type": "text", "text": mark()}, {"type": "image_url", "image_url": {"url": PNG}}],
            },
            {
                "role": "assistant",
                "content": mark(),
                "refusal": mark(),
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "f", "arguments": json.dumps({"a": mark()})},
                    }
                ],
            },
            {"role": "assistant", "content": [{"type": "refusal", "refusal": mark()}]},
            {"role": "tool", "tool_call_id": "call_1", "content": mark()},
        ],
        "tools": [{"type": "function", "function": {"name": mark(), "description": mark(), "parameters": schema}}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": mark(), "description": mark(), "schema": schema},
        },
        "stop": [mark()],
    }
    asked = {
        "model": BIG,
        "instructions": mark(),
        "input": [
            {
                "role": "user",
                "content": [{"type": "input_text", "text": mark()}, {"type": "input_image", "image_url": PNG}],
            },
            {"role": "system", "content": mark()},
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "content": [
                    {"type": "output_text", "text": mark(), "annotations": []},
                    {"type": "refusal", "refusal": mark()},
                ],
            },
            {"type": "function_call", "call_id": "call_1", "name": mark(), "arguments": mark()},
            {"type": "function_call_output", "call_id": "call_1", "output": mark()},
            {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": mark()}]},
        ],
        "tools": [{"type": "function", "name": mark(), "description": mark(), "parameters": schema}],
        "text": {"format": {"type": "json_schema", "name": mark(), "description": mark(), "schema": schema}},
    }
    return chatted, asked, next(numbers)


def test_every_text_and_image_of_a_request_is_shown_to_the_guardrail(here: World) -> None:
    chatted, asked, count = everywhere()
    here.call("/chat/completions", chatted)
    here.mantle = answering(response_answer(message_item("x")))
    here.call("/responses", asked)
    assert len(here.prompts) == 2
    sent = json.dumps(here.prompts)
    for number in range(count):
        assert f"seen{number}x" in sent, "the test itself must send it"
        assert f"seen{number}x" in here.guarded
    images = [block["image"] for check in here.checks for block in check["content"] if "image" in block]
    assert [image["format"] for image in images] == ["png", "png"]
    assert [image["source"]["bytes"] for image in images] == [PNG.partition(",")[2]] * 2
    assert sent.count(PNG) == 2, "the model gets the images as they came"


def test_what_the_guardrail_masks_is_what_the_model_gets(here: World) -> None:
    body = chat(
        "write to a@b.com",
        tools=[{"type": "function", "function": {"name": "send", "parameters": {"description": "as x@y.com"}}}],
    )
    body["messages"].insert(0, {"role": "system", "content": "no address here"})
    here.call("/chat/completions", body)
    (prompt,) = here.prompts
    assert [message["content"] for message in prompt["messages"]] == ["no address here", "write to {EMAIL}"]
    assert prompt["tools"][0]["function"]["parameters"] == {"description": "as {EMAIL}"}
    assert here.record["guardrail"]["input"] == "masked"


def test_outputs_that_cannot_be_matched_to_blocks_are_asked_for_one_by_one(here: World) -> None:
    def partial(peer: Peer, request: Request) -> None:
        # Gives back only the blocks that it masked.
        body = json.loads(request.body)
        answer = verdict(body["source"], body["content"])
        texts = [block["text"]["text"] for block in body["content"]]
        kept = [output for output, text in zip(answer["outputs"], texts, strict=False) if EMAIL.search(text)]
        peer.reply(json.dumps({**answer, "outputs": kept}).encode())

    here.guardrail = partial
    body = chat("third c@d.com")
    body["messages"] = [{"role": "user", "content": text} for text in ("first", "second a@b.com", "third c@d.com")]
    here.call("/chat/completions", body)
    assert [m["content"] for m in here.prompts[0]["messages"]] == ["first", "second {EMAIL}", "third {EMAIL}"]


def test_a_mask_in_a_name_is_a_refusal(here: World) -> None:
    reply = here.call("/chat/completions", chat(stop=["a@b.com"]))
    assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "content_filter", "stop[0]")
    assert not here.prompts


def test_letters_behind_escapes_are_guarded(here: World) -> None:
    hidden = '{"q": "Project \\u004eightjar"}'
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": hidden}}
    body = chat()
    body["messages"].append({"role": "assistant", "tool_calls": [call]})
    assert here.call("/chat/completions", body).error["code"] == "content_filter"
    here.mantle = answering(chat_answer(None, tool_calls=[call]))
    reply = here.call("/chat/completions", chat())
    assert reply.json["choices"][0]["finish_reason"] == "content_filter"


def test_a_long_input_is_checked_in_pieces_and_masked_as_a_whole(here: World) -> None:
    text = "word " * 9600 + "a@b.com" + " more" * 5000  # 73,007 characters; the address lies across a border of pieces
    text = text[:23_997] + "c@d.com" + text[23_997:]
    here.call("/chat/completions", chat(text))
    sent = here.prompts[0]["messages"][0]["content"]
    assert sent == EMAIL.sub("{EMAIL}", text)
    assert sent.count("{EMAIL}") == 2
    for check in here.checks:
        assert sum(len(block["text"]["text"]) for block in check["content"]) <= 24_000


@pytest.mark.parametrize("place", [0, 23_990, 47_000, 71_990])
def test_a_forbidden_word_is_found_wherever_it_lies_in_a_long_input(here: World, place: int) -> None:
    text = ("x " * 36_000)[:place] + FORBIDDEN + (" y" * 36_000)[place:]
    assert here.call("/responses", ask(text)).error["code"] == "content_filter"


def test_a_blocked_answer_is_the_guardrails_message_in_the_clients_form(here: World) -> None:
    here.mantle = answering(chat_answer(f"It is {FORBIDDEN}."))
    reply = here.call("/chat/completions", chat())
    choice = reply.json["choices"][0]
    assert (reply.status, choice["finish_reason"], choice["message"]["content"]) == (
        200,
        "content_filter",
        BLOCKED_MESSAGE,
    )
    here.mantle = answering(response_answer(message_item(f"It is {FORBIDDEN}.")))
    answer = here.call("/responses", ask()).json
    assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
    assert answer["output"][0]["content"][0]["text"] == BLOCKED_MESSAGE
    assert here.record["error"] == "content_filter"
    assert here.record["guardrail"]["output"] == "blocked"


def test_every_text_of_an_answer_is_guarded_and_masked(here: World) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"to":"a@b.com"}'}}
    here.mantle = answering(chat_answer("c@d.com", refusal="e@f.com", tool_calls=[call]))
    raw = here.call("/chat/completions", chat()).body.decode()
    here.mantle = answering(
        response_answer(
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "g@h.com"}],
                "content": [{"type": "reasoning_text", "text": "i@j.com"}],
            },
            message_item("k@l.com"),
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"to":"m@n.com"}'},
        )
    )
    raw += here.call("/responses", ask()).body.decode()
    assert raw.count("{EMAIL}") == 7
    assert not EMAIL.search(raw)


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy"])
def test_a_guardrail_that_does_not_answer_is_a_503_after_bounded_retries(here: World, status: str) -> None:
    here.guardrail = refusing(status)
    reply = here.call("/chat/completions", chat())
    assert (reply.status, reply.error["code"]) == (503, "guardrail_unavailable")
    assert int(reply.headers["retry-after"]) > 0
    assert len(here.checks) == 3
    assert not here.prompts
    assert here.record["guardrail"]["input"] == "error"


@pytest.mark.parametrize("body", [b"{}", b"not json", b'{"action": "MAYBE"}'])
def test_a_verdict_that_cannot_be_read_is_none(here: World, body: bytes) -> None:
    here.guardrail = lambda peer, _: peer.reply(body)
    assert here.call("/responses", ask()).error["code"] == "guardrail_unavailable"
    assert not here.prompts


def test_an_intervention_of_unknown_kind_is_a_block(here: World) -> None:
    answer = {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": "changed"}], "assessments": [{}], "usage": {}}
    here.guardrail = lambda peer, _: peer.reply(json.dumps(answer).encode())
    assert here.call("/responses", ask()).error["code"] == "content_filter"


def test_a_guardrail_that_fails_after_the_model_answered_releases_nothing(here: World) -> None:
    healthy = here.guardrail

    def failing(peer: Peer, request: Request) -> None:
        if json.loads(request.body)["source"] == "INPUT":
            healthy(peer, request)
        else:
            peer.reply(b"{}", "403 Forbidden")

    here.guardrail = failing
    here.mantle = answering(chat_answer("unguarded words"))
    reply = here.call("/chat/completions", chat())
    # No client asks again, and pays again, after this: a 4xx of the guardrail stays what it is until somebody acts.
    assert reply.status == 424
    assert "retry-after" not in reply.headers
    assert reply.headers["x-should-retry"] == "false"
    here.mantle = streaming(*chat_events(["unguarded words"]))
    streamed = here.call("/chat/completions", chat(stream=True))
    assert streamed.events[-1]["error"]["code"] == "guardrail_unavailable"
    assert b"unguarded" not in reply.body + streamed.body
    assert b"[DONE]" not in streamed.body
    assert here.record["guardrail"]["output"] == "error"
