"""Guarantees: heads and chunks are read strictly, within bounds, whatever pieces they come in; garbage is an error."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.http.reader import (
    CHUNKED,
    UNTIL_CLOSE,
    Chunked,
    ProtocolError,
    framing,
    parse_head,
)

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Empty:\r\nX-Odd:\t caf\xe9 \t"


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(at, len(data)) for at in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def encode(pieces: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    chunks = [b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces if piece]
    return b"".join(chunks) + b"0" + extension + b"\r\n" + trailers + b"\r\n"


def decode(pieces: list[bytes]) -> tuple[bytes, Chunked]:
    decoder = Chunked()
    return b"".join(slice_ for piece in pieces if not decoder.done for slice_ in decoder.feed(piece)), decoder


def test_a_head_is_read() -> None:
    head = parse_head(GOOD)
    assert (head.status, head.minor) == (200, 1)
    assert head.headers == [("content-type", "text/event-stream"), ("x-empty", ""), ("x-odd", "café")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage",
        b"HTTP/2 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 099 No",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 200 O\x00K",
        b"HTTP/1.1 200 OK\nX: y",
        b"HTTP/1.1 200 OK\r\nX: a\nY: b",
        b"HTTP/1.1 200 OK\r\nX: a\rY: b",
        b"HTTP/1.1 200 OK\r\n folded: x",
        b"HTTP/1.1 200 OK\r\nX: a\r\n\tfolded",
        b"HTTP/1.1 200 OK\r\nX : a",
        b"HTTP/1.1 200 OK\r\n: a",
        b"HTTP/1.1 200 OK\r\nX",
        b"HTTP/1.1 200 OK\r\nX: a\x00b",
        b"HTTP/1.1 200 OK\r\nX\xc3\xa9: a",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 16_385,
        b"HTTP/1.1 200 OK" + b"\r\nX: y" * 129,
    ],
)
def test_a_malformed_head_is_refused_without_being_quoted(raw: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_head(raw)
    assert "garbage" not in str(caught.value)
    assert "folded:" not in str(caught.value)


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"HTTP/1.1 200 OK", b"\r\n", b"a: b", b" ", b"\n", b":"])).map(b"".join)
)
def test_no_head_does_anything_but_parse_or_be_refused(raw: bytes) -> None:
    try:
        head = parse_head(raw)
        framing(head)
    except ProtocolError:
        return
    assert 100 <= head.status <= 999
    assert all(name and name == name.lower() and "\n" not in value for name, value in head.headers)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (b"", UNTIL_CLOSE),
        (b"\r\nContent-Length: 0", 0),
        (b"\r\nContent-Length: 7", 7),
        (b"\r\nContent-Length: 7\r\nContent-Length: 7", 7),
        (b"\r\nContent-Length: 7, 7", 7),
        (b"\r\nTransfer-Encoding: Chunked", CHUNKED),
        (b"\r\nContent-Encoding: identity\r\nContent-Length: 1", 1),
    ],
)
def test_how_a_body_ends(headers: bytes, expected: int) -> None:
    assert framing(parse_head(b"HTTP/1.1 200 OK" + headers)) == expected


@pytest.mark.parametrize("status", [b"204", b"304"])
def test_a_response_that_has_no_body(status: bytes) -> None:
    assert framing(parse_head(b"HTTP/1.1 " + status + b" None\r\nContent-Length: 9")) == 0


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (b"\r\nContent-Length: 7\r\nContent-Length: 8", "two content lengths"),
        (b"\r\nContent-Length: 7, 8", "two content lengths"),
        (b"\r\nContent-Length: -1", "not a number"),
        (b"\r\nContent-Length: +1", "not a number"),
        (b"\r\nContent-Length: 0x1", "not a number"),
        (b"\r\nContent-Length: 1 2", "not a number"),
        (b"\r\nContent-Length:", "not a number"),
        (b"\r\nContent-Length: 9999999999999999", "not a number"),
        (b"\r\nContent-Length: \xb2", "not a number"),
        (b"\r\nContent-Length: 7\r\nTransfer-Encoding: chunked", "both"),
        (b"\r\nTransfer-Encoding: gzip, chunked", "not exactly"),
        (b"\r\nTransfer-Encoding: chunked, chunked", "not exactly"),
        (b"\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity", "not exactly"),
        (b"\r\nTransfer-Encoding: xchunked", "not exactly"),
        (b"\r\nContent-Encoding: gzip\r\nContent-Length: 1", "compressed"),
        (b"\r\nContent-Encoding: identity, br\r\nContent-Length: 1", "compressed"),
    ],
)
def test_a_head_that_contradicts_itself_is_refused(headers: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        framing(parse_head(b"HTTP/1.1 200 OK" + headers))


def test_chunks_are_no_part_of_http_1_0() -> None:
    with pytest.raises(ProtocolError):
        framing(parse_head(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked"))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"HTTP/1.1 200 OK", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive", True),
        (b"HTTP/1.1 200 OK\r\nConnection: foo, Close", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive", False),
    ],
)
def test_what_keeps_a_connection(raw: bytes, kept: bool) -> None:
    assert parse_head(raw).persistent is kept


@given(
    pieces=st.lists(st.binary(max_size=40), max_size=8),
    extension=st.sampled_from([b"", b";a=b", b' ; name="v; w"']),
    trailers=st.sampled_from([b"", b"X-Sum: 1\r\n", b"A: b\r\nC: d\r\n"]),
    rest=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n\r\n"]),
    cuts=st.lists(st.integers(0, 300), max_size=12),
)
def test_any_cutting_of_chunks_gives_the_body(
    pieces: list[bytes], extension: bytes, trailers: bytes, rest: bytes, cuts: list[int]
) -> None:
    wire = encode(pieces, extension, trailers)
    parts = cut(wire, cuts)
    parts[-1] += rest
    body, decoder = decode(parts)
    assert body == b"".join(pieces)
    assert decoder.done
    assert rest.endswith(decoder.rest)


@given(pieces=st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5), at=st.integers(0, 10**6))
def test_a_cut_body_is_never_done(pieces: list[bytes], at: int) -> None:
    wire = encode(pieces)
    body, decoder = decode([wire[: at % len(wire)]])
    assert not decoder.done
    assert b"".join(pieces).startswith(body)


@given(st.lists(st.binary(max_size=30) | st.sampled_from([b"0\r\n\r\n", b"3\r\n", b"\r\n", b"abc"]), max_size=20))
def test_garbage_between_chunks_is_refused_or_waited_on(parts: list[bytes]) -> None:
    try:
        decode(parts)
    except ProtocolError as error:
        assert str(error).isascii()


@pytest.mark.parametrize(
    "wire",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x3\r\n",
        b"3\n",
        b"3\r\nabcd\r\n",
        b"3\r\nabc\n",
        b"1" * 16 + b"\r\n",
        b"3;" + b"e" * 1100,
        b"3; a\x00\r\n",
        b"0\r\nbad trailer\r\n",
        b"0\r\nX: " + b"y" * 20_000,
        b"0\r\n" + b"X: y\r\n" * 5_000,
    ],
)
def test_broken_chunks_are_refused(wire: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode([wire])
    with pytest.raises(ProtocolError):
        decode([wire[at : at + 1] for at in range(len(wire))])
