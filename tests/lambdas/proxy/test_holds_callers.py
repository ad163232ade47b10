"""Guarantees: a caller that is slow, leaves, or sends what is no request costs its own request and nothing more."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.waiting import LONG

from .support.authority import Authority
from .support.environment import Environment, running
from .support.faults import SAID, chunked, right
from .support.runtime_server import Answer
from .support.tls_server import Peer, Request
from .world import World, chat, chat_events, world


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


@pytest.fixture(scope="module")
def one(here: World, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with running(here, authority, tmp_path_factory.mktemp("function")) as made:
        yield made


class Writer:
    """A model that writes as fast as it can and never ends, and knows whether somebody stopped reading."""

    def __init__(self) -> None:
        self.left = threading.Event()

    def __call__(self, peer: Peer, request: Request) -> None:
        first, piece, *_ = chat_events(["The quick brown fox jumps over the lazy dog. " * 9])
        try:
            peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunked(first))
            while True:
                peer.send(chunked(piece))
        except OSError:
            self.left.set()
            raise


def served(here: World, one: Environment) -> None:
    """The environment serves the next caller."""
    here.mantle = right
    assert SAID.strip() in one.invoke("/chat/completions").wait().body.decode()


def test_a_reader_that_stops_fills_no_memory_and_has_its_record(here: World, one: Environment) -> None:
    here.mantle = Writer()
    before, memory = one.record_count(), one.resident()
    over = threading.Event()

    def stop(answer: Answer, _: socket.socket) -> None:
        if len(answer.chunks) == 3:
            over.wait(LONG)

    one.api.on_chunk = stop
    try:
        one.invoke("/chat/completions", stream=True, seconds=4)
        time.sleep(5)  # past its deadline, whatever the machine has done by then
        grown = one.resident() - memory
    finally:
        over.set()
        one.api.on_chunk = None
    (record,) = one.records_after(before)
    # Which of the two depends on how much of it the kernel has taken by then.
    assert (record["status"], record["error"]) in ((200, "deadline_reached"), (499, "client_closed"))
    assert grown < 32_000_000
    served(here, one)


def test_a_caller_that_leaves_ends_the_models_work_at_once(here: World, one: Environment) -> None:
    here.mantle = writer = Writer()
    before = one.record_count()

    def leave(answer: Answer, sock: socket.socket) -> None:
        if len(answer.chunks) == 3:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            raise EOFError

    one.api.on_chunk = leave
    try:
        one.invoke("/chat/completions", stream=True, seconds=10 * LONG)
        assert writer.left.wait(LONG), "the model writes on, for nobody"
    finally:
        one.api.on_chunk = None
    (record,) = one.records_after(before)
    assert (record["status"], record["error"]) == (499, "client_closed")
    served(here, one)


def deep(levels: int) -> bytes:
    return b'{"model": "google.gemma-4-31b", "messages": ' + b"[" * levels + b"]" * levels + b"}"


#: What is posted, and the code that it gets.
BODIES: dict[str, tuple[bytes, str]] = {
    "deep nesting": (deep(100_000), "nested_too_deep"),
    "deep nesting, unclosed": (deep(100_000)[:90_000], "nested_too_deep"),
    "a huge number": (b'{"seed": ' + b"9" * 100_000 + b"}", "invalid_number"),
    "a huge exponent": (b'{"temperature": 1e99999}', "invalid_number"),
    "a key that stands twice": (b'{"model": "google.gemma-4-31b", "model": "x"}', "duplicate_key"),
    "a key that stands twice, deep down": (
        json.dumps(chat(metadata={"a": "b"})).encode().replace(b'{"a": "b"}', b'{"a": "b", "\\u0061": "c"}'),
        "duplicate_key",
    ),
    "half of a surrogate pair": (b'{"model": "\\ud800"}', "invalid_unicode"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "invalid_json"),
    "two values": (b"{}{}", "invalid_json"),
    "a NUL": (b'{"model": "\x00"}', "invalid_json"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_would_hurt_is_refused_for_what_it_is(here: World, one: Environment, name: str) -> None:
    body, code = BODIES[name]
    calls = len(here.server.requests)
    answer = one.invoke("/chat/completions", body=body.decode()).wait()
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, code)
    assert len(here.server.requests) == calls


@pytest.mark.parametrize("body", ["//4=", "gICA", "7aCA"], ids=["FF FE", "continuations", "a surrogate"])
def test_a_body_that_is_not_utf8_is_refused(here: World, one: Environment, body: str) -> None:
    answer = one.invoke("/responses", body=body, isBase64Encoded=True).wait()
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "invalid_unicode")


EVENTS: dict[str, Any] = {
    "no JSON": b"\xff\x00{",
    "nothing": b"",
    "a list": [],
    "no event of API Gateway": {"Records": []},
    "a bent event": {"httpMethod": "POST", "path": "/responses", "headers": [], "body": {}, "requestContext": "x"},
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_no_event_is_an_answer_and_a_record_too(here: World, one: Environment, name: str) -> None:
    before = one.record_count()
    answer = one.api.invoke(EVENTS[name]).wait()
    assert answer.status == 400
    (record,) = one.records_after(before)
    assert record["status"] == 400
    served(here, one)
