"""Guarantees: what one side encrypts the other reads, however the bytes are cut, and an early end is a fault."""

from __future__ import annotations

import contextlib
import itertools
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.http.tls_session import RECORD, TlsSession

from ..support.authority import Authority

HOST = "bedrock-mantle.us-east-1.api.aws"


class Server:
    """The other side, without a socket as well."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=True)

    def take(self, data: bytes) -> None:
        self._in.write(data)

    def said(self) -> bytes:
        return self._out.read()

    def say(self, data: bytes) -> bytes:
        rest = memoryview(data)
        while rest:
            rest = rest[self.tls.write(rest) :]
        return self.said()

    def close_notify(self) -> bytes:
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self.said()


def shake(client: TlsSession, server: Server) -> None:
    client.handshake(b"")
    for _ in range(4):
        server.take(client.owed())
        with contextlib.suppress(ssl.SSLWantReadError):
            server.tls.do_handshake()
        if client.established:
            break
        client.handshake(server.said())
    assert client.established
    server.take(client.owed())


def pair(authority: Authority) -> tuple[TlsSession, Server]:
    client, server = TlsSession(authority.client(), HOST), Server(authority.server(HOST))
    shake(client, server)
    return client, server


@given(sizes=st.lists(st.sampled_from([1, 100, RECORD - 1, RECORD, RECORD + 1, 70_000]), min_size=1, max_size=4))
def test_what_is_encrypted_is_read(authority: Authority, sizes: list[int]) -> None:
    client, server = pair(authority)
    for number, size in enumerate(sizes):
        data = bytes([number]) * size
        server.take(client.encrypt(data))
        got = b""
        while len(got) < size:
            got += server.tls.read(RECORD)
        assert got == data


@given(
    sizes=st.lists(st.sampled_from([1, 50, RECORD, RECORD + 1]), min_size=1, max_size=4),
    cuts=st.lists(st.floats(0, 1), max_size=5),
)
def test_what_comes_is_read_however_it_is_cut(authority: Authority, sizes: list[int], cuts: list[float]) -> None:
    client, server = pair(authority)
    data = b"".join(bytes([number]) * size for number, size in enumerate(sizes))
    wire = server.said() + b"".join(server.say(bytes([number]) * size) for number, size in enumerate(sizes))
    edges = [0, *sorted(int(cut * len(wire)) for cut in cuts), len(wire)]
    got = [client.decrypt(wire[at:end]) for at, end in itertools.pairwise(edges) if at < end]
    assert b"".join(got) == data
    assert not client.waiting
    assert client.decrypt(server.close_notify()) == b""
    assert client.over


def test_an_end_without_close_notify_is_a_fault(authority: Authority) -> None:
    client, server = pair(authority)
    assert client.decrypt(server.said() + server.say(b"half a body")) == b"half a body"
    with pytest.raises(ssl.SSLEOFError):
        client.decrypt(b"")


def test_what_came_whole_is_returned_before_the_fault_that_follows(authority: Authority) -> None:
    client, server = pair(authority)
    good, bad = server.said() + server.say(b"good"), bytearray(server.say(b"bad"))
    bad[-1] ^= 1
    assert client.decrypt(good + bytes(bad)) == b"good"
    assert client.waiting, "no byte on the wire will announce it"
    with pytest.raises(ssl.SSLError):
        client.decrypt(b"")


def test_a_close_notify_that_comes_with_the_last_bytes_is_not_lost(authority: Authority) -> None:
    client, server = pair(authority)
    assert client.decrypt(server.said() + server.say(b"all") + server.close_notify()) == b"all"
    assert client.over
    assert client.waiting


@pytest.mark.parametrize("name", ["other.us-east-1.api.aws", "127.0.0.1"])
def test_another_name_in_the_certificate_ends_the_handshake_and_says_so(authority: Authority, name: str) -> None:
    client, server = TlsSession(authority.client(), HOST), Server(authority.server(name))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client, server)
    assert not client.established
    server.take(client.owed())
    with pytest.raises(ssl.SSLError, match="ALERT"):
        server.tls.read(1)
