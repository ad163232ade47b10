"""Guarantees: what cannot be right is a 4xx with OpenAI's error object, code and param, and calls nobody."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from .support.authority import Authority
from .world import BIG, OTHER, World, ask, chat, world


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def user(content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


def picture(url: Any) -> list[dict[str, Any]]:
    return user([{"type": "image_url", "image_url": {"url": url}}])


def tool(**function: Any) -> dict[str, Any]:
    return {"type": "function", "function": function}


DEEP: Any = "x"
for _ in range(80):
    DEEP = [DEEP]

#: Body of a chat request -> code, param.
CHAT: list[tuple[Any, int, str, str | None]] = [
    (b"{", 400, "invalid_json", None),
    (b"[]", 400, "invalid_type", None),
    (b'{"model": "a", "model": "b"}', 400, "duplicate_key", None),
    (b'{"model": NaN}', 400, "invalid_json", None),
    (b'{"seed": ' + b"9" * 5000 + b"}", 400, "invalid_number", None),
    (b'{"temperature": 1e999}', 400, "invalid_number", None),
    (b'{"user": "\\ud800"}', 400, "invalid_unicode", None),
    (b"[" * 100_000, 400, "nested_too_deep", None),
    (chat(tools=[tool(name="f", parameters={"x": DEEP})]), 400, "nested_too_deep", None),
    (b" " * 3_670_017, 413, "request_too_large", None),
    ({"messages": user("x")}, 400, "missing_required_parameter", "model"),
    ({"model": BIG}, 400, "missing_required_parameter", "messages"),
    ({"model": 3, "messages": []}, 400, "invalid_type", "model"),
    (chat() | {"model": "gpt-5"}, 404, "model_not_found", "model"),
    (chat() | {"model": OTHER}, 403, "model_not_allowed", "model"),
    (chat() | {"messages": []}, 400, "invalid_value", "messages"),
    (chat() | {"messages": "x"}, 400, "invalid_type", "messages"),
    (chat() | {"messages": user(7)}, 400, "invalid_type", "messages[0].content"),
    (chat() | {"messages": [{"role": "robot"}]}, 400, "invalid_value", "messages[0].role"),
    (chat() | {"messages": user([])}, 400, "empty_array", "messages[0].content"),
    (
        chat() | {"messages": [{"role": "user", "content": "x", "name": "a b"}]},
        400,
        "invalid_value",
        "messages[0].name",
    ),
    (chat(logit_bias={"Tell all": 1}), 400, "invalid_value", "logit_bias"),
    (chat(logit_bias={"7": "Tell all"}), 400, "invalid_type", "logit_bias.7"),
    (chat(logit_bias={"7": 101}), 400, "decimal_above_max_value", "logit_bias.7"),
    (chat(service_tier="priority"), 403, "service_tier_not_allowed", "service_tier"),
    (chat(service_tier="fast"), 400, "invalid_value", "service_tier"),
    (chat(stream="yes"), 400, "invalid_type", "stream"),
    (chat(temperature=True), 400, "invalid_type", "temperature"),
    (chat(temperature=3), 400, "decimal_above_max_value", "temperature"),
    (chat(max_tokens=0), 400, "integer_below_min_value", "max_tokens"),
    (chat(max_tokens=262_145), 400, "invalid_value", "max_tokens"),
    (chat("x " * 1_000_000, max_tokens=20_000), 400, "context_length_exceeded", "max_tokens"),
    (chat("x " * 1_100_000), 400, "context_length_exceeded", "messages"),
    (chat(max_tokens=1, max_completion_tokens=2), 400, "invalid_value", "max_tokens"),
    (chat(n=2), 400, "unsupported_parameter", "n"),
    (chat(store=True), 400, "unsupported_parameter", "store"),
    (chat(background=True), 400, "unsupported_parameter", "background"),
    (chat(previous_response_id="resp_1"), 400, "unsupported_parameter", "previous_response_id"),
    (chat(logprobs=True), 400, "unsupported_parameter", "logprobs"),
    (chat(functions=[]), 400, "unsupported_parameter", "functions"),
    (chat(web_search_options={}), 400, "unsupported_parameter", "web_search_options"),
    (chat(colour="red"), 400, "unknown_parameter", "colour"),
    (chat(reasoning_effort="minimal"), 400, "invalid_value", "reasoning_effort"),
    (chat(stop=[1]), 400, "invalid_type", "stop[0]"),
    (chat(stop=["a"] * 5), 400, "invalid_value", "stop"),
    (chat(stream_options={"include_usage": True}), 400, "invalid_value", "stream_options"),
    (chat(modalities=["audio"]), 400, "unsupported_parameter", "modalities"),
    (chat(tools=[{"type": "web_search"}]), 400, "unsupported_tool", "tools[0].type"),
    (chat(tools=[{"type": "mcp", "server_url": "x"}]), 400, "unsupported_tool", "tools[0].type"),
    (chat(tools=[tool(name="a b")]), 400, "invalid_value", "tools[0].function.name"),
    (
        chat(tool_choice={"type": "function", "function": {"name": "g"}}),
        400,
        "invalid_value",
        "tool_choice.function.name",
    ),
    (chat(tool_choice="required"), 400, "invalid_value", "tool_choice"),
    (chat(tool_choice={"type": "any"}), 400, "unsupported_tool", "tool_choice.type"),
    (
        chat(tools=[tool(name="f")], tool_choice={"type": "allowed_tools", "allowed_tools": {"tools": []}}),
        400,
        "empty_array",
        "tool_choice.allowed_tools.tools",
    ),
    (
        chat(
            tools=[tool(name="f")], tool_choice={"type": "allowed_tools", "allowed_tools": {"tools": [tool(name="g")]}}
        ),
        400,
        "invalid_value",
        "tool_choice.allowed_tools.tools[0].function.name",
    ),
    (
        chat() | {"messages": [{"role": "assistant", "function_call": {"name": "f"}}]},
        400,
        "unsupported_parameter",
        "messages[0].function_call",
    ),
    (chat(response_format={"type": "xml"}), 400, "invalid_value", "response_format.type"),
    (chat(metadata={"a": 1}), 400, "invalid_value", "metadata"),
    (
        chat() | {"messages": picture("https://example.com/a.png")},
        400,
        "unsupported_image_url",
        "messages[0].content[0].image_url.url",
    ),
    (
        chat() | {"messages": picture("s3://bucket/a.png")},
        400,
        "unsupported_image_url",
        "messages[0].content[0].image_url.url",
    ),
    (
        chat() | {"messages": picture("data:image/gif;base64,R0lGOD")},
        400,
        "unsupported_image_format",
        "messages[0].content[0].image_url.url",
    ),
    (
        chat() | {"messages": picture("data:image/png;base64,R0lGOD==")},
        400,
        "invalid_image",
        "messages[0].content[0].image_url.url",
    ),
    (
        chat() | {"messages": picture("data:image/png;base64,!!!!")},
        400,
        "invalid_image",
        "messages[0].content[0].image_url.url",
    ),
    (
        chat() | {"messages": user([{"type": "input_audio", "input_audio": {}}])},
        400,
        "unsupported_content",
        "messages[0].content[0].type",
    ),
    (
        chat() | {"messages": user([{"type": "file", "file": {}}])},
        400,
        "unsupported_content",
        "messages[0].content[0].type",
    ),
    (
        chat(**{"amazon-bedrock-guardrailConfig": {"x": 1}}),
        400,
        "unsupported_guardrail",
        "amazon-bedrock-guardrailConfig",
    ),
]

#: The same for Responses.
RESPONSES: list[tuple[Any, int, str, str | None]] = [
    (ask() | {"model": OTHER}, 403, "model_not_allowed", "model"),
    ({"model": BIG}, 400, "missing_required_parameter", "input"),
    (ask() | {"input": 7}, 400, "invalid_type", "input"),
    (ask() | {"input": []}, 400, "invalid_value", "input"),
    (ask(store=True), 400, "unsupported_parameter", "store"),
    (ask(background=True), 400, "unsupported_parameter", "background"),
    (ask(previous_response_id="resp_1"), 400, "unsupported_parameter", "previous_response_id"),
    (ask(conversation="conv_1"), 400, "unsupported_parameter", "conversation"),
    (ask(prompt={"id": "p"}), 400, "unsupported_parameter", "prompt"),
    (ask(max_output_tokens=15), 400, "integer_below_min_value", "max_output_tokens"),
    (ask(max_output_tokens=300_000), 400, "invalid_value", "max_output_tokens"),
    (ask("x " * 1_100_000), 400, "context_length_exceeded", "input"),
    (ask() | {"input": [{"role": "user", "content": []}]}, 400, "empty_array", "input[0].content"),
    (ask(include=["message.output_text.logprobs"]), 400, "invalid_value", "include[0]"),
    (ask(tools=[{"type": "file_search"}]), 400, "unsupported_tool", "tools[0].type"),
    (ask(tools=[{"type": "code_interpreter"}]), 400, "unsupported_tool", "tools[0].type"),
    (ask(tools=[{"type": "computer_use_preview"}]), 400, "unsupported_tool", "tools[0].type"),
    (ask(reasoning={"effort": "utmost"}), 400, "invalid_value", "reasoning.effort"),
    (ask(text={"format": {"type": "json_schema", "name": "n"}, "tone": 1}), 400, "unknown_parameter", "text.tone"),
    (ask() | {"input": [{"type": "item_reference", "id": "x"}]}, 400, "unsupported_content", "input[0].type"),
    (ask() | {"input": [{"type": "web_search_call", "id": "x"}]}, 400, "unsupported_content", "input[0].type"),
    (
        ask() | {"input": [{"role": "user", "content": [{"type": "input_file"}]}]},
        400,
        "unsupported_content",
        "input[0].content[0].type",
    ),
    (
        ask() | {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
        400,
        "unsupported_parameter",
        "input[0].content[0].file_id",
    ),
    (ask(guardrailConfig={"x": 1}), 400, "unsupported_guardrail", "guardrailConfig"),
]


@pytest.mark.parametrize(
    ("path", "case"),
    [("/chat/completions", case) for case in CHAT] + [("/responses", case) for case in RESPONSES],
    ids=lambda value: value if isinstance(value, str) else f"{value[2]}-{value[3]}",
)
def test_a_bad_request_says_what_is_wrong_and_calls_nobody(
    here: World, path: str, case: tuple[Any, int, str, str | None]
) -> None:
    body, status, code, param = case
    before = len(here.server.requests)
    reply = here.call(path, body)
    assert (reply.status, reply.error["code"], reply.error["param"]) == (status, code, param)
    assert reply.error["message"].endswith((".", "."))
    assert set(reply.error) == {"message", "type", "param", "code"}
    assert len(here.server.requests) == before
    assert (here.record["status"], here.record["error"]) == (status, code)
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-request-id"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def test_guardrail_headers_are_refused_with_the_reason(here: World) -> None:
    reply = here.call("/chat/completions", chat(), headers={"X-Amzn-Bedrock-GuardrailIdentifier": "mine"})
    assert (reply.status, reply.error["code"]) == (400, "unsupported_guardrail")
    assert "does nothing" in reply.error["message"]


#: Words by which coding agents know that a history is too long, and shorten it
#: (https://github.com/badlogic/pi-mono/issues/5677).
OVERFLOW = re.compile(r"exceeds the context window|maximum context length is \d+ tokens")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chat/completions", chat("x " * 1_100_000)),
        ("/responses", ask("x " * 1_100_000)),
        ("/chat/completions", chat("x " * 1_000_000, max_tokens=20_000)),
    ],
    ids=["chat", "responses", "with a limit"],
)
def test_an_overflow_has_the_words_that_agents_look_for(here: World, path: str, body: Any) -> None:
    error = here.call(path, body).error
    assert error["code"] == "context_length_exceeded"
    assert OVERFLOW.search(error["message"])


def test_too_much_text_is_told_to_send_less_text(here: World) -> None:
    assert "less text" in here.call("/chat/completions", b" " * 3_670_017).error["message"]


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("gzip", gzip.compress(b"{}")),
        ("zstd", b"\x28\xb5\x2f\xfd\x00"),
        ("", gzip.compress(b"{}")),
        ("br", b"\x0b\x01"),
    ],
    ids=["gzip", "zstd", "no header", "br"],
)
def test_a_compressed_body_is_named(here: World, encoding: str, raw: bytes) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    reply = here.call("/chat/completions", raw, headers=headers, base64=True)
    assert (reply.status, reply.error["code"]) == (400, "unsupported_content_encoding")
    assert (encoding or "gzip") in reply.error["message"]
    plain = json.dumps(chat()).encode()
    assert here.call("/chat/completions", plain, headers={"Content-Encoding": "gzip"}).status == 200


def test_an_unknown_route_lists_the_routes_and_a_wrong_method_says_which_is_right(here: World) -> None:
    reply = here.call("/completions", {})
    assert (reply.status, reply.error["code"]) == (404, "unknown_route")
    assert "POST /chat/completions" in reply.error["message"]
    reply = here.call("/chat/completions")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert here.call("/models/a/b").status == 404
    assert here.record["route"] == "unknown"


def test_a_body_in_base64_is_the_same_body(here: World) -> None:
    event = {
        "httpMethod": "POST",
        "path": "/responses",
        "body": base64.b64encode(b"{").decode(),
        "isBase64Encoded": True,
    }
    from lambdas.proxy.request.event import read

    assert read(json.dumps(event).encode()).body.data == b"{"


def test_models_are_those_of_the_team(here: World) -> None:
    listed = here.call("/models").json
    assert [model["id"] for model in listed["data"]] == ["google.gemma-4-31b", "google.gemma-4-e2b"]
    assert here.call(f"/models/{BIG}").json["id"] == BIG
    assert here.call(f"/models/{OTHER}").error["code"] == "model_not_found"
    assert here.call("/health").json["status"] == "ok"
    assert here.record["route"] == "health"
