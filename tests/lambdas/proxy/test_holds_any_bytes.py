"""Guarantees: whatever bytes come in, from a caller or from upstream, one answer goes out and one record is written.

The three readers (body, HTTP, server-sent events) under the whole application, over real TLS on loopback. Each is
fuzzed by itself too: ``test_any_input.py``, ``http/test_reader.py``, ``http/test_sse.py``. Bounded by the number of
examples: what a server sends here has an end, so that none waits for more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.proxy.services import backoff
from tests.waiting import LONG

from .support.authority import Authority
from .support.faults import Asked, chunked, pieces
from .support.tls_server import Peer, Request
from .world import FORBIDDEN, Collected, World, ask, chat, world

PATHS = ("/chat/completions", "/responses")
#: What bytes at odd places are likely to hurt a reader.
ODD = st.sampled_from(
    [
        *(b"\r", b"\n", b"\r\n\r\n", b"\n\n", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
        *(b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[" * 2000, b",", b":", b"1e999", b"-", b"9" * 400, b"NaN"),
        *(
            b"data: ",
            b"data:{}\n\n",
            b"event: x\n",
            b": x\n",
            b"data: [DONE]\n\n",
            b"null",
            b"0\r\n\r\n",
            b"fffffff\r\n",
        ),
        *(b"content-length: 3\r\n", b"transfer-encoding: gzip\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b" ", b"0"),
    ]
)


@st.composite
def bent(draw: st.DrawFn, *originals: bytes) -> bytes:
    """One of the originals with some bytes taken out, put in, doubled or replaced."""
    made = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(made)))
        to = min(len(made), at + draw(st.integers(0, 40)))
        between = draw(st.one_of(st.just(b""), ODD, st.binary(max_size=8), st.just(made[at:to] * 2)))
        made = made[:at] + between + made[to:]
    return made


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, world(authority) as made:
        patch.setattr(backoff, "FIRST", 0.001)
        yield made


def settled(here: World, path: str, body: bytes | dict[str, Any], **more: Any) -> Collected:
    """Ask, and see that it was answered and recorded, once each."""
    before = len(here.records)
    reply = here.call(path, body, seconds=LONG, **more)
    assert reply.started
    (record,) = here.records[before:]
    assert record["status"] == reply.status
    if not reply.headers["content-type"].startswith("text/event-stream"):
        assert reply.status == 200 or reply.error["code"] == record["error"]
    return reply


IMAGE = "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAA" * 8
BODIES = [
    json.dumps(chat("Hi", stream=True, tools=[{"type": "function", "function": {"name": "f"}}], seed=7)).encode(),
    json.dumps(ask(f"naïve {FORBIDDEN}"), ensure_ascii=False).encode(),
    json.dumps(
        {
            "model": "google.gemma-4-31b",
            "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": IMAGE}}]}],
        }
    ).encode(),
]


@given(path=st.sampled_from(PATHS), body=bent(*BODIES))
@settings(max_examples=150)
def test_any_body(here: World, path: str, body: bytes) -> None:
    here.mantle = lambda peer, request: peer.reply(b"".join(pieces(Asked(request.path.endswith("responses"), False))))
    try:
        body.decode()
    except UnicodeDecodeError:
        # API Gateway hands over what is no text in base64, if at all.
        reply = settled(here, path, body, base64=True)
    else:
        reply = settled(here, path, body)
    assert reply.status < 500 or reply.headers["content-type"] == "application/json"


def streams(path: str) -> list[bytes]:
    text = f"Hello, some@where.com. {FORBIDDEN} is late. " * 3
    return [b"".join(pieces(Asked(path == "/responses", True), said)) for said in ("Hello.", text)]


@pytest.mark.parametrize("path", PATHS)
@given(data=st.data())
@settings(max_examples=75)
def test_any_events(here: World, path: str, data: st.DataObject) -> None:
    raw = data.draw(bent(*streams(path)))
    here.mantle = lambda peer, _: peer.send(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunked(*filter(None, (raw,))) + b"0\r\n\r\n"
    )
    reply = settled(here, path, (ask if path == "/responses" else chat)("Hi", stream=True))
    assert reply.body.endswith(b"\n\n")
    assert FORBIDDEN.encode() not in reply.body
    last = [line for line in reply.body.split(b"\n") if line.startswith(b"data: ")][-1]
    ends: tuple[bytes, ...] = (b"data: [DONE]", b'data: {"error"')
    if path == "/responses":
        ends = tuple(b"event: " + kind for kind in (b"response.completed", b"response.incomplete", b"error"))
    else:
        assert last.startswith(ends)
    assert sum(reply.body.count(end) for end in ends) == 1, "an answer ends once"


HEADS = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n",
    b"HTTP/1.1 200 OK\r\nx-amzn-requestid: 1\r\nconnection: close\r\n",
    b"HTTP/1.1 503 No\r\nretry-after: 0\r\n",
    b"HTTP/1.1 400 Bad Request\r\n",
    b"HTTP/1.1 307 Elsewhere\r\nlocation: https://evil.example/\r\n",
)


@given(data=st.data())
@settings(max_examples=75)
def test_any_response(here: World, data: st.DataObject) -> None:
    body = b"".join(pieces(Asked(False, False), "Hello."))
    whole = [head + b"content-length: %d\r\n\r\n" % len(body) + body for head in HEADS]
    whole += [head + b"transfer-encoding: chunked\r\n\r\n" + chunked(body) + b"0\r\n\r\n" for head in HEADS]
    raw = data.draw(bent(*whole))

    def handle(peer: Peer, _: Request) -> None:
        peer.send(raw)
        peer.close()
        raise EOFError

    here.mantle = handle
    settled(here, "/chat/completions", chat("Hi"))
