"""Guarantees: what goes to bedrock-mantle, how often, and what the caller hears when it does not answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.proxy.services import backoff

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import (
    BIG,
    MANTLE,
    SMALL,
    Handler,
    World,
    answering,
    ask,
    chat,
    chat_answer,
    chat_events,
    message_item,
    refusing,
    response_answer,
    streaming,
    world,
)


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.01)


def error(code: str | None, param: str | None, message: str = "No.") -> bytes:
    return json.dumps({"error": {"code": code, "param": param, "message": message, "type": "x"}}).encode()


def rejecting(*names: str) -> Handler:
    """A model endpoint that rejects these parameters, and answers without them."""

    def handle(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        for name in names:
            if name in body:
                peer.reply(error("unsupported_parameter", name), "400 Bad Request")
                return
        peer.reply(json.dumps(chat_answer() if "messages" in body else response_answer(message_item("x"))).encode())

    return handle


def test_a_request_is_signed_for_the_teams_project_and_path(here: World) -> None:
    here.call("/chat/completions", chat())
    (request,) = [request for request in here.server.requests if request.headers["host"] == MANTLE]
    assert (request.method, request.path) == ("POST", "/openai/v1/chat/completions")
    assert request.headers["openai-project"] == "proj_atlas"
    assert "/us-east-1/bedrock-mantle/aws4_request" in request.headers["authorization"]
    assert "openai-project" in request.headers["authorization"]


def test_what_a_responses_request_becomes(here: World) -> None:
    here.mantle = answering(response_answer(message_item("x")))
    body = ask(
        metadata={"who": "me"},
        user="me",
        safety_identifier="me",
        store=False,
        service_tier="auto",
        parallel_tool_calls=True,
    )
    reply = here.call("/responses", body)
    assert here.prompts == [
        {"model": BIG, "service_tier": "default", "store": False, "input": [{"role": "user", "content": "Hi"}]}
    ]
    assert reply.json["metadata"] == {"who": "me"}
    assert reply.json["parallel_tool_calls"] is False
    assert reply.headers["x-cloister-parallel-tool-calls"] == "false"


def test_reasoning_is_not_replayed_and_the_answer_says_how_much(here: World) -> None:
    here.mantle = answering(response_answer(message_item("x")))
    items: list[Any] = [
        {"role": "user", "content": "Hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "output_text", "text": "Hello"}],
        },
        {"role": "user", "content": "More"},
    ]
    reply = here.call("/responses", {"model": BIG, "input": items})
    assert "hm" not in json.dumps(here.prompts) + here.guarded
    assert reply.headers["x-cloister-reasoning-dropped"] == "2"
    assert here.record["reasoning_dropped"] == 2
    here.mantle = answering(chat_answer())
    messages = [
        {"role": "assistant", "content": "Hello", "reasoning_content": "hm", "thinking": "hm"},
        {"role": "user", "content": "x"},
    ]
    assert (
        here.call("/chat/completions", chat() | {"messages": messages}).headers["x-cloister-reasoning-dropped"] == "2"
    )
    assert here.prompts[-1]["messages"][0] == {"role": "assistant", "content": "Hello"}


@pytest.mark.parametrize("asked", [None, "low", "none"])
def test_a_model_that_needs_an_effort_gets_it_and_the_answer_says_so(here: World, asked: str | None) -> None:
    body = chat(**({"reasoning_effort": asked} if asked else {})) | {"model": SMALL}
    assert here.call("/chat/completions", body).headers["x-cloister-reasoning-effort"] == "high"
    here.mantle = answering(response_answer(message_item("x")))
    here.call("/responses", ask(reasoning={"effort": "high"}) | {"model": SMALL})
    assert [here.prompts[0]["reasoning_effort"], here.prompts[1]["reasoning"]] == ["high", {"effort": "high"}]


def test_reasoning_can_be_turned_off(here: World) -> None:
    here.call("/chat/completions", chat(reasoning_effort="none"))
    assert here.prompts[0]["reasoning_effort"] == "none"


TOOLS = [{"type": "function", "function": {"name": "f"}}]


def reasoning(peer: Peer, request: Request) -> None:
    """A model endpoint that takes no tools while reasoning is on, as it is by default."""
    body = json.loads(request.body)
    if "tools" in body and body.get("reasoning_effort") != "none":
        said = "Function tools with reasoning: use /v1/responses or set reasoning_effort to 'none'."
        peer.reply(error("invalid_request_error", "tools", said), "400 Bad Request")
        return
    peer.reply(json.dumps(chat_answer()).encode())


def test_tools_that_are_rejected_beside_reasoning_are_tried_without_it_and_it_is_said(here: World) -> None:
    here.mantle = reasoning
    reply = here.call("/chat/completions", chat(tools=TOOLS))
    assert (reply.status, reply.headers["x-cloister-parameters"]) == (200, "reasoning_effort=none")
    calls = len(here.prompts)
    here.call("/chat/completions", chat(tools=TOOLS))
    assert len(here.prompts) == calls + 1, "what is known is not tried again"
    reply = here.call("/chat/completions", chat())
    assert "reasoning_effort" not in here.prompts[-1], "without tools it stays as it is"
    assert "x-cloister-parameters" not in reply.headers


@pytest.mark.parametrize("asked", [{"reasoning_effort": "high"}, {"model": SMALL}])
def test_reasoning_that_was_asked_for_or_is_required_is_not_turned_off(here: World, asked: dict[str, str]) -> None:
    here.mantle = reasoning
    reply = here.call("/chat/completions", chat(tools=TOOLS) | asked)
    assert (reply.status, reply.error["param"]) == (400, "tools")


def test_keywords_that_the_model_cannot_read_leave_the_schemas(here: World) -> None:
    schema = {
        "type": "object",
        "propertyNames": {"maxLength": 3},
        "properties": {"propertyNames": {"type": "string", "propertyNames": {}}},
    }
    here.call("/chat/completions", chat(tools=[{"type": "function", "function": {"name": "f", "parameters": schema}}]))
    sent = here.prompts[0]["tools"][0]["function"]["parameters"]
    assert sent == {"type": "object", "properties": {"propertyNames": {"type": "string"}}}


def test_a_rejected_parameter_is_left_out_once_remembered_and_said(here: World) -> None:
    here.mantle = rejecting("temperature", "max_tokens")
    reply = here.call("/chat/completions", chat(temperature=0.3, max_tokens=9))
    assert reply.status == 200
    assert set(reply.headers["x-cloister-parameters"].split(", ")) == {
        "temperature=dropped",
        "max_tokens=max_completion_tokens",
    }
    assert here.prompts[-1]["max_completion_tokens"] == 9
    calls = len(here.prompts)
    again = here.call("/chat/completions", chat(temperature=0.3))
    assert again.headers["x-cloister-parameters"] == "temperature=dropped"
    assert len(here.prompts) == calls + 1, "what is known is not tried again"
    assert "x-cloister-parameters" not in here.call("/chat/completions", chat()).headers


@pytest.mark.parametrize("name", ["stop", "response_format", "tools"])
def test_what_changes_the_meaning_is_never_left_out(here: World, name: str) -> None:
    here.mantle = rejecting(name)
    values: dict[str, Any] = {
        "stop": "x",
        "response_format": {"type": "json_object"},
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }
    reply = here.call("/chat/completions", chat(**{name: values[name]}))
    assert (reply.status, reply.error["param"]) == (400, name)
    assert len(here.prompts) == 1


def test_a_parameter_rejected_under_both_names_is_the_callers_to_hear(here: World) -> None:
    here.mantle = rejecting("max_tokens", "max_completion_tokens")
    reply = here.call("/chat/completions", chat(max_tokens=9))
    assert (reply.status, reply.error["param"]) == (400, "max_completion_tokens")
    assert len(here.prompts) == 2


def test_a_parameter_named_in_the_sentence_alone_is_found(here: World) -> None:
    def handle(peer: Peer, request: Request) -> None:
        if "temperature" in json.loads(request.body):
            peer.reply(error("unsupported_value", None, "Unsupported value: 'temperature' only 1."), "400 Bad Request")
        else:
            peer.reply(json.dumps(chat_answer()).encode())

    here.mantle = handle
    assert here.call("/chat/completions", chat(temperature=0.1)).status == 200


def test_a_tier_is_not_moved_to_one_that_the_team_may_not_use(authority: Authority) -> None:
    with world(authority, CLOISTER_TIERS="flex") as here:
        here.mantle = rejecting("service_tier")
        assert here.call("/chat/completions", chat()).error["param"] == "service_tier"
        assert here.prompts[0]["service_tier"] == "flex"


@pytest.mark.parametrize(
    ("status", "code"), [(429, "rate_limit_exceeded"), (503, "upstream_unavailable"), (500, "upstream_unavailable")]
)
def test_what_may_pass_is_retried_and_then_passed_on_with_retry_after(here: World, status: int, code: str) -> None:
    here.mantle = refusing(f"{status} No", error("x", None), "retry-after: 0\r\nx-ratelimit-remaining-tokens: 0\r\n")
    reply = here.call("/chat/completions", chat())
    assert (reply.status, reply.error["code"], reply.headers["retry-after"]) == (status, code, "0")
    assert reply.headers["x-ratelimit-remaining-tokens"] == "0"
    assert len(here.prompts) == 3
    assert here.record["upstream"] == {
        "status": status,
        "attempts": 3,
        "ms": here.record["upstream"]["ms"],
        "request_id": None,
    }
    assert here.record.get("Throttles", 0) == int(status == 429)


@pytest.mark.parametrize("stream", [False, True])
def test_the_limits_of_the_account_are_said_with_an_answer_too(here: World, stream: bool) -> None:
    limits = "x-ratelimit-limit-tokens: 100\r\nx-ratelimit-remaining-tokens: 7\r\nx-other: 1\r\n"
    raw = b"".join(chat_events(["x"])) if stream else json.dumps(chat_answer()).encode()
    here.mantle = lambda peer, _: peer.reply(raw, headers=limits)
    reply = here.call("/chat/completions", chat(stream=stream))
    assert reply.status == 200
    assert reply.headers["x-ratelimit-limit-tokens"] == "100"
    assert reply.headers["x-ratelimit-remaining-tokens"] == "7"
    assert "x-other" not in reply.headers


def test_a_retry_after_that_is_too_long_is_the_callers_to_wait(here: World) -> None:
    here.mantle = refusing("503 Busy", b"{}", "retry-after: 900\r\n")
    reply = here.call("/chat/completions", chat())
    assert (reply.status, reply.headers["retry-after"]) == (503, "900")
    assert len(here.prompts) == 1


def test_a_fault_that_passes_is_not_seen(here: World) -> None:
    replies = iter([refusing("503 Busy"), answering(chat_answer())])
    here.mantle = lambda peer, request: next(replies)(peer, request)
    assert here.call("/chat/completions", chat()).status == 200
    assert here.record["upstream"]["attempts"] == 2


@pytest.mark.parametrize(
    "body",
    [
        b'"a bare string"',
        b"",
        b"<html>",
        b"[]",
        b'{"error": "text"}',
        b'{"error": {"error": {"message": "deep"}}}',
        b'{"message": "aws"}',
    ],
)
def test_errors_of_any_shape_become_openais(here: World, body: bytes) -> None:
    here.mantle = refusing("422 No", body)
    reply = here.call("/responses", ask())
    assert reply.status == 422
    assert isinstance(reply.error["message"], str)
    assert reply.error["message"]


@pytest.mark.parametrize(
    ("status", "message", "code", "says"),
    [
        (401, "Berm is not enabled for this account", "upstream_wrong_path", "catalogue"),
        (
            403,
            "The request signature we calculated does not match",
            "upstream_signature_refused",
            "signing_name: bedrock",
        ),
        (403, "Credential should be scoped to correct service", "upstream_signature_refused", "signing_name"),
        (403, "User is not authorized to perform bedrock-mantle:CreateInference", "upstream_access_denied", "role"),
    ],
)
def test_a_refusal_of_the_proxy_is_a_502_with_a_diagnosis(
    here: World, status: int, message: str, code: str, says: str
) -> None:
    here.mantle = refusing(f"{status} No", json.dumps({"message": message}).encode())
    reply = here.call("/chat/completions", chat())
    assert (reply.status, reply.error["code"]) == (502, code)
    assert says in reply.error["message"]


def reset(peer: Peer, _: Request) -> None:
    peer.reset()
    raise EOFError


FAULTS: dict[str, tuple[Handler, str]] = {
    "a reset": (reset, "upstream_reset"),
    "a redirect": (refusing("307 Over there", b"", "location: https://example.com/\r\n"), "upstream_protocol"),
    "not JSON": (lambda peer, _: peer.reply(b"oops"), "upstream_protocol"),
    "a list": (lambda peer, _: peer.reply(b"[]"), "upstream_protocol"),
    "no choices": (lambda peer, _: peer.reply(b"{}"), "upstream_protocol"),
    "two choices": (answering({**chat_answer(), "choices": chat_answer()["choices"] * 2}), "upstream_protocol"),
    "compressed": (lambda peer, _: peer.reply(b"x", headers="content-encoding: gzip\r\n"), "upstream_protocol"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_answer_that_cannot_be_guarded_is_a_502(here: World, name: str) -> None:
    here.mantle, code = FAULTS[name]
    reply = here.call("/chat/completions", chat())
    assert (reply.status, reply.error["code"]) == (502, code)
    assert here.record["error"] == code
    assert all(request.headers["host"] != "example.com" for request in here.server.requests)


def test_the_deadline_ends_a_silent_call(here: World) -> None:
    def silent(peer: Peer, request: Request) -> None:
        peer.wait()
        raise EOFError

    here.mantle = silent
    reply = here.call("/chat/completions", chat(), seconds=4)
    assert (reply.status, reply.error["code"]) == (504, "deadline_reached")
    assert reply.headers["x-should-retry"] == "false", "it would take all the time again"


CANARY = "canary7"
EVERYWHERE = chat(f"user {CANARY}", metadata={"m": CANARY}, user=CANARY, stop=[CANARY]) | {
    "tools": [{"type": "function", "function": {"name": CANARY, "description": CANARY, "parameters": {CANARY: CANARY}}}]
}


@pytest.mark.parametrize(
    "handler",
    [
        answering(
            {**chat_answer(CANARY, refusal=CANARY), "id": CANARY + " x", "service_tier": CANARY, "usage": {CANARY: 1}}
        ),
        refusing("400 No", error(CANARY, CANARY, CANARY), f"x-amzn-requestid: {CANARY} {CANARY}\r\n"),
        refusing("503 No", error(CANARY, CANARY, CANARY)),
        streaming(*chat_events([CANARY])),
        streaming(*chat_events([CANARY])[:-2]),
        lambda peer, _: peer.reply(CANARY.encode()),
    ],
    ids=["answer", "refusal", "fault", "stream", "cut stream", "garbage"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_nothing_that_anybody_wrote_is_in_the_record_or_the_logs(
    here: World, handler: Handler, stream: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    here.mantle = handler
    here.call("/chat/completions", EVERYWHERE | {"stream": stream})
    here.call("/chat/completions", {**chat(), "model": CANARY, CANARY: CANARY})
    here.call("/chat/completions", {**chat(), CANARY: CANARY})
    here.call(f"/models/{CANARY}")
    here.call(f"/{CANARY}")
    here.call("/responses", f'{{"{CANARY}": '.encode())
    assert len(here.records) == 6
    captured = capfd.readouterr()
    assert CANARY not in json.dumps(here.records) + captured.out + captured.err
