"""Guarantees: a request goes out as it was given and no other, and its response's body comes back whole, as it arrives.

Real sockets and real TLS on loopback; only the way to the server is replaced.
"""

from __future__ import annotations

import threading
import time

import pytest

from lambdas.proxy.http.client import Client, HttpError

from ..support.authority import Authority
from ..support.calls import HOST, OK, ask, client_of
from ..support.tls_server import Peer, TlsServer, serving


def test_a_request_goes_out_whole_and_its_response_comes_back(authority: Authority) -> None:
    with TlsServer(authority.server(HOST), serving(OK)) as server:
        client = client_of(server, authority)
        response = ask(client, body=[b"[1,", b"", b"2]"])
        assert (response.status, response.header("Content-Length"), response.read(10)) == (200, "2", b"{}")
        client.close()
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/v1/x", b"[1,2]")
    assert request.headers == {
        "host": HOST,
        "content-type": "application/json",
        "accept-encoding": "identity",
        "content-length": "5",
    }


def test_large_pieces_arrive_in_order(authority: Authority) -> None:
    pieces = [b"a", b"b" * 3_000_000, b"c" * 10, b"d" * 16_000, b"e" * 20_000, b"f"]
    with TlsServer(authority.server(HOST), serving(OK)) as server:
        client = client_of(server, authority)
        ask(client, body=pieces).read(10)
        client.close()
    assert server.requests[0].body == b"".join(pieces)


@pytest.mark.parametrize(
    ("method", "host", "path", "headers"),
    [
        ("HEAD", HOST, "/", []),
        ("GET /", HOST, "/", []),
        ("GET", "evil.example\r\nx: y", "/", []),
        ("GET", "Evil.example", "/", []),
        ("GET", HOST, "/a b", []),
        ("GET", HOST, "/\r\nx: y", []),
        ("GET", HOST, "https://evil.example/", []),
        ("GET", HOST, "/é", []),
        ("GET", HOST, "", []),
        ("", HOST, "/", []),
        ("GET", "", "/", []),
        ("GET", f"{HOST}:8443", "/", []),
        ("GET", f"me@{HOST}", "/", []),
        ("GET", HOST, "/", [("", "x")]),
        ("GET", HOST, "/", [("x", "a\x00b")]),
        ("GET", HOST, "/", [("x", "a\r\ny: b")]),
        ("GET", HOST, "/", [("x", "€")]),
        ("GET", HOST, "/", [("x y", "b")]),
        ("GET", HOST, "/", [("host", "evil.example")]),
        ("GET", HOST, "/", [("Content-Length", "5")]),
        ("GET", HOST, "/", [("transfer-encoding", "chunked")]),
        ("GET", HOST, "/", [("Connection", "close")]),
    ],
)
def test_nothing_given_can_become_another_header_or_request(
    authority: Authority, method: str, host: str, path: str, headers: list[tuple[str, str]]
) -> None:
    client = Client(authority.client(), lambda address, timeout: pytest.fail("a connection was opened"))
    with pytest.raises(ValueError, match=r"sent|host|path|method"):
        client.request(method, host, path, headers, timeout=1, deadline=time.monotonic() + 1)


# bodies


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: 1\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ids=["length", "chunked", "interim"],
)
def test_a_body_is_read_and_its_connection_serves_again(authority: Authority, reply: bytes) -> None:
    with TlsServer(authority.server(HOST), serving(reply, OK)) as server:
        client = client_of(server, authority)
        assert ask(client).read(5) == b"hello"
        assert ask(client).read(5) == b"{}"
        client.close()
    assert server.connections == 1


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5", b"HTTP/1.0 200 OK\r\nContent-Length: 5"]
)
def test_a_server_that_closes_gets_a_new_connection_next(authority: Authority, head: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(head + b"\r\n\r\nhello")

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        assert [ask(client).read(5) for _ in range(2)] == [b"hello", b"hello"]
        client.close()
    assert server.connections == 2


def test_a_body_until_close_needs_an_orderly_end(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nhello")
        if peer.number:
            peer.cut()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        assert ask(client).read(5) == b"hello"
        with pytest.raises(HttpError, match="broke") as caught:
            ask(client).read(5)
    assert caught.value.kind == "reset"


def test_chunks_come_as_they_arrive(authority: Authority) -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n")
        assert go.wait(5), "the first chunk was not given out before the second was there"
        peer.send(b"3\r\ntwo\r\n0\r\n\r\n")

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        response = ask(client)
        chunks = response.chunks()
        assert next(chunks) == b"one "
        go.set()
        assert list(chunks) == [b"two"]
        assert list(response.chunks()) == [], "a body that was read has no more"
        client.close()


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_a_status_without_body_keeps_its_connection(authority: Authority, status: bytes) -> None:
    with TlsServer(authority.server(HOST), serving(b"HTTP/1.1 " + status + b"\r\n\r\n", OK)) as server:
        client = client_of(server, authority)
        assert ask(client).read(0) == b""
        assert ask(client).read(2) == b"{}"
        client.close()
    assert server.connections == 1
