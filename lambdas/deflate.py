"""Deflate (https://www.rfc-editor.org/rfc/rfc1951) whose output depends on its input alone.

``zlib.compress`` promises no such thing: classic zlib, zlib-ng and their versions each write other bytes for the same
data, and Python uses whichever the machine has. A package whose hash is to be the same on every machine needs a
compressor of its own, and a simple one will do: greedy matches, fixed codes. Any zlib reads what it writes.
"""

from __future__ import annotations

__all__ = ["compress"]

_WINDOW = 32_768
_LONGEST = 258
_SHORTEST = 3
_TRIES = 16  # earlier places that are compared; more gain little on source code

Code = tuple[int, int]
"""Bits, the first to be written lowest, and how many there are."""


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
    output = bytearray()
    buffer, filled = 0b011, 3  # the last block; fixed codes
    places: dict[bytes, list[int]] = {}
    at = 0
    while at < len(data):
        length, distance = _longest(data, at, places)
        for code, bits in (_LENGTHS[length], _distance(distance)) if distance else (_SYMBOLS[data[at]],):
            buffer |= code << filled
            filled += bits
        whole = filled >> 3
        output += (buffer & ((1 << (whole << 3)) - 1)).to_bytes(whole, "little")
        buffer >>= whole << 3
        filled &= 7
        for passed in range(at, at + length):
            places.setdefault(data[passed : passed + _SHORTEST], []).append(passed)
        at += length
    code, bits = _SYMBOLS[_END]
    buffer |= code << filled
    filled += bits
    return bytes(output) + buffer.to_bytes((filled + 7) >> 3, "little")


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


def _distance(distance: int) -> Code:
    symbol, base, extra = next(row for row in _DISTANCES if row[1] <= distance)
    return _huffman(symbol, 5)[0] | (distance - base) << 5, 5 + extra


def _huffman(code: int, bits: int) -> Code:
    """Write a Huffman code, which begins with its highest bit."""
    return int(f"{code:0{bits}b}"[::-1], 2), bits


_END = 256
# RFC 1951, 3.2.6
_SYMBOLS: list[Code] = [
    *(_huffman(0b00110000 + i, 8) for i in range(144)),
    *(_huffman(0b110010000 + i, 9) for i in range(112)),
    *(_huffman(i, 7) for i in range(24)),
    *(_huffman(0b11000000 + i, 8) for i in range(8)),
]


def _lengths() -> dict[int, Code]:
    """Make the code of each length of a match (3.2.5)."""
    codes: dict[int, Code] = {}
    symbol, length = 257, _SHORTEST
    for extra in (*(0,) * 8, *(1,) * 4, *(2,) * 4, *(3,) * 4, *(4,) * 4, *(5,) * 4):
        code, bits = _SYMBOLS[symbol]
        for value in range(1 << extra):
            codes[length + value] = code | value << bits, bits + extra
        symbol, length = symbol + 1, length + (1 << extra)
    codes[_LONGEST] = _SYMBOLS[285]  # which has a symbol of its own
    return codes


def _distances() -> list[tuple[int, int, int]]:
    """Make the rows of the table of distances: symbol, first distance, extra bits; the farthest first."""
    rows, base = [], 1
    for symbol in range(30):
        extra = max(0, symbol // 2 - 1)
        rows.append((symbol, base, extra))
        base += 1 << extra
    return rows[::-1]


_LENGTHS = _lengths()
_DISTANCES = _distances()
