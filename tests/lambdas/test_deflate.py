"""What is compressed is what zlib reads back, and is the same everywhere."""

import hashlib
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.deflate import compress

REPEATS = st.lists(
    st.sampled_from([b"a", b"ab", b"def f(self) -> None:\n", bytes(range(256)), b"\0" * 300]), max_size=40
)


@given(st.binary(max_size=2000) | REPEATS.map(b"".join))
@example(b"")
@example(b"a" * 257)
@example(b"a" * 258)
@example(b"a" * 259)
@example(b"a" * 260)
def test_zlib_reads_back_what_was_written(data: bytes) -> None:
    assert zlib.decompress(compress(data), wbits=-15) == data


@pytest.mark.parametrize("gap", [1, 2, 3, 4, 5, 8, 24_576, 24_577, 32_760, 32_761, 32_762, 40_000])
def test_matches_at_every_distance(gap: int) -> None:
    noise = hashlib.shake_128(b"noise").digest(gap)
    data = b"matching" + noise + b"matching"
    assert zlib.decompress(compress(data), wbits=-15) == data


def test_the_bytes_are_the_same_on_every_machine() -> None:
    assert compress(b"to be or not to be, to be or not to be").hex() == "2bc957484a55c82f52c8cb2f510073741430c500"


def test_source_code_becomes_less_than_half() -> None:
    source = b"".join(path.read_bytes() for path in sorted((Path(__file__).parents[2] / "lambdas").rglob("*.py")))
    assert len(compress(source)) < len(source) / 2
