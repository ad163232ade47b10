"""Guarantees: what a reply costs in system calls, and what it refuses.

A SEQPACKET socket keeps the bounds of each send, so that a packet is a system call.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from lambdas.proxy.runtime.api import RuntimeApi
from lambdas.proxy.runtime.loop import ClientGone
from lambdas.proxy.runtime.reply import Reply
from tests.waiting import LONG

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class Wire:
    """A reply, and the other end of what it is written to."""

    def __init__(self) -> None:
        ours, self.end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.end.settimeout(LONG)
        self.api = RuntimeApi("127.0.0.1:9")  # nobody listens there: a new connection would be an error
        self.api._sock = ours
        self.reply = Reply(self.api, "id-1", None, time.monotonic() + LONG)

    def packet(self) -> bytes:
        return self.end.recv(1 << 20)

    def finish(self, data: bytes = b"") -> bytes:
        """Finish the reply; accept it; return the packet that ended it."""
        packets: list[bytes] = []

        def accept() -> None:
            packets.append(self.packet())
            self.end.send(ACCEPTED)

        thread = threading.Thread(target=accept)
        thread.start()
        self.reply.finish(data)
        thread.join()
        return packets[0]


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.api.drop()
    made.end.close()


def test_the_start_leaves_with_the_first_write_and_each_write_is_one_call(wire: Wire) -> None:
    wire.reply.start(200, [("content-type", "text/plain")])
    wire.reply.write(b"one")
    first = wire.packet()
    assert first.startswith(b"POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: 127.0.0.1:9\r\n")
    assert first.endswith(
        b'{"statusCode":200,"headers":{"content-type":"text/plain"}}' + b"\0" * 8 + b"\r\n3\r\none\r\n"
    )
    wire.reply.write(b"two!")
    assert wire.packet() == b"4\r\ntwo!\r\n"


def test_a_whole_reply_is_one_call(wire: Wire) -> None:
    wire.reply.start(200, [])
    assert wire.finish(b"all").endswith(b"\r\n3\r\nall\r\n0\r\n\r\n")
    wire.reply.end()
    wire.end.settimeout(0)
    with pytest.raises(BlockingIOError):
        wire.packet()


def test_an_empty_write_is_no_chunk_because_that_would_end_the_body(wire: Wire) -> None:
    wire.reply.start(200, [])
    wire.reply.write(b"")
    assert not wire.packet().endswith(b"0\r\n\r\n")
    wire.reply.write(b"")
    wire.reply.write(b"x")
    assert wire.packet() == b"1\r\nx\r\n"


def test_writes_of_two_threads_do_not_mix(wire: Wire) -> None:
    wire.reply.start(200, [])
    wire.reply.write(b"")
    wire.packet()

    def work(letter: bytes) -> None:
        for _ in range(50):
            wire.reply.write(letter * 50)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    packets = [wire.packet() for _ in range(100)]
    for thread in threads:
        thread.join()
    assert set(packets) == {b"32\r\n" + letter * 50 + b"\r\n" for letter in (b"a", b"b")}


def test_a_broken_connection_is_never_replaced_in_the_middle_of_a_reply(wire: Wire) -> None:
    wire.reply.start(200, [])
    wire.reply.write(b"x")
    wire.end.close()
    for _ in range(2):
        with pytest.raises(ClientGone):
            wire.reply.write(b"y")
    assert not wire.reply.alive()


def test_an_answer_in_the_middle_of_a_reply_means_that_nobody_reads(wire: Wire) -> None:
    wire.reply.start(200, [])
    assert wire.reply.alive()
    wire.reply.write(b"x")
    assert wire.reply.alive()
    wire.end.send(ACCEPTED)
    assert not wire.reply.alive()


def test_a_reply_is_written_between_its_start_and_its_end(wire: Wire) -> None:
    with pytest.raises(RuntimeError):
        wire.reply.write(b"early")
    wire.reply.start(200, [])
    with pytest.raises(RuntimeError):
        wire.reply.start(200, [])
    wire.finish()
    with pytest.raises(RuntimeError):
        wire.reply.write(b"late")
    with pytest.raises(RuntimeError):
        wire.reply.finish()
    assert not wire.reply.alive()


def test_a_name_that_comes_more_than_once_keeps_all_its_values(wire: Wire) -> None:
    wire.reply.start(200, [("a", "1"), ("b", "2"), ("a", "3"), ("a", "\r\n4")])
    wire.reply.write(b"")
    expected = b'{"statusCode":200,"headers":{"b":"2"},"multiValueHeaders":{"a":["1","3","\\r\\n4"]}}'
    assert expected in wire.packet()
