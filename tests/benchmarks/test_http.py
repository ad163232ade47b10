"""Guarantees: the load generator reads what was sent, wherever it is cut, and knows its end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.http import read

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % len(data) for place in places} | {0, len(data)})
    return [data[one:other] for one, other in pairwise(ends)]


def receiver(pieces: list[bytes]) -> Callable[[int], bytes]:
    return lambda _: pieces.pop(0) if pieces else b""


@given(st.lists(st.binary(min_size=1, max_size=40)), st.lists(st.integers(0, 10**6)), st.booleans())
def test_chunks(chunks: list[bytes], places: list[int], trailer: bool) -> None:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    data = HEAD + body + b"0\r\n" + (b"Error-Type: x0\r\n" if trailer else b"") + b"\r\n"
    left = cut(data, places)
    message = read(receiver(left))
    assert message is not None
    assert message.pieces == chunks
    assert not left
    assert message.came == sorted(message.came)


@given(st.binary(max_size=200), st.lists(st.integers(0, 10**6)))
def test_a_counted_body(body: bytes, places: list[int]) -> None:
    data = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    message = read(receiver(cut(data, places)))
    assert message is not None
    assert message.body == body


def test_the_end_is_not_a_message() -> None:
    assert read(lambda _: b"") is None


def test_a_message_that_is_cut_off_is_an_error() -> None:
    left = [HEAD + b"5\r\nab"]
    with pytest.raises(EOFError):
        read(lambda _: left.pop() if left else b"")
