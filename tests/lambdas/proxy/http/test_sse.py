"""Guarantees: events are read the same whatever pieces they come in, in linear time, within a bound."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.http.sse import COMMENT, Reader, SseError, frame

fragments = st.sampled_from(
    [
        *(b"data: ", b"data:", b"data", b"event: ", b"event:", b"id: 7", b"retry: 1", b":", b": hello", b" "),
        *(b"\n", b"\r", b"\r\n", b"\n\n"),  # line ends, and what str (not bytes) would take for one:
        *(b"\x85", b"\x0b", b"\xe2\x80\xa8"),
        *(b"a", b'{"x": "\xc3\xa9"}', b"\xff", b"\xef\xbb\xbf", b"[DONE]"),
    ]
)
streams = st.lists(fragments, max_size=30).map(b"".join)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40).map(str.encode)


def read(*pieces: bytes) -> list[bytes]:
    reader = Reader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.end()


def model(stream: bytes) -> list[bytes]:
    """The grammar, written as plainly as can be: the oracle."""
    text = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    events: list[bytes] = []
    data: list[bytes] = []
    for line in [*text.split(b"\n"), b""]:
        if not line:
            if data:
                events.append(b"\n".join(data))
            data = []
            continue
        field, _, value = line.partition(b":")
        value = value[1:] if value[:1] == b" " else value
        if field == b"data":
            data.append(value)
    return events


@given(stream=streams, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_any_cutting_gives_the_events_of_the_grammar(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert read(*pieces) == model(stream)


@given(stream=streams)
def test_byte_by_byte_gives_the_events_of_the_grammar(stream: bytes) -> None:
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == model(stream)


#: What comes in one piece is mostly whole events of one line each, and is read at once; these are nearly so.
blocks = st.lists(
    st.sampled_from(
        [
            *(
                b"data: a\n\n",
                b"data: b\n\n",
                b"data: \n\n",
                b"data:c\n\n",
                b"data: d\n",
                b"data: e\r\n\r\n",
                b"data: ",
            ),
            *(b": hi\n\n", b"event: x\ndata: f\n\n", b"data: g\n\n\n", b"\n", b"\n\n", b"\r", b"data: h\ndata: i\n\n"),
        ]
    ),
    max_size=5,
).map(b"".join)


@given(pieces=st.lists(blocks, max_size=4))
def test_what_comes_whole_is_read_as_what_comes_in_parts(pieces: list[bytes]) -> None:
    pieces.insert(0, b"data: first\n\n")
    assert read(*pieces) == model(b"".join(pieces))


@given(data=st.lists(texts, min_size=1, max_size=4), name=st.none() | st.just("response.output_text.delta"))
def test_a_frame_is_read_back(data: list[bytes], name: str | None) -> None:
    assert read(frame(b"\n".join(data), name)) == [b"\n".join(data)]


def test_a_cr_lf_cut_in_the_middle_is_one_line_end() -> None:
    assert read(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == [b"a\nb"]


def test_a_comment_is_no_event() -> None:
    assert read(COMMENT, b": ping\n\n", frame(b"x")) == [b"x"]


def test_an_event_without_its_blank_line_comes_at_the_end() -> None:
    assert read(b"data: 1\n\ndata: [DONE]") == [b"1", b"[DONE]"]


def test_bytes_that_are_not_utf8_pass_unread() -> None:
    assert read(b"data: \xff\xfe\n\n") == [b"\xff\xfe"]


def test_a_name_that_would_end_its_line_is_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        frame(b"{}", "a\ndata: smuggled")


@pytest.mark.parametrize(
    "piece",
    [b"data: " + b"x" * 700, b"data: " + b"x" * 90 + b"\n", b": " + b"x" * 700, b"x"],
    ids=["line", "lines", "comment", "drip"],
)
def test_an_event_over_the_limit_is_an_error_without_payload(piece: bytes) -> None:
    reader = Reader(limit=600)
    with pytest.raises(SseError, match="over 600 bytes") as caught:
        for _ in range(1000):
            reader.feed(piece)
    assert "xx" not in str(caught.value)


def test_a_huge_event_in_small_pieces_takes_linear_time() -> None:
    def seconds(size: int) -> float:
        pieces = [b"data: ", *[b"y" * 16] * (size // 16), b"\n\n"]
        started = time.process_time()
        (event,) = read(*pieces)
        assert len(event) == size // 16 * 16
        return time.process_time() - started

    small = min(seconds(100_000) for _ in range(3))
    large = min(seconds(1_600_000) for _ in range(2))
    assert large < 16 * small * 4  # quadratic would be 256 times
