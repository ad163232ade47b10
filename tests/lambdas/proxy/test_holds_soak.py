"""Guarantees: many streams with mixed faults, in several environments, leave nothing behind and one record each.

``make soak`` runs 1,000 of them (``CLOISTER_SOAK``); the default tests run 100. Every environment gets every fault, in
an order that its number decides, so that a run can be repeated.
"""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.waiting import LONG, until

from .support.authority import Authority
from .support.environment import Environment, invocation, running
from .support.faults import FAULTS, asked, chunked, pieces, right
from .support.runtime_server import Answer
from .support.tls_server import Peer, Request
from .world import ask, chat, chat_events, guard, world

STREAMS = int(os.environ.get("CLOISTER_SOAK", "100"))
ENVIRONMENTS = 4 if STREAMS > 200 else 2
#: Growth of one environment's memory, in bytes, from the time when it had met every fault once.
GROWTH = 12_000_000
#: Connections that wait for the next request: to the guardrail and to the model.
KEPT = 2

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read in /proc")


class Kind(NamedTuple):
    """What a stream meets, and the ``error`` that its record must have."""

    name: str
    handler: Callable[[Peer, Request], None]
    error: str | None
    seconds: float = 30
    leaves: bool = False


def _long(peer: Peer, request: Request) -> None:
    text = ["The quick brown fox jumps over the lazy dog. " * 9] * 1000
    peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for event in chat_events(text):
        peer.send(chunked(event))
    peer.send(b"0\r\n\r\n")


def _says(text: str) -> Callable[[Peer, Request], None]:
    def handle(peer: Peer, request: Request) -> None:
        body = chunked(*pieces(asked(request), text))
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")

    return handle


KINDS = (
    *(Kind(fault.name, fault.handler, fault.code[True], fault.seconds) for fault in FAULTS),
    *(Kind("nothing", right, None) for _ in range(12)),
    Kind("a guardrail that is down", right, "guardrail_unavailable"),
    Kind("a guardrail that breaks down in the middle", _says("guardrail down " * 40), "guardrail_unavailable"),
    Kind("a block in the middle", _says("Hello. " * 99 + "Project Nightjar"), "content_filter"),
    Kind("a caller that leaves", _long, "client_closed", leaves=True),
)


def _guardrail(peer: Peer, request: Request) -> None:
    if b"guardrail down" in request.body:
        peer.reply(b"{}", "503 Service Unavailable")
    else:
        guard(peer, request)


def _leave(answer: Answer, sock: socket.socket) -> None:
    if len(answer.chunks) == 3:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        raise EOFError


class Held(NamedTuple):
    """What a process holds."""

    descriptors: int
    threads: int
    resident: int


#: The one that serves, and the one that sends SIGTERM again (`proxy.runtime.loop`).
THREADS = 2


def held(one: Environment) -> Held:
    """Look, once what runs in other threads has had the time to end."""
    until(lambda: one.threads() == THREADS, "a thread goes on that no request needs any more")
    return Held(one.descriptors(), one.threads(), one.resident())


def stream(one: Environment, kind: Kind, number: int, name: str) -> None:
    """Have one environment answer one stream."""
    responses = number % 2 == 1 and not kind.leaves  # the long answer is one of Chat Completions
    said = f"kind {KINDS.index(kind)}: {'guardrail down' if kind.name == 'a guardrail that is down' else 'Hi'}"
    body = ask(said, stream=True) if responses else chat(said, stream=True)
    event = invocation("/responses" if responses else "/chat/completions", body)
    event["requestContext"]["requestId"] = name
    one.api.on_chunk = _leave if kind.leaves else None
    one.api.invoke(event, seconds=kind.seconds)
    assert one.api.idle.wait(LONG), f"{kind.name}: the function does not come back"


def _name(number: int, at: int) -> str:
    """Id of a request as API Gateway gives one: another is not recorded."""
    return str(uuid.UUID(int=number << 32 | at))


def soak(one: Environment, number: int, count: int) -> tuple[Held, Held, Counter[str]]:
    """Meet every kind once, then ``count`` more; return what was held in between and at the end."""
    order = random.Random(number)  # noqa: S311  # an order, not a secret
    kinds = [*order.sample(KINDS, len(KINDS)), *order.choices(KINDS, k=count)]
    start = Held(0, 0, 0)
    for at, kind in enumerate(kinds):
        if at == len(KINDS):
            start = held(one)
        stream(one, kind, order.randrange(2), _name(number, at))
    records = one.records()
    assert [record["request_id"] for record in records] == [_name(number, at) for at in range(len(kinds))]
    assert [(kind.name, record["error"]) for kind, record in zip(kinds, records, strict=True)] == [
        (kind.name, kind.error) for kind in kinds
    ]
    return start, held(one), Counter(str(record["error"]) for record in records)


def test_nothing_is_left_behind(authority: Authority, tmp_path: Path) -> None:
    def mantle(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        said: Any = body.get("messages") or body["input"]
        KINDS[int(said[0]["content"].split()[1].rstrip(":"))].handler(peer, request)

    count = max(STREAMS // ENVIRONMENTS - len(KINDS), 0)
    began = time.monotonic()
    with world(authority) as here, ExitStack() as stack, ThreadPoolExecutor(ENVIRONMENTS) as threads:
        here.mantle, here.guardrail = mantle, _guardrail
        environments = []
        for number in range(ENVIRONMENTS):
            root = tmp_path / str(number)
            root.mkdir()
            environments.append(stack.enter_context(running(here, authority, root)))
        runs = [threads.submit(soak, one, number, count) for number, one in enumerate(environments)]
        came: Counter[str] = Counter()
        for number, run in enumerate(runs):
            start, end, errors = run.result()
            came += errors
            told = f"environment {number}: {start} -> {end}\n"
            sys.stdout.write(told)
            assert end.threads == start.threads == THREADS, told
            assert end.descriptors <= start.descriptors + KEPT, told
            assert end.resident - start.resident < GROWTH, told
    sys.stdout.write(f"{came.total()} streams in {time.monotonic() - began:.0f} s, one record each: {dict(came)}\n")
    assert came.total() == ENVIRONMENTS * (len(KINDS) + count) >= min(STREAMS, 2 * len(KINDS))


def test_the_text_of_a_stream_is_gone_with_it(authority: Authority, tmp_path: Path) -> None:
    # Each of these leaves 400 KB behind if anything that holds them waits for the collector of cycles.
    leaving = next(kind for kind in KINDS if kind.leaves)
    with world(authority) as here, running(here, authority, tmp_path) as one:
        here.mantle = leaving.handler
        for number in range(10):
            stream(one, leaving, number, _name(0, number))
        start = held(one)
        for number in range(60):
            stream(one, leaving, number, _name(1, number))
        assert held(one).resident - start.resident < 5_000_000
