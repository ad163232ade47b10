"""Guarantees: each fault of an upstream server has one stated outcome, and a connection is kept when it can be.

Real sockets and real TLS on loopback; only the way to the server is replaced.
"""

from __future__ import annotations

import socket
import threading
import time

import pytest

from lambdas.proxy import http1
from lambdas.proxy.http1 import Client, HttpError, Response

from .support.authority import Authority
from .support.tls_server import Peer, TlsServer, serving

HOST = "bedrock-mantle.us-east-1.api.aws"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def client_of(server: TlsServer, authority: Authority) -> Client:
    return Client(authority.client(), server.connect)


def ask(client: Client, *, timeout: float = 5, seconds: float = 5, body: bytes | list[bytes] = b"{}") -> Response:
    return client.request(
        "POST", HOST, "/v1/x", [("content-type", "application/json")], body,
        timeout=timeout, deadline=time.monotonic() + seconds,
    )  # fmt: skip


def failure(authority: Authority, reply: bytes, *, after: str = "wait", timeout: float = 5) -> HttpError:
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


# what a request looks like


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


# faults of the upstream: each a stated outcome

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
    started = time.monotonic()
    error = failure(authority, b"", timeout=0.2)
    assert (error.kind, error.sent) == ("timeout", True)
    assert "silence" in str(error)
    assert time.monotonic() - started < 2


def test_silence_in_the_middle_is_a_timeout(authority: Authority) -> None:
    assert failure(authority, _HEAD + b"Content-Length: 9\r\n\r\nhalf", timeout=0.2).kind == "timeout"


@pytest.mark.parametrize("start", [b"", _HEAD + b"Content-Length: 1000\r\n\r\n"], ids=["head", "body"])
def test_a_slow_drip_ends_at_the_deadline_though_it_is_never_silent(authority: Authority, start: bytes) -> None:
    stop = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(start)
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 100:
            peer.send(bytes([byte]))
            if stop.wait(0.05):
                return

    with TlsServer(authority.server(HOST), script) as server:
        started = time.monotonic()
        with pytest.raises(HttpError, match="deadline") as caught:
            ask(client_of(server, authority), timeout=2, seconds=0.4).read(2000)
        stop.set()
    assert caught.value.kind == "timeout"
    assert 0.3 < time.monotonic() - started < 2


def test_a_server_that_does_not_read_is_a_timeout(authority: Authority) -> None:
    done = threading.Event()
    with TlsServer(authority.server(HOST), lambda peer: assert_set(done)) as server:
        with pytest.raises(HttpError) as caught:
            ask(client_of(server, authority), timeout=0.3, body=[b"x" * 16_000_000])
        done.set()
    assert (caught.value.kind, caught.value.sent) == ("timeout", True)


def assert_set(event: threading.Event) -> None:
    assert event.wait(5)


def test_an_answer_given_before_the_body_was_read_is_an_answer(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer._sock.recv(1000)
        peer.reply(b"too large", "413 Content Too Large")
        time.sleep(0.1)
        peer.cut()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        response = ask(client, body=[b"x" * 16_000_000])
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
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        time.sleep(0.05)
        peer.reset()

    with TlsServer(authority.server(HOST), script) as server:
        chunks = ask(client_of(server, authority)).chunks()
        assert next(chunks) == b"one"
        with pytest.raises(HttpError) as caught:
            next(chunks)
    assert caught.value.kind == "reset"


# connections


def test_a_kept_connection_that_the_server_closed_is_not_used(authority: Authority) -> None:
    closed = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.reply()
        if not peer.number:
            peer.close()
            closed.set()
        else:
            peer.wait()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        ask(client).read(10)
        assert closed.wait(5)
        time.sleep(0.05)
        assert ask(client).read(10) == b"{}"
        client.close()
    assert server.connections == len(server.requests) == 2


def test_a_request_on_a_connection_closed_at_that_moment_is_sent_once_more(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        if peer.number:
            peer.reply()
            peer.wait()
        else:
            peer.reply()
            peer.request()
            peer.reset()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        ask(client).read(10)
        assert ask(client, body=b"again").read(10) == b"{}"
        client.close()
    assert [request.body for request in server.requests] == [b"{}", b"again", b"again"]


def test_it_is_sent_once_more_only(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        if peer.number:
            peer.reset()
        else:
            peer.reply()
            peer.request()
            peer.reset()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        ask(client).read(10)
        with pytest.raises(HttpError) as caught:
            ask(client)
    assert (caught.value.kind, len(server.requests)) == ("reset", 3)


def test_a_response_that_began_is_not_asked_for_again(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.reply()
        peer.request()
        peer.send(b"HTTP/1.1 20")
        peer.reset()

    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)
        ask(client).read(10)
        with pytest.raises(HttpError) as caught:
            ask(client)
    assert (caught.value.kind, len(server.requests)) == ("reset", 2)


def test_an_old_connection_is_not_trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with TlsServer(authority.server(HOST), serving(OK, OK)) as server:
        client = client_of(server, authority)
        ask(client).read(10)
        monkeypatch.setattr(http1, "_IDLE_LIMIT", 0.0)
        ask(client).read(10)
        client.close()
    assert server.connections == 2


def test_a_warmed_connection_is_used_by_the_first_request(authority: Authority) -> None:
    with TlsServer(authority.server(HOST), serving(OK)) as server:
        client = client_of(server, authority)
        client.warm(HOST)
        time.sleep(0.05)  # let the session tickets of TLS 1.3 arrive: they are nothing to read
        ask(client).read(10)
        client.close()
    assert server.connections == 1


def test_connections_are_kept_for_each_host(authority: Authority) -> None:
    other = "bedrock-runtime.us-east-1.amazonaws.com"
    with TlsServer(authority.server(HOST, other), serving(OK, OK)) as server:
        client = client_of(server, authority)
        client.warm(HOST)
        for host in (other, HOST):
            response = client.request("GET", host, "/", [], timeout=5, deadline=time.monotonic() + 5)
            response.read(10)
        client.close()
    assert server.connections == 2
    assert [request.headers["host"] for request in server.requests] == [other, HOST]


def test_threads_share_a_client(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        while True:
            request = peer.request()
            peer.reply(request.body)

    results: list[bool] = []
    with TlsServer(authority.server(HOST), script) as server:
        client = client_of(server, authority)

        def work(name: int) -> None:
            for turn in range(20):
                body = f"{name}.{turn}".encode()
                results.append(ask(client, body=body).read(10) == body)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        client.close()
    assert results == [True] * 120
    assert server.connections <= 6


def test_closing_unblocks_the_thread_that_reads(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(_HEAD + b"Content-Length: 9\r\n\r\nhalf")
        peer.wait()

    with TlsServer(authority.server(HOST), script) as server:
        response = ask(client_of(server, authority), timeout=30, seconds=30)
        timer = threading.Timer(0.1, response.close)
        timer.start()
        started = time.monotonic()
        with pytest.raises(HttpError) as caught:
            response.read(100)
        timer.join()
    assert caught.value.kind == "closed"
    assert time.monotonic() - started < 2


def test_a_response_that_was_not_read_takes_its_connection_with_it(authority: Authority) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(_HEAD + b"Content-Length: 9\r\n\r\nhalf")
        peer.wait()
        gone.set()

    with TlsServer(authority.server(HOST), script) as server:
        with ask(client_of(server, authority)) as response:
            assert response.status == 200
        assert gone.wait(5)
        with pytest.raises(HttpError):
            response.read(100)


def test_the_socket_is_set_up_for_streams_and_for_the_endpoints_idle_limit(authority: Authority) -> None:
    with TlsServer(authority.server(HOST), serving(OK)) as server:
        client = client_of(server, authority)
        client.warm(HOST)
        sock = client._idle[HOST][0]._sock
        option = sock.getsockopt
        assert option(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert option(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert 0 < option(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 350 / 2
        client.close()


# who the server is


def refusal(client: Client) -> HttpError:
    with pytest.raises(HttpError) as caught:
        ask(client, timeout=2)
    assert caught.value.sent is False
    return caught.value


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    with TlsServer(authority.server("bedrock-mantle.eu-west-1.api.aws"), serving(OK)) as server:
        error = refusal(client_of(server, authority))
    assert (error.kind, server.requests) == ("tls", [])
    assert HOST in str(error)


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    with TlsServer(authority.server(HOST), serving(OK)) as server:
        error = refusal(Client(None, server.connect))
    assert (error.kind, server.requests) == ("tls", [])


def test_a_server_that_speaks_no_tls_is_refused(authority: Authority) -> None:
    def speak(listener: socket.socket) -> None:
        sock, _ = listener.accept()
        with sock:
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            sock.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=speak, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        client = Client(authority.client(), lambda _, timeout: socket.create_connection(("127.0.0.1", port), timeout))
        assert refusal(client).kind == "tls"
        thread.join(5)


def test_a_server_that_hangs_up_in_the_handshake_is_no_connection(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: listener.accept()[0].close())
        thread.start()
        port = listener.getsockname()[1]
        client = Client(authority.client(), lambda _, timeout: socket.create_connection(("127.0.0.1", port), timeout))
        assert refusal(client).kind == "connect"
        thread.join(5)


def test_a_server_that_never_shakes_hands_is_a_timeout(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = Client(authority.client(), lambda _, timeout: socket.create_connection(("127.0.0.1", port), timeout))
        with pytest.raises(HttpError) as caught:
            ask(client, timeout=0.2)
    assert (caught.value.kind, caught.value.sent) == ("timeout", False)


def test_nobody_listening_is_no_connection(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = Client(authority.client(), lambda _, timeout: socket.create_connection(("127.0.0.1", port), timeout))
    assert refusal(client).kind == "connect"


def test_no_route_is_no_connection(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(
        socket, "create_connection", create_connection
    )  # looked up at each call, as the local side needs
    error = refusal(Client(authority.client()))
    assert (error.kind, "unreachable" in str(error)) == ("connect", True)


def test_a_name_that_does_not_resolve_is_a_dns_error(authority: Authority) -> None:
    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        assert address == (HOST, 443)
        return socket.create_connection(("no-such-name.invalid.", 443), timeout)

    assert refusal(Client(authority.client(), connect)).kind == "dns"


def test_a_deadline_that_has_passed_opens_nothing(authority: Authority) -> None:
    client = Client(authority.client(), lambda address, timeout: pytest.fail("a connection was opened"))
    with pytest.raises(HttpError) as caught:
        ask(client, seconds=-1)
    assert (caught.value.kind, caught.value.sent) == ("timeout", False)
