"""Guarantees: whatever S3 does, the packaged function says one stated thing, asks nobody else, and records it.

One process serves all of it, as one execution environment does. ``docs/faults.md`` says which tests hold what.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from .pictures import PNG, asking, field, sent, url
from .support.authority import Authority
from .support.environment import Environment, running
from .support.faults import SAID, right
from .support.tls_server import Peer, Request, TlsServer
from .world import BUCKETS, MANTLE, RUNTIME, S3, Handler, World, giving, world

NAME = "s3://pictures/atlas/a-secret.png"
WELL = giving({"pictures/atlas/a-secret.png": PNG})
OK = b"HTTP/1.1 200 OK\r\n"


class Fault(NamedTuple):
    """What S3 may do, the status and code that the caller reads, and how often S3 is asked."""

    name: str
    handler: Handler
    status: int
    code: str | None
    attempts: int = 1
    seconds: float = 30


def raw(reply: bytes, after: str = "close") -> Handler:
    """Send these bytes, then leave in this way."""

    def handle(peer: Peer, _: Request) -> None:
        if reply:
            peer.send(reply)
        if after != "stay":
            time.sleep(0.02)  # a reset may overtake what was sent just before
            getattr(peer, after)()
            raise EOFError

    return handle


def says(status: str, headers: str = "") -> Handler:
    return lambda peer, _: peer.reply(b"<Error><Message>a secret</Message></Error>", status, headers)


def silence(peer: Peer, _: Request) -> None:
    peer.wait()
    raise EOFError


def drip(peer: Peer, _: Request) -> None:
    peer.send(OK + b"content-length: %d\r\n\r\n" % len(PNG))
    for byte in PNG:
        peer.send(bytes([byte]))
        time.sleep(0.02)


def gone(name: str, handler: Handler) -> Fault:
    return Fault(name, handler, 503, "image_storage_unavailable", attempts=3)


def broken(name: str, handler: Handler) -> Fault:
    return Fault(name, handler, 503, "image_storage_unavailable")


def refused(name: str, status: str, headers: str = "") -> Fault:
    return Fault(name, says(status, headers), 400, "image_unavailable")


WHOLE = OK + b"content-length: %d\r\n\r\n" % len(PNG) + PNG
FAULTS = (
    gone("hung up before a word", raw(b"")),
    gone("reset before a word", raw(b"", "reset")),
    gone("half a head", raw(b"HTTP/1.1 2")),
    gone("reset in the body", raw(WHOLE[:-9], "reset")),
    gone("cut in the body", raw(WHOLE[:-9], "cut")),
    gone("too long a length", raw(WHOLE.replace(b"%d" % len(PNG), b"%d" % (len(PNG) + 9)))),
    gone("a storm of 500", says("500 Oh")),
    gone("a storm of 503", says("503 Slow Down")),
    gone("a storm of 429", says("429 Too Many")),
    Fault("busy for longer than can be waited", says("503 Slow Down", "retry-after: 30\r\n"), 503,
          "image_storage_unavailable"),
    broken("garbage for HTTP", raw(b"a secret\r\n\r\n", "stay")),
    broken("two lengths", raw(OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab", "stay")),
    broken("gzip", raw(OK + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b", "stay")),
    broken("a part", says("206 Partial")),
    broken("not implemented", says("501 No")),
    refused("not allowed, or not there", "403 Forbidden"),
    refused("not there", "404 Not Found"),
    refused("archived, or a key that is off", "400 Bad Request"),
    refused("in another Region", "301 Moved Permanently", "location: https://pictures.s3.eu-west-1.amazonaws.com/\r\n"),
    refused("elsewhere for now", "307 Temporary Redirect", "location: https://evil.example/\r\n"),
    Fault("a length that is over the limit", raw(OK + b"content-length: 9000000\r\n\r\n", "stay"), 413,
          "request_too_large"),
    Fault("more than the limit, in chunks", raw(OK + b"transfer-encoding: chunked\r\n\r\n400000\r\n" + bytes(0x400000)),
          413, "request_too_large"),
    Fault("garbage for an image", lambda peer, _: peer.reply(b"a secret"), 400, "unsupported_image_format"),
    Fault("silence until the deadline", silence, 504, "deadline_reached", seconds=4),
    Fault("slow drip", drip, 504, "deadline_reached", seconds=4),
    Fault("too short a length", raw(WHOLE + b"more"), 200, None),
    Fault("no length, but an orderly end", raw(OK + b"\r\n" + PNG), 200, None),
)  # fmt: skip


def first_fails(handler: Handler) -> Handler:
    """Fail once, then be well."""
    asked: list[Request] = []

    def handle(peer: Peer, request: Request) -> None:
        asked.append(request)
        (handler if len(asked) == 1 else WELL)(peer, request)

    return handle


PLACES = {"CLOISTER_IMAGES": "pictures/atlas/"}


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority, **PLACES) as made:
        made.mantle = right
        yield made


@pytest.fixture(scope="module")
def one(here: World, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with running(here, authority, tmp_path_factory.mktemp("function"), **PLACES) as made:
        yield made


def hosts(here: World) -> list[str]:
    """Who was asked since it was last looked."""
    found = [request.headers["host"] for request in here.server.requests]
    here.server.requests.clear()
    return found


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("path", ["/chat/completions", "/responses"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_s3_has_its_outcome(here: World, one: Environment, fault: Fault, path: str, stream: bool) -> None:
    here.objects = fault.handler
    before = one.record_count()
    hosts(here)
    answer = one.invoke(path, stream=stream, seconds=fault.seconds, request=asking(path, NAME)).wait()
    asked = hosts(here)
    (record,) = one.records_after(before)
    assert answer.status == fault.status
    assert record["error"] == fault.code
    # Over a connection that was kept, an end before a word is that of the connection: it is asked for anew, once.
    assert asked.count(f"pictures.{S3}") - fault.attempts in ((0, 1) if "before a word" in fault.name else (0,))
    assert b"secret" not in answer.raw
    if fault.code is not None:
        error = json.loads(answer.body)["error"]
        assert error["code"] == fault.code
        assert error["param"] == (None if fault.status == 504 else field(path))
        assert ('"retry-after"' in json.dumps(answer.metadata).lower()) == (fault.status == 503)
        assert set(asked) == {f"pictures.{S3}"}, "nobody else has heard of the request"
        assert record["guardrail"]["input"] == "skipped"
        assert record["upstream"]["attempts"] == 0
        assert record["images"]["fetched"] == 0
    # The environment lives on, and what it fetches now is what is shown and sent.
    here.objects = WELL
    served = one.invoke(path, request=asking(path, NAME)).wait()
    assert SAID.strip() in served.body.decode()
    assert sent(here.prompts[-1]) == [url(PNG)]
    assert one.records_after(before)[-1]["images"]["fetched"] == 1


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.attempts > 1], ids=lambda fault: fault.name)
def test_what_passes_is_not_noticed(here: World, one: Environment, fault: Fault) -> None:
    here.objects = first_fails(fault.handler)
    hosts(here)
    answer = one.invoke("/responses", request=asking("/responses", NAME)).wait()
    assert answer.status == 200
    assert sent(here.prompts[-1]) == [url(PNG)]
    assert hosts(here)[:3] in ([f"pictures.{S3}"] * 2 + [RUNTIME], [f"pictures.{S3}"] * 3)


@pytest.mark.parametrize("status", ["301 Moved Permanently", "400 Bad Request", "403 Forbidden"])
def test_the_sentence_says_what_it_can_be(here: World, one: Environment, status: str) -> None:
    here.objects = says(status, "x-amz-bucket-region: eu-west-1\r\n")
    answer = one.invoke("/chat/completions", request=asking("/chat/completions", NAME)).wait()
    message = json.loads(answer.body)["error"]["message"]
    assert f"by S3 in us-east-1 (HTTP {status[:3]})" in message
    assert "its bucket is in another Region" in message
    assert ("the object is not there" in message) == ("let the proxy's role read it" in message) == (status[0] == "4")


def test_one_object_of_several_is_enough_to_stop_all(here: World, one: Environment) -> None:
    def half(peer: Peer, request: Request) -> None:
        (says("403 Forbidden") if "bad" in request.path else giving_any)(peer, request)

    def giving_any(peer: Peer, _: Request) -> None:
        peer.reply(PNG)

    here.objects = half
    names = [f"s3://pictures/atlas/{name}" for name in ("a", "b", "bad", "c", "d", "e")]
    hosts(here)
    answer = one.invoke("/chat/completions", request=asking("/chat/completions", *names)).wait()
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"]) == (400, "image_unavailable")
    assert error["param"] == field("/chat/completions", 3)
    assert not {MANTLE, RUNTIME} & set(hosts(here))


def failing(here: World, authority: Authority, root: Any, s3: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a caller hears, and the record, if S3's names lead elsewhere."""
    hosts(here)
    with running(here, authority, root, s3=s3, **PLACES) as made:
        answer = made.invoke("/chat/completions", request=asking("/chat/completions", NAME)).wait()
        assert answer.status == 503
        error: dict[str, Any] = json.loads(answer.body)["error"]
        assert hosts(here) == []
        return error, made.records_after(0)[-1]


def test_a_server_with_another_name_is_not_talked_to(here: World, authority: Authority, tmp_path: Any) -> None:
    def script(peer: Peer) -> None:
        peer.request()

    with TlsServer(authority.server("evil.example"), script) as other:
        error, record = failing(here, authority, tmp_path, str(other.port))
        assert other.requests == []
    assert error["code"] == record["error"] == "image_storage_unavailable"


@pytest.mark.parametrize("how", ["nowhere", "closed"])
def test_a_name_that_leads_nowhere(here: World, authority: Authority, tmp_path: Any, how: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it meanwhile
        port = how if how == "nowhere" else str(taken.getsockname()[1])
        error, record = failing(here, authority, tmp_path, port)
    assert error["code"] == record["error"] == "image_storage_unavailable"


def test_no_connection_to_s3_is_opened_before_one_is_needed(here: World, authority: Authority, tmp_path: Any) -> None:
    here.objects = WELL
    with (
        TlsServer(authority.server(BUCKETS), here.serve) as other,
        running(here, authority, tmp_path, s3=str(other.port), **PLACES) as made,
    ):
        assert made.invoke("/chat/completions").wait().status == 200
        assert other.connections == 0
        for _ in range(2):
            assert made.invoke("/chat/completions", request=asking("/chat/completions", NAME)).wait().status == 200
        assert other.connections == 1, "and it is kept"
