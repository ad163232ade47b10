"""Guarantees: what a service answers, wherever in its answer it stands, reaches the caller's own answer at the most."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.proxy.services import backoff

from ..support.authority import Authority
from ..support.faults import asked
from ..support.guardrail import BLOCKED_MESSAGE, FORBIDDEN, verdict
from ..support.tls_server import Handler, Peer, Request
from ..world import (
    ask,
    chat,
    chat_answer,
    chat_events,
    data,
    message_item,
    response_answer,
    response_events,
    retaining,
)
from .places import places, put
from .watch import Watched, watched

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": "b"}'}}
REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "s"}],
    "content": [{"type": "reasoning_text", "text": "r"}],
}
WRITTEN = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
CHATS = (
    chat_answer("Hello.", refusal="No.", reasoning_content="hm", annotations=[]),
    chat_answer(None, tool_calls=[CALL]),
)
RESPONSES = (response_answer(REASONING, message_item("Hello."), {**WRITTEN, "status": "completed"}),)
#: Headers of an answer. Which call it was (``x-amzn-requestid``) the service says by a word of its own, so it is not
#: among those that hold a word here: the record has it.
HEADERS = (
    *("content-type", "content-length", "transfer-encoding", "content-encoding", "location", "retry-after", "server"),
    *("retry-after-ms", "x-ratelimit-limit-requests", "set-cookie", "connection", "x-amzn-errortype", "trailer", "via"),
)


@pytest.fixture
def one(authority: Authority, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A function that is watched to the end of the test, and tries again without delay."""
    monkeypatch.setattr(backoff, "FIRST", 0.0005)
    with watched(authority, CLOISTER_BUDGET={"month": 10**15} if "ledger" in request.node.name else None) as made:
        yield made
        assert made.leaks() == []


def requesting(one: Watched, path: str, *, stream: bool = False, **more: Any) -> None:
    """Ask for something with a canary in it."""
    make = ask if path == "/responses" else chat
    one.call("POST", path, make(one.canary.text, **more) | ({"stream": True} if stream else {}))


def plainly(peer: Peer, request: Request) -> None:
    """A model that answers as it should."""
    what = asked(request)
    if what.stream:
        events = response_events(message_item("Hello.")) if what.responses else chat_events(["Hello."])
        peer.reply(b"".join(events), headers="content-type: text/event-stream\r\n")
    else:
        peer.reply(json.dumps(response_answer(message_item("Hello.")) if what.responses else chat_answer()).encode())


def giving(body: bytes, status: str = "200 OK", headers: str = "") -> Handler:
    """A service that answers this."""
    return lambda peer, _: peer.reply(body, status, headers)


def test_no_place_of_a_models_answer(one: Watched) -> None:
    for path, answers in (("/chat/completions", CHATS), ("/responses", RESPONSES)):
        for answer in answers:
            for place in places(answer):
                for form in ("word", "text"):
                    canary = one.next()
                    one.here.mantle = giving(json.dumps(put(answer, place, canary, getattr(canary, form))).encode())
                    requesting(one, path)


def _events(path: str) -> list[dict[str, Any]]:
    stream = (
        response_events(REASONING | {"content": []}, message_item("Hello."), {**WRITTEN, "status": "completed"}, cut=99)
        if path == "/responses"
        else chat_events(["Hello."])
    )
    found = [piece.partition(b"data: ")[2] for piece in stream]
    return [json.loads(piece) for piece in found if piece.strip() != b"[DONE]"]


@pytest.mark.parametrize("path", ["/chat/completions", "/responses"])
def test_no_place_of_a_models_events(one: Watched, path: str) -> None:
    events = _events(path)
    for at, event in enumerate(events):
        for number, place in enumerate(places(event)):
            if path == "/responses" and len(place) > 3 and number % 4:
                continue  # much of it is the same object again
            canary = one.next()
            text = canary.text if number % 2 else canary.word
            sent = [*events[:at], put(event, place, canary, text), *events[at + 1 :]]
            stream = b"".join(data(each, each.get("type")) for each in sent) + b"data: [DONE]\n\n"
            one.here.mantle = giving(stream, headers="content-type: text/event-stream\r\n")
            requesting(one, path, stream=True)


@pytest.mark.parametrize("stream", [False, True])
def test_no_refusal_header_or_garbage_of_a_models(one: Watched, stream: bool) -> None:
    error = {"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}
    for status in ("400 {0}", "403 {0}", "429 {0}", "500 {0}", "302 {0}", "200 {0}"):
        for place in places(error):
            canary = one.next()
            body = json.dumps(put(error, place, canary, canary.text)).encode()
            one.here.mantle = giving(body, status.format(canary.word), f"x-amzn-requestid: {canary.word} x\r\n")
            requesting(one, "/chat/completions", stream=stream)
    for header in HEADERS:
        canary = one.next()
        one.here.mantle = giving(b"{}", "200 OK", f"{header}: {canary.word}\r\n{canary.word}: {canary.word}\r\n")
        requesting(one, "/responses", stream=stream)
    for raw in (b"%b\r\n\r\n", b"HTTP/1.1 %b\r\n\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%b\r\n"):
        canary = one.next()
        said = raw % canary.word.encode()

        def broken(peer: Peer, _: Request, said: bytes = said) -> None:
            peer.send(said)
            peer.close()
            raise EOFError

        one.here.mantle = broken
        requesting(one, "/chat/completions", stream=stream)


def _verdicts() -> list[dict[str, Any]]:
    said = [verdict("INPUT", [{"text": {"text": text}}]) for text in ("x", f"mail ada@b.com {FORBIDDEN}", "ada@b.com")]
    assert said[1]["outputs"] == [{"text": BLOCKED_MESSAGE}]
    return [{**answer, "actionReason": "r", "guardrailArn": "a"} for answer in said]


def test_no_place_of_a_guardrails_answer(one: Watched) -> None:
    one.here.mantle = plainly
    for number, answer in enumerate(_verdicts()):
        for at, place in enumerate(places(answer)):
            canary = one.next()
            said = json.dumps(put(answer, place, canary, canary.text if at % 2 else canary.word)).encode()
            one.here.guardrail = giving(said)
            requesting(one, "/responses" if at % 3 else "/chat/completions", stream=bool(number % 2))
    for status in ("400 {0}", "403 {0}", "500 {0}", "302 {0}"):
        canary = one.next()
        body = json.dumps({"message": canary.text, "__type": canary.word}).encode()
        one.here.guardrail = giving(body, status.format(canary.word), f"x-amzn-errortype: {canary.word}\r\n")
        requesting(one, "/chat/completions")


def test_nothing_that_is_told_of_retention(one: Watched) -> None:
    upstream = one.here.app._upstream
    said = {"id": "proj", "data_retention": {"mode": "default", "allowed_modes": ["default"], "source": "project"}}
    for status in ("200 OK", "403 {0}"):
        for place in places(said):
            canary = one.next()
            body = json.dumps(put(said, place, canary, canary.text)).encode()
            one.here.retention = giving(body, status.format(canary.word), f"x-note: {canary.word}\r\n")
            with one.writing():
                upstream.retention._looking.acquire()
                upstream.retention._look()
            requesting(one, "/chat/completions")
    one.here.retention = retaining("none")


@pytest.mark.parametrize("path", ["/chat/completions", "/responses"])
def test_nothing_of_an_object_or_its_key(one: Watched, path: str) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
    one.here.mantle = plainly
    answers: list[tuple[bytes, str, str]] = [
        (png + b"%b", "200 OK", "content-type: {0}\r\netag: {0}\r\n"),
        *((b"<Error><Code>%b</Code></Error>", f"{status} {{0}}", "x-amz-request-id: {0} {0}\r\n") for status in
          (400, 403, 404, 301, 503)),
        (b"%b", "200 OK", "location: https://{0}.example\r\n"),
    ]  # fmt: skip
    for body, status, headers in answers:
        for bucket in ("pictures/atlas", "others", "elsewhere", "{0}"):
            canary = one.next()
            word = canary.word
            one.here.objects = giving(body.replace(b"%b", word.encode()), status.format(word), headers.format(word))
            url = f"s3://{bucket.format(word)}/{word}.png"
            shown = {"image_url": url if path == "/responses" else {"url": url}}
            part = {"type": "input_image" if path == "/responses" else "image_url", **shown}
            turn = [{"role": "user", "content": [part]}]
            body_sent = {"input": turn} if path == "/responses" else {"messages": turn}
            one.call("POST", path, {"model": ask()["model"], **body_sent})


def test_nothing_that_the_ledger_says(one: Watched) -> None:
    one.here.mantle = plainly
    item = {"id": {"S": "2026-11"}, "committed": {"N": "1"}, "spent": {"N": "1"}, "flying": {"N": "0"}}
    for kind in ("", "x#ConditionalCheckFailedException", "x#ThrottlingException", "x#ValidationException"):
        answer = {"__type": kind, "message": "m", "Item": item} if kind else {"Attributes": item}
        for place in places(answer):
            canary = one.next()
            body = json.dumps(put(answer, place, canary, canary.text)).encode()
            one.here.ledger = giving(body, f"{400 if kind else 200} {canary.word}", f"x-note: {canary.word}\r\n")
            requesting(one, "/chat/completions", max_tokens=5)


def test_nothing_that_the_signing_key_says(one: Watched) -> None:
    one.here.mantle = plainly
    for status in ("200 {0}", "400 {0}", "503 {0}"):
        for place in places(answer := {"Signature": "c2lnbmVk", "KeyId": "k", "__type": "t", "message": "m"}):
            canary = one.next()
            body = json.dumps(put(answer, place, canary, canary.text)).encode()
            one.here.kms = giving(body, status.format(canary.word), f"x-note: {canary.word}\r\n")
            one.signing._next = one.signing._again = 0.0  # one is due, whatever was before
            requesting(one, "/chat/completions")
    assert {line["record"] for line in one.lines()} >= {"head", "unsigned"}


def test_nothing_that_the_key_of_digests_says(one: Watched) -> None:
    one.here.mantle = plainly
    digests = one.here.app._digests
    assert digests is not None
    mac = base64.b64encode(bytes(32)).decode()
    for status in ("200 {0}", "400 {0}", "503 {0}"):
        for place in places(answer := {"Mac": mac, "KeyId": "k", "__type": "t", "message": "m"}):
            canary = one.next()
            body = json.dumps(put(answer, place, canary, canary.text)).encode()
            one.here.kms = giving(body, status.format(canary.word), f"x-note: {canary.word}\r\n")
            digests.nonce, digests._again = None, 0.0  # it is asked for anew, whatever was before
            requesting(one, "/chat/completions")
    missing = {line["digest"]["missing"] for line in one.lines() if line["record"] == "inference"}
    assert missing >= {None, "kms_400", "kms_answer"}
