"""Guarantees: how a request begins, as the team chose it: guarded before or during the call, elsewhere if need be."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.proxy.services import backoff, cleared
from tests.waiting import LONG, until

from .support.authority import Authority
from .support.tls_server import Peer, Request
from .test_guarding import PNG
from .world import (
    BIG,
    FORBIDDEN,
    MANTLE,
    OTHER,
    SMALL,
    Handler,
    World,
    answering,
    ask,
    chat,
    chat_answer,
    chat_events,
    guard,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)

STREAMS: dict[str, tuple[Callable[..., dict[str, Any]], list[bytes]]] = {
    "/chat/completions": (lambda: chat(stream=True), chat_events(["Hello."])),
    "/responses": (lambda: ask(stream=True), response_events(message_item("Hello."))),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.01)


def late(handler: Handler, seconds: float, source: str = "INPUT") -> Handler:
    """A guardrail that takes its time for an input."""

    def handle(peer: Peer, request: Request) -> None:
        if json.loads(request.body)["source"] == source:
            time.sleep(seconds)
        handler(peer, request)

    return handle


def once_asked(here: World) -> Handler:
    """A guardrail that judges an input only once the model was asked."""

    def handle(peer: Peer, request: Request) -> None:
        if json.loads(request.body)["source"] == "INPUT":
            until(lambda: here.prompts, "the model is not asked before the verdict")
        guard(peer, request)

    return handle


@pytest.mark.parametrize("path", STREAMS)
def test_the_call_and_the_check_overlap_and_nothing_is_released_before_the_verdict(
    authority: Authority, path: str
) -> None:
    make, events = STREAMS[path]
    with world(authority, CLOISTER_INPUT="overlap") as here:
        cleared_at: list[float] = []

        def slow(peer: Peer, request: Request) -> None:
            if json.loads(request.body)["source"] == "INPUT":
                until(lambda: here.prompts, "the model is not asked before the verdict")
                cleared_at.append(time.monotonic())
            guard(peer, request)

        here.guardrail = slow
        here.mantle = streaming(*events)
        reply = here.call(path, make(), seconds=2 * LONG)
        assert b"Hello." in reply.body
        assert reply.writes[0][0] >= cleared_at[0]
        assert here.record["guardrail"]["input"] == "none"


def test_strict_is_the_default_and_sends_nothing_before_the_verdict(authority: Authority) -> None:
    with world(authority) as here:
        here.guardrail = late(guard, 0.2)
        here.call("/chat/completions", chat())
        assert [request.headers["host"] for request in here.server.requests][1] == MANTLE


@pytest.mark.parametrize("path", STREAMS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_is_faster_than_the_verdict_says_nothing_before_it(
    authority: Authority, path: str, stream: bool
) -> None:
    with world(authority, CLOISTER_INPUT="overlap") as here:
        answer = chat_answer() if path == "/chat/completions" else response_answer(message_item("Hello."))
        here.mantle = streaming(*STREAMS[path][1]) if stream else answering(answer)
        here.guardrail = once_asked(here)
        asked = chat(FORBIDDEN, stream=stream) if path == "/chat/completions" else ask(FORBIDDEN, stream=stream)
        reply = here.call(path, asked)
        assert len(here.prompts) == 1, "the model had answered"
        assert (reply.status, reply.error["code"]) == (400, "content_filter")
        assert b"Hello" not in reply.body
        assert here.record["output_tokens"] is None


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_input_ends_the_call_that_is_under_way(authority: Authority, stream: bool) -> None:
    with world(authority, CLOISTER_INPUT="overlap") as here:
        ended = threading.Event()

        def endless(peer: Peer, request: Request) -> None:
            try:
                if not stream:
                    peer.wait()
                    raise EOFError
                streaming(*chat_events(["word " * 60] * 40_000), pause=0.01, end=False)(peer, request)
            except (OSError, EOFError):
                ended.set()
                raise

        here.mantle = endless
        here.guardrail = once_asked(here)
        reply = here.call("/chat/completions", chat(FORBIDDEN, stream=stream), seconds=10 * LONG)
        assert (reply.status, reply.error["code"]) == (400, "content_filter")
        assert b"word" not in reply.body
        assert ended.wait(LONG), "the model was still writing"
        assert here.record["guardrail"]["input"] == "blocked"
        # The function goes on as if nothing had been.
        here.mantle, here.guardrail = answering(chat_answer()), guard
        assert here.call("/chat/completions", chat()).status == 200


def test_an_input_that_is_masked_is_sent_anew(authority: Authority) -> None:
    with world(authority, CLOISTER_INPUT="overlap") as here:

        def echo(peer: Peer, request: Request) -> None:
            said = json.loads(request.body)["messages"][0]["content"]
            peer.reply(json.dumps(chat_answer(f"You said: {len(said)}")).encode())

        here.mantle = echo
        here.guardrail = once_asked(here)
        reply = here.call("/chat/completions", chat("a@b.com"))
        assert reply.json["choices"][0]["message"]["content"] == "You said: 7", "the length of {EMAIL}"
        assert here.prompts[-1]["messages"][0]["content"] == "{EMAIL}"
        assert here.record["guardrail"]["input"] == "masked"
        assert here.record["upstream"]["attempts"] == 2


@pytest.mark.parametrize("mode", ["strict", "overlap"])
def test_a_guardrail_that_is_down_is_a_503_in_either_mode(authority: Authority, mode: str) -> None:
    with world(authority, CLOISTER_INPUT=mode) as here:
        here.guardrail = lambda peer, _: peer.reply(b"{}", "503 Busy")
        here.mantle = streaming(*chat_events(["Hello."]))
        reply = here.call("/chat/completions", chat(stream=True))
        assert (reply.status, reply.error["code"]) == (503, "guardrail_unavailable")
        assert b"Hello" not in reply.body


def busy(*models: str, status: str = "503 Busy") -> Handler:
    """A model endpoint of which some models (or tiers) are out of capacity."""

    def handle(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        if body["model"] in models or body["service_tier"] in models:
            peer.reply(b'{"error": {"message": "No capacity."}}', status)
            return
        made = chat_answer() if "messages" in body else response_answer(message_item("Hello."))
        peer.reply(json.dumps({**made, "service_tier": body["service_tier"]}).encode())

    return handle


@pytest.mark.parametrize("mode", ["strict", "overlap"])
@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
@pytest.mark.parametrize("path", ["/chat/completions", "/responses"])
def test_another_model_serves_when_one_is_busy_and_it_is_said(
    authority: Authority, path: str, status: str, mode: str
) -> None:
    changes = {"CLOISTER_FALLBACKS": f"{BIG}>{SMALL}/", "CLOISTER_INPUT": mode}
    with world(authority, **changes) as here:
        here.mantle = busy(BIG, status=status)
        reply = here.call(path, chat("a@b.com") if path == "/chat/completions" else ask("a@b.com"))
        assert reply.status == 200
        assert reply.json["model"] == SMALL
        assert reply.headers["x-cloister-fallback"] == f"{SMALL}/default"
        assert reply.headers["x-cloister-reasoning-effort"] == "high", "prepared for the model that serves"
        assert "{EMAIL}" in json.dumps(here.prompts[-1]), "what was masked stays masked"
        assert "a@b.com" not in json.dumps(here.prompts[-1])
        assert here.record["model"] == SMALL
        assert here.record["fallback_from"] == {"model": BIG, "tier": "default"}
        assert here.record["upstream"]["attempts"] >= 4, "the retries come first"
        checked = [check for check in here.checks if check["source"] == "INPUT"]
        assert len(checked) == 1, "the same texts are not checked twice"


def test_another_tier_serves_and_what_is_not_named_stays(authority: Authority) -> None:
    with world(authority, CLOISTER_FALLBACKS=">/default") as here:
        here.mantle = busy("flex")
        reply = here.call("/chat/completions", chat(service_tier="flex"))
        assert reply.headers["x-cloister-fallback"] == f"{BIG}/default"
        assert (here.record["tier"], here.record["tier_served"]) == ("default", "default")
        here.mantle = busy("default")
        assert here.call("/chat/completions", chat()).status == 503, "there is nothing else to try"


def test_a_stream_falls_back_before_it_begins(authority: Authority) -> None:
    with world(authority, CLOISTER_FALLBACKS=f">{SMALL}/") as here:
        free = streaming(*chat_events(["Hello."]))
        taken = busy(BIG)
        here.mantle = lambda peer, request: (taken if b"31b" in request.body else free)(peer, request)
        reply = here.call("/chat/completions", chat(stream=True))
        assert (reply.text, reply.headers["x-cloister-fallback"]) == ("Hello.", f"{SMALL}/default")


def test_without_a_word_in_the_teams_file_there_is_no_other(authority: Authority) -> None:
    with world(authority) as here:
        here.mantle = busy(BIG)
        assert here.call("/chat/completions", chat()).status == 503
        assert {prompt["model"] for prompt in here.prompts} == {BIG}
        assert here.record["fallback_from"] is None


def test_only_want_of_capacity_is_a_reason(authority: Authority) -> None:
    with world(authority, CLOISTER_FALLBACKS=f">{SMALL}/") as here:
        for status in ("400 Bad", "500 Oops"):
            here.mantle = busy(BIG, status=status)
            assert here.call("/chat/completions", chat()).status == int(status[:3])
        assert {prompt["model"] for prompt in here.prompts} == {BIG}


def test_what_another_model_cannot_take_is_not_sent_to_it(authority: Authority) -> None:
    with world(authority, CLOISTER_FALLBACKS=f">{SMALL}/") as here:
        here.mantle = busy(BIG)
        reply = here.call("/chat/completions", chat(max_tokens=200_000))
        assert reply.status == 503
        assert {prompt["model"] for prompt in here.prompts} == {BIG}


@pytest.mark.parametrize(
    "value", [f">{OTHER}/", ">/priority", f"{OTHER}>{SMALL}/", "nonsense", f"{BIG}>/", f"{SMALL}/default"]
)
def test_a_fallback_that_the_team_may_not_use_stops_the_function(authority: Authority, value: str) -> None:
    with pytest.raises(ValueError, match="fallbacks"), world(authority, CLOISTER_FALLBACKS=value):
        pass


def talk(*turns: str) -> dict[str, Any]:
    """A conversation, system prompt and picture included, with a tool."""
    roles = ["user", "assistant"] * len(turns)
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    messages += [{"role": role, "content": text} for role, text in zip(roles, turns, strict=False)]
    picture = {"type": "image_url", "image_url": {"url": PNG}}
    messages[1]["content"] = [{"type": "text", "text": turns[0]}, picture]
    tool = {"type": "function", "function": {"name": "find", "description": "Finds."}}
    return {"model": BIG, "messages": messages, "tools": [tool]}


def inputs(here: World) -> list[str]:
    """What the guardrail was shown of inputs since it was last asked."""
    shown = [
        block["text"]["text"] if "text" in block else "picture"
        for check in here.checks
        if check["source"] == "INPUT"
        for block in check["content"]
    ]
    here.server.requests.clear()
    return sorted(shown)


def test_unchanged_history_is_skipped_if_the_team_allows_it(authority: Authority) -> None:
    with world(authority, CLOISTER_HISTORY="once", CLOISTER_PROMPT_ATTACKS="everything") as here:
        here.call("/chat/completions", talk("One"))
        assert inputs(here) == ["Be brief.", "Finds.", "One", "find", "picture"]
        here.call("/chat/completions", talk("One", "Two", "Three"))
        assert inputs(here) == ["Three", "Two"]
        assert here.record["guardrail"]["skipped"] == 5
        assert here.record["guardrail"]["input"] == "none"
        here.call("/chat/completions", talk("One", "Two", "Three"))
        assert inputs(here) == []


def test_history_that_was_changed_is_guarded_from_there_on(authority: Authority) -> None:
    with world(authority, CLOISTER_HISTORY="once", CLOISTER_PROMPT_ATTACKS="everything") as here:
        here.call("/chat/completions", talk("One", "Two", "Three"))
        inputs(here)
        here.call("/chat/completions", talk("One", "Two!", "Three"))
        assert inputs(here) == ["Three", "Two!"], "the order and all that stands before are part of it"


def test_what_was_masked_or_blocked_is_never_skipped(authority: Authority) -> None:
    with world(authority, CLOISTER_HISTORY="once", CLOISTER_PROMPT_ATTACKS="everything") as here:
        for _ in range(2):
            here.call("/chat/completions", talk("a@b.com", "Two", "Three"))
            assert "a@b.com" in inputs(here)
            assert here.record["guardrail"]["input"] == "masked"
            blocked = here.call("/chat/completions", talk("One", FORBIDDEN))
            assert blocked.error["code"] == "content_filter"
            assert FORBIDDEN in inputs(here)


def test_by_default_everything_is_guarded_each_time(authority: Authority) -> None:
    with world(authority, CLOISTER_PROMPT_ATTACKS="everything") as here:
        for _ in range(2):
            here.call("/chat/completions", talk("One"))
            assert inputs(here) == ["Be brief.", "Finds.", "One", "find", "picture"]
        assert here.record["guardrail"]["skipped"] == 0


def test_what_one_environment_knows_no_other_does(authority: Authority) -> None:
    for _ in range(2):
        with world(authority, CLOISTER_HISTORY="once", CLOISTER_PROMPT_ATTACKS="everything") as here:
            here.call("/chat/completions", talk("One"))
            assert "One" in inputs(here)


def test_the_memory_is_bounded_and_holds_no_text(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleared, "KEPT", 8)
    with world(authority, CLOISTER_HISTORY="once", CLOISTER_PROMPT_ATTACKS="everything") as here:
        for number in range(10):
            here.call("/chat/completions", talk(f"One {number}"))
        known = here.app._opening._cleared._known
        assert len(known) == 8
        assert all(len(digest) == 32 for digest in known)
