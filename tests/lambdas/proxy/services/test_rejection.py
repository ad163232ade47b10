"""Guarantees: what one caller wrote changes no other caller's request; and the record says what was really sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.proxy.services import rejection

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import World, chat, chat_answer, refusing, world


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def rejects(name: str, message: str, code: str | None, *, param: str | None, bad: Any = None) -> Any:
    """A model endpoint that rejects a parameter: always, or with one value."""

    def handle(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        if name in body and (bad is None or body[name] == bad):
            error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
            peer.reply(json.dumps({"error": error}).encode(), "400 Bad Request")
        else:
            peer.reply(json.dumps(chat_answer()).encode())

    return handle


#: A parameter, a value that is rejected, another caller's good one, and what the service says.
VALUES: list[tuple[str, Any, Any, str, str | None]] = [
    ("top_p", 0, 0.5, "top_p must be in (0, 1], got 0", None),
    ("seed", -1, 7, "seed must be non-negative", "invalid_request_error"),
    ("logit_bias", {"1": 100}, {"1": 5}, "logit_bias must be in [-99, 99]", "unsupported_value"),
    ("temperature", 2, 1, "'temperature' must be less than 2", "invalid_request_error"),
    ("top_p", 0, 0.9, "Invalid value for parameter: top_p", None),
    ("top_p", 0, 0.8, "'top_p' is not supported with values below 0.1", "invalid_request_error"),
    ("top_p", 0, 0.7, "This model does not support top_p=0", None),
    ("seed", -2, 7, "seed is not supported when it is negative", None),
    ("temperature", 0, 0.5, "'temperature': only the default value is supported when top_p is given.", None),
    ("presence_penalty", 2, 1, "Only values up to 1 are taken.", "unsupported_value"),
]


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[0])
@pytest.mark.parametrize("named", [True, False])
def test_a_bad_value_is_that_callers(here: World, case: Any, named: bool) -> None:
    name, bad, good, message, code = case
    here.mantle = rejects(name, message, code, param=name if named else None, bad=bad)
    reply = here.call("/chat/completions", chat("x", **{name: bad}))
    assert reply.status == (200 if code == "unsupported_value" and "Only" in message and named else 400)
    here.call("/chat/completions", chat("x", **{name: good}))
    assert here.prompts[-1][name] == good


@pytest.mark.parametrize("param", ["logit_bias.1", "logit_bias[1]"])
def test_what_is_said_of_a_part_of_a_value_is_that_callers(here: World, param: str) -> None:
    here.mantle = rejects("logit_bias", "Unknown parameter: '1'.", "unknown_parameter", param=param, bad={"1": 5})
    assert here.call("/chat/completions", chat("x", logit_bias={"1": 5})).status == 400
    here.call("/chat/completions", chat("x", logit_bias={"2": 5}))
    assert here.prompts[-1]["logit_bias"] == {"2": 5}


def test_a_tier_that_is_short_is_left_out_once_and_recorded_so(here: World) -> None:
    message = "flex capacity is not available now"
    here.mantle = rejects("service_tier", message, "invalid_request_error", param="service_tier", bad="flex")
    reply = here.call("/chat/completions", chat("x", service_tier="flex"))
    assert (reply.status, reply.headers["x-cloister-parameters"]) == (200, "service_tier=dropped")
    assert here.record["tier"] == "default"
    here.mantle = rejects("nothing", "", None, param=None)
    here.call("/chat/completions", chat("x", service_tier="flex"))
    assert here.prompts[-1]["service_tier"] == "flex"
    assert here.record["tier"] == "flex"


def test_a_tier_that_is_not_known_at_all_is_recorded_as_the_default(here: World) -> None:
    here.mantle = rejects("service_tier", "Unsupported parameter", "unsupported_parameter", param="service_tier")
    for _ in range(2):
        here.call("/chat/completions", chat("x", service_tier="flex"))
        assert here.record["tier"] == "default"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Unsupported parameter: 'temperature' is not supported with this model.", "unsupported_parameter"),
        ("Unsupported value: 'temperature': only the default (1) value is supported.", "unsupported_value"),
        ("This model does not support temperature.", None),
        ("`temperature` is not supported", "invalid_request_error"),
    ],
)
def test_what_is_said_of_the_parameter_itself_is_remembered_for_a_while(
    here: World, monkeypatch: pytest.MonkeyPatch, message: str, code: str | None
) -> None:
    here.mantle = rejects("temperature", message, code, param="temperature")
    for calls in (2, 3):
        assert here.call("/chat/completions", chat(temperature=0.5)).status == 200
        assert len(here.prompts) == calls
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + rejection.KEPT + 1)
    assert here.call("/chat/completions", chat(temperature=0.5), seconds=rejection.KEPT + 60).status == 200
    assert len(here.prompts) == 5, "asked again"


def test_words_of_a_caller_that_the_service_quotes_teach_nothing(here: World) -> None:
    words = "'temperature' is not supported"
    here.mantle = rejects("stop", f"Invalid stop: {words}", None, param=None, bad=[words])
    here.call("/chat/completions", chat("x", stop=words, temperature=0.5))
    here.call("/chat/completions", chat("x", temperature=0.5))
    assert here.prompts[-1]["temperature"] == 0.5
    tool = {"type": "function", "function": {"name": "reasoning_effort", "parameters": {"type": "odd"}}}
    here.mantle = rejects("tools", "Invalid schema for function 'reasoning_effort'.", None, param=None)
    here.call("/chat/completions", chat("x", tools=[tool]))
    here.mantle = rejects("nothing", "", None, param=None)
    tool["function"] = {"name": "f"}
    here.call("/chat/completions", chat("x", tools=[tool]))
    assert "reasoning_effort" not in here.prompts[-1]


def test_nothing_of_a_request_stays_in_the_memory(here: World) -> None:
    here.mantle = rejects("temperature", "no secret words", "unsupported_parameter", param="temperature")
    here.call("/chat/completions", chat("secret words", temperature=0.123))
    known = here.app._upstream._known
    assert [list(rules) for rules in known.values()] == [["temperature"]]
    assert "secret" not in repr(known)
    assert "0.123" not in repr(known)


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 10 tokens. However, you requested 20.",
        "Input is too long for requested model.",
        "request (9 tokens) exceeds the available context size (8 tokens)",
        "The decoder prompt (length 9) is longer than the maximum model length of 8.",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8. Given: 9 `inputs` tokens",
        "input length and `max_tokens` exceed context limit: 9 + 8 > 10",
    ],
)
def test_an_overflow_that_the_service_finds_has_the_code_and_the_words(here: World, message: str) -> None:
    here.mantle = refusing("400 Bad Request", json.dumps({"error": {"message": message, "code": 400}}).encode())
    error = here.call("/chat/completions", chat()).error
    assert error["code"] == here.record["error"] == "context_length_exceeded"
    assert "exceeds the context window" in error["message"] or "maximum context length is" in error["message"]


@pytest.mark.parametrize("message", ["max_tokens is too large: 9.", "max_completion_tokens must be at most 8"])
def test_a_limit_that_the_service_finds_too_large_is_no_overflow(here: World, message: str) -> None:
    here.mantle = refusing("400 Bad Request", json.dumps({"error": {"message": message, "code": 400}}).encode())
    assert here.call("/chat/completions", chat()).error["code"] == "invalid_value"
