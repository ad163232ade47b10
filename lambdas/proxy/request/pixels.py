"""How large a picture is, read off its head: what the guardrail would refuse is refused before anybody is asked.

PNG: https://www.w3.org/TR/png-3/#11IHDR. JPEG: its frame header (SOF), ITU-T T.81, B.2.2.
"""

from __future__ import annotations

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .splice import Bytes

#: Letters of base64 that are decoded first: a frame header stands behind previews and profiles, rarely further away.
_HEAD = 1 << 16
#: Marker codes of frame headers: all from SOF0 to SOF15 but the tables (DHT, DAC) and one that is reserved (JPG).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size(format: str, encoded: Bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None if the head does not say.

    Parameters
    ----------
    format
        ``png`` or ``jpeg``.
    encoded
        The picture in base64, valid.

    Examples
    --------
    >>> head = b"\\x89PNG\\r\\n\\x1a\\n" + b"\\0\\0\\0\\x0dIHDR" + bytes((0, 0, 31, 64, 0, 0, 0, 2))
    >>> size("png", binascii.b2a_base64(head, newline=False))
    (8000, 2)
    """
    head = binascii.a2b_base64(encoded[:_HEAD])
    if format == "png":
        if head[12:16] != b"IHDR" or len(head) < 24:
            return None
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    found = _frame(head)
    return _frame(binascii.a2b_base64(encoded)) if found is None and len(encoded) > _HEAD else found


def _frame(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        code = data[at + 1]
        if code == 0xFF:  # a fill byte
            at += 1
        elif code == 0x01 or 0xD0 <= code <= 0xD8:  # markers that have no length
            at += 2
        elif code in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        elif code in (0xD9, 0xDA):  # the end, or the picture itself: what comes now is no header
            return None
        else:
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            if length < 2:
                return None
            at += 2 + length
    return None
