"""Guarantees: each fault of an upstream server has one stated outcome, in bounded time, without a word of a payload.

Real sockets and real TLS on loopback; only the way to the server is replaced.
"""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import pytest

from lambdas.proxy.http.client import HttpError
from tests.waiting import LONG

from ..support.authority import Authority
from ..support.calls import HOST, OK, ask, client_of
from ..support.tls_server import Peer, TlsServer


def failure(authority: Authority, reply: bytes, *, after: str = "wait", timeout: float = LONG) -> HttpError:
    """Return what a client gets that reads this reply whole; the server then waits, cuts, resets or closes."""

    def script(peer: Peer) -> None:
        peer.request()
        if reply:
            peer.send(reply)
        getattr(peer, after)()

    with TlsServer(authority.server(HOST), script) as server, pytest.raises(HttpError) as caught:
        client = client_of(server, authority)
        ask(client, timeout=timeout).read(10**6)
    assert client._idle.get(HOST, []) == [], "a connection that failed was kept"
    assert "secret" not in str(caught.value)
    return caught.value


_HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("reply", "after", "kind"),
    [
        (b"", "close", "reset"),
        (b"", "reset", "reset"),
        (b"HTTP/1.1 2", "close", "reset"),
        (_HEAD + b"Content-Length: 9\r\n\r\nhalf", "close", "reset"),
        (_HEAD + b"Content-Length: 9\r\n\r\nhalf", "cut", "reset"),
        (_HEAD + b"Content-Length: 9\r\n\r\nhalf", "reset", "reset"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf", "close", "reset"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "cut", "reset"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n", "close", "reset"),
        (b"secret garbage\r\n\r\n", "wait", "protocol"),
        (b"\x00" * 70_000, "wait", "protocol"),
        (_HEAD + b"X: " + b"y" * 20_000 + b"\r\n\r\n", "wait", "protocol"),
        (_HEAD + b"X: y\r\n" * 200 + b"\r\n", "wait", "protocol"),
        (_HEAD + b"X: " + b"y" * 70_000, "wait", "protocol"),
        (_HEAD + b"X: a\r\n secret: fold\r\nContent-Length: 0\r\n\r\n", "wait", "protocol"),
        (_HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "wait", "protocol"),
        (_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", "wait", "protocol"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\nsecret\r\n", "wait", "protocol"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 5000, "wait", "protocol"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "wait", "protocol"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, "wait", "protocol"),
        (_HEAD + b"Content-Length: 1000001\r\n\r\n", "wait", "too_large"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\nF4241\r\n" + b"y" * 1_000_001, "wait", "too_large"),
    ],
)
def test_a_fault_of_the_server(authority: Authority, reply: bytes, after: str, kind: str) -> None:
    error = failure(authority, reply, after=after)
    assert (error.kind, error.sent) == (kind, True)


def test_silence_before_the_response_is_a_timeout(authority: Authority) -> None:
    error = failure(authority, b"", timeout=1)
    assert (error.kind, error.sent) == ("timeout", True)
    assert "silence" in str(error)


def test_silence_in_the_middle_is_a_timeout(authority: Authority) -> None:
    assert failure(authority, _HEAD + b"Content-Length: 9\r\n\r\nhalf", timeout=1).kind == "timeout"


@pytest.mark.parametrize("start", [b"", _HEAD + b"Content-Length: 1000\r\n\r\n"], ids=["head", "body"])
def test_a_slow_drip_ends_at_the_deadline_though_it_is_never_silent(authority: Authority, start: bytes) -> None:
    stop = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(start)
        for byte in itertools.chain(b"HTTP/1.1 200 OK\r\nX-Slow: ", itertools.repeat(ord("y"))):
            peer.send(bytes([byte]))
            if stop.wait(0.05):
                return

    with TlsServer(authority.server(HOST), script) as server:
        with pytest.raises(HttpError, match="deadline") as caught:
            ask(client_of(server, authority), timeout=LONG, seconds=1).read(2000)
        stop.set()
    assert caught.value.kind == "timeout"


def test_a_server_that_does_not_read_is_a_timeout(authority: Authority) -> None:
    done = threading.Event()
    with TlsServer(authority.server(HOST), lambda peer: assert_set(done)) as server:
        with pytest.raises(HttpError) as caught:
            ask(client_of(server, authority), timeout=1, body=[b"x" * 16_000_000])
        done.set()
    assert (caught.value.kind, caught.value.sent) == ("timeout", True)


def assert_set(event: threading.Event) -> None:
    assert event.wait(LONG)


def test_an_answer_given_before_the_body_was_read_is_an_answer(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer._sock.recv(1000)
        peer.reply(b"too large", "413 Content Too Large")
        time.sleep(0.1)
        peer.cut()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        response = ask(client, timeout=LONG, seconds=LONG, body=[b"x" * 16_000_000])
        assert (response.status, response.read(99)) == (413, b"too large")
        assert client._idle.get(HOST, []) == []


@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary Redirect"])
def test_a_redirect_is_an_answer_like_any_other(authority: Authority, status: str) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.reply(status=status, headers=f"location: https://{HOST}/elsewhere\r\n")
        peer.wait()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        response = ask(client)
        assert response.status in (301, 307)
        response.read(10)
        client.close()
    assert len(server.requests) == server.connections == 1


def test_bytes_after_the_body_are_not_the_next_response(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK + (b"" if peer.number else b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"))
        peer.wait()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        assert [ask(client).read(10) for _ in range(2)] == [b"{}", b"{}"]
        client.close()
    assert server.connections == 2


def test_an_error_after_200_is_a_reset_after_what_came_before_it(authority: Authority) -> None:
    read = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        assert read.wait(LONG)
        peer.reset()

    with TlsServer(authority.server(HOST), script) as server:
        chunks = ask(client_of(server, authority)).chunks()
        assert next(chunks) == b"one"
        read.set()
        with pytest.raises(HttpError) as caught:
            next(chunks)
    assert caught.value.kind == "reset"


def test_faults_leave_no_descriptor_behind(authority: Authority) -> None:
    """Every fault in turn, many times, with one client: as many descriptors as before."""
    replies = [
        b"",
        b"garbage\r\n\r\n",
        _HEAD + b"Content-Length: 9\r\n\r\nhalf",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        _HEAD + b"Content-Encoding: gzip\r\n\r\n",
        OK,
    ]

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(replies[peer.number % len(replies)])
        (peer.reset if peer.number % 2 else peer.close)()

    descriptors = Path("/proc/self/fd")
    outcomes: set[str] = set()
    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        before = len(list(descriptors.iterdir()))
        for _ in range(60):
            try:
                ask(client).read(100)
            except HttpError as error:
                outcomes.add(error.kind)
        client.close()
    assert len(list(descriptors.iterdir())) < before
    assert outcomes == {"reset", "protocol"}
