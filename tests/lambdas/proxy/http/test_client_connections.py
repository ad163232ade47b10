"""Guarantees: connections are kept, checked, shared and dropped as they should be, and made only to the right server.

Real sockets and real TLS on loopback; only the way to the server is replaced.
"""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest

from lambdas.proxy.http import client as http1
from lambdas.proxy.http.client import Client, HttpError
from tests.waiting import LONG

from ..support.authority import Authority
from ..support.calls import HOST, OK, ask, client_of
from ..support.tls_server import Peer, TlsServer, serving


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
        assert closed.wait(LONG)
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
            response = client.request("GET", host, "/", [], timeout=LONG, deadline=time.monotonic() + LONG)
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
            thread.join(LONG)
        client.close()
    assert results == [True] * 120
    assert server.connections <= 6


def test_closing_unblocks_the_thread_that_reads(authority: Authority) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        peer.wait()

    with TlsServer(authority.server(HOST), script) as server:
        response = ask(client_of(server, authority), timeout=LONG, seconds=LONG)
        timer = threading.Timer(0.1, response.close)
        timer.start()
        with pytest.raises(HttpError) as caught:
            response.read(100)
        timer.join()
    assert caught.value.kind == "closed"


def test_a_response_that_was_not_read_takes_its_connection_with_it(authority: Authority) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        peer.wait()
        gone.set()

    with TlsServer(authority.server(HOST), script) as server:
        with ask(client_of(server, authority)) as response:
            assert response.status == 200
        assert gone.wait(LONG)
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
        ask(client)
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
        thread.join(LONG)


def test_a_server_that_hangs_up_in_the_handshake_is_no_connection(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: listener.accept()[0].close())
        thread.start()
        port = listener.getsockname()[1]
        client = Client(authority.client(), lambda _, timeout: socket.create_connection(("127.0.0.1", port), timeout))
        assert refusal(client).kind == "connect"
        thread.join(LONG)


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


def test_a_name_that_does_not_resolve_is_a_dns_error(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(host: str | bytes, port: int, *_: object) -> None:
        assert (os.fsdecode(host), port) == (HOST, 443)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)  # no resolver is asked, which may take its time
    assert refusal(Client(authority.client())).kind == "dns"


def test_a_deadline_that_has_passed_opens_nothing(authority: Authority) -> None:
    client = Client(authority.client(), lambda address, timeout: pytest.fail("a connection was opened"))
    with pytest.raises(HttpError) as caught:
        ask(client, seconds=-1)
    assert (caught.value.kind, caught.value.sent) == ("timeout", False)
