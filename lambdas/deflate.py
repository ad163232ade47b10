"""Deflate (https://www.rfc-editor.org/rfc/rfc1951) whose output depends on its input alone.

``zlib.compress`` promises no such thing: classic zlib, zlib-ng and their versions each write other bytes for the same
data, and Python uses whichever the machine has. A package whose hash is to be the same on every machine needs a
compressor of its own, and a simple one will do: one block. Any zlib reads what it writes.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

__all__ = ["compress"]

_WINDOW = 32_768
_LONGEST = 258
_SHORTEST = 3
_GOOD = 32  # a match so long is taken without a look at the next place
_TRIES = 48  # earlier places that are compared; more gain little on source code

Code = tuple[int, int]
"""Bits, the first to be written lowest, and how many there are."""
Row = tuple[int, int, int]
"""A symbol, the first length or distance that it stands for, and how many extra bits tell which."""


def compress(data: bytes) -> bytes:
    r"""Compress, into one raw Deflate block.

    Parameters
    ----------
    data
        What to compress.

    Examples
    --------
    >>> import zlib
    >>> zlib.decompress(compress(b"to be or not to be"), wbits=-15)
    b'to be or not to be'
    """
    tokens = _tokens(data)
    fixed = _Bits()
    fixed.add(0b011, 3)  # the last block; fixed codes
    _write(tokens, _SYMBOLS, [_huffman(symbol, 5) for symbol in range(30)], fixed)
    made = _Bits()
    made.add(0b101, 3)  # the last block; codes of its own
    _write(tokens, *_own_codes(tokens, made), made)
    return min(fixed.end(), made.end(), key=len)


class _Bits:
    """Bits, the first of which is the lowest of the first byte."""

    def __init__(self) -> None:
        self._output = bytearray()
        self._buffer = self._filled = 0

    def add(self, bits: int, count: int) -> None:
        self._buffer |= bits << self._filled
        self._filled += count
        while self._filled >= 32:
            self._output += (self._buffer & 0xFFFFFFFF).to_bytes(4, "little")
            self._buffer >>= 32
            self._filled -= 32

    def end(self) -> bytes:
        return bytes(self._output) + self._buffer.to_bytes((self._filled + 7) >> 3, "little")


def _tokens(data: bytes) -> list[tuple[int, int]]:
    """Divide data into literals (byte, 0) and matches (length, distance)."""
    tokens: list[tuple[int, int]] = []
    places: dict[bytes, list[int]] = {}
    found: tuple[int, int] | None = None
    at = 0
    while at < len(data):
        length, distance = found or _longest(data, at, places)
        found = None
        places.setdefault(data[at : at + _SHORTEST], []).append(at)
        if distance and length < _GOOD:
            later = _longest(data, at + 1, places)
            if later[0] > length:  # the next place has a longer one: this byte is left as it is
                length, distance, found = 1, 0, later
        tokens.append((length, distance) if distance else (data[at], 0))
        for passed in range(at + 1, at + length):
            places.setdefault(data[passed : passed + _SHORTEST], []).append(passed)
        at += length
    return tokens


def _write(tokens: list[tuple[int, int]], symbols: Sequence[Code], distances: Sequence[Code], out: _Bits) -> None:
    """Write a block's tokens and its end."""
    for value, distance in tokens:
        if not distance:
            out.add(*symbols[value])
            continue
        symbol, base, extra = _LENGTHS[value]
        out.add(*symbols[symbol])
        out.add(value - base, extra)
        symbol, base, extra = _distance(distance)
        out.add(*distances[symbol])
        out.add(distance - base, extra)
    out.add(*symbols[_END])


def _own_codes(tokens: list[tuple[int, int]], out: _Bits) -> tuple[list[Code], list[Code]]:
    """Make the codes that fit these tokens best, and write them as the head of their block (3.2.7)."""
    symbols, distances = [0] * 286, [0] * 30
    symbols[_END] = 1
    for value, distance in tokens:
        symbols[_LENGTHS[value][0] if distance else value] += 1
        if distance:
            distances[_distance(distance)[0]] += 1
    lengths = [_code_lengths(symbols, 15), _code_lengths(distances, 15)]
    for all, least in zip(lengths, (257, 1), strict=True):
        while len(all) > least and not all[-1]:
            all.pop()
    runs = _runs([*lengths[0], *lengths[1]])
    counts = [0] * 19
    for symbol, _, _ in runs:
        counts[symbol] += 1
    own = _code_lengths(counts, 7)
    order = [own[symbol] for symbol in _ORDER]
    while len(order) > 4 and not order[-1]:
        order.pop()
    out.add(len(lengths[0]) - 257 | (len(lengths[1]) - 1) << 5 | (len(order) - 4) << 10, 14)
    for length in order:
        out.add(length, 3)
    codes = _codes(own)
    for symbol, value, extra in runs:
        out.add(*codes[symbol])
        out.add(value, extra)
    return _codes(lengths[0]), _codes(lengths[1])


def _runs(lengths: list[int]) -> list[tuple[int, int, int]]:
    """Shorten a list of code lengths: symbol, extra value, extra bits (3.2.7)."""
    runs: list[tuple[int, int, int]] = []
    at = 0
    while at < len(lengths):
        length, count = lengths[at], 1
        while at + count < len(lengths) and lengths[at + count] == length:
            count += 1
        if not length and count >= 3:
            count = min(count, 138)
            runs.append((17, count - 3, 3) if count <= 10 else (18, count - 11, 7))
        elif count >= 4:
            count = min(count, 7)
            runs += [(length, 0, 0), (16, count - 4, 2)]
        else:
            count = 1
            runs.append((length, 0, 0))
        at += count
    return runs


def _code_lengths(counts: Sequence[int], longest: int) -> list[int]:
    """Return the length of each symbol's Huffman code, none over the longest; 0 for one that does not occur."""
    while True:
        heap: list[tuple[int, int, tuple[int, ...]]] = [
            (count, symbol, (symbol,)) for symbol, count in enumerate(counts) if count
        ]
        if len(heap) < 2:  # a code of one symbol has one bit
            heap += [(0, symbol, (symbol,)) for symbol in (0, 1) if not counts[symbol]][: 2 - len(heap)]
        lengths = [0] * len(counts)
        heapq.heapify(heap)
        while len(heap) > 1:
            one, two = heapq.heappop(heap), heapq.heappop(heap)
            both = one[2] + two[2]
            for symbol in both:
                lengths[symbol] += 1
            heapq.heappush(heap, (one[0] + two[0], min(one[1], two[1]), both))
        if max(lengths) <= longest:
            return lengths
        counts = [(count + 1) // 2 for count in counts]  # flatter, until it fits


def _codes(lengths: Sequence[int]) -> list[Code]:
    """Return the codes that these lengths stand for (3.2.2)."""
    codes: list[Code] = [(0, 0)] * len(lengths)
    code = 0
    for bits in range(1, 16):
        for symbol, length in enumerate(lengths):
            if length == bits:
                codes[symbol] = _huffman(code, bits)
                code += 1
        code <<= 1
    return codes


def _longest(data: bytes, at: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """Find the longest text before a place that stands there again: its length and distance, or (1, 0)."""
    best, distance = _SHORTEST - 1, 0
    limit = min(_LONGEST, len(data) - at)
    if limit < _SHORTEST:
        return 1, 0
    for earlier in reversed(places.get(data[at : at + _SHORTEST], [])[-_TRIES:]):
        if at - earlier > _WINDOW or best == limit:
            break
        if data[earlier : earlier + best + 1] != data[at : at + best + 1]:
            continue
        length = best + 1
        while length < limit and data[earlier + length] == data[at + length]:
            length += 1
        best, distance = length, at - earlier
    return (best, distance) if distance else (1, 0)


def _distance(distance: int) -> Row:
    return next(row for row in _DISTANCES if row[1] <= distance)


def _huffman(code: int, bits: int) -> Code:
    """Write a Huffman code, which begins with its highest bit."""
    return int(f"{code:0{bits}b}"[::-1], 2), bits


_END = 256
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
# RFC 1951, 3.2.6
_SYMBOLS: list[Code] = [
    *(_huffman(0b00110000 + i, 8) for i in range(144)),
    *(_huffman(0b110010000 + i, 9) for i in range(112)),
    *(_huffman(i, 7) for i in range(24)),
    *(_huffman(0b11000000 + i, 8) for i in range(8)),
]


def _lengths() -> list[Row]:
    """Make the row of each length of a match (3.2.5)."""
    rows: list[Row] = [(0, 0, 0)] * _SHORTEST
    symbol = 257
    for extra in (*(0,) * 8, *(1,) * 4, *(2,) * 4, *(3,) * 4, *(4,) * 4, *(5,) * 4):
        rows += [(symbol, len(rows), extra)] * (1 << extra)
        symbol += 1
    rows[_LONGEST] = (285, _LONGEST, 0)  # which has a symbol of its own
    return rows


def _distances() -> list[Row]:
    """Make the rows of the distances, the farthest first."""
    rows: list[Row] = []
    base = 1
    for symbol in range(30):
        extra = max(0, symbol // 2 - 1)
        rows.append((symbol, base, extra))
        base += 1 << extra
    return rows[::-1]


_LENGTHS = _lengths()
_DISTANCES = _distances()
