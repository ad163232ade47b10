"""Images in JSON: their base64 is taken out of what comes in before it is read, and spliced into what goes out.

A picture is nearly all of a body of 3 MB. Reading it as JSON twice (the event, then the body in it) and escaping and
copying it again takes several times as long as signing it, for text that needs none of that. So base64 is cut out as
soon as it is known to be nothing else, and in its place stands a word that nobody else can know, until it is written.
"""

from __future__ import annotations

import os

from ..core.jsontext import compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Bytes = bytes | memoryview

#: Bytes of base64 that are worth cutting out.
LEAST = 8 * 1024
_BLOCK = 64 * 1024  # is looked at at once: what fits into a core's cache

_NONCE = os.urandom(16).hex()
_BEGIN = b";base64,"
_END = ":cut"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Cut(str):
    """A data URL whose base64 was cut out: ``data`` holds it, and the text itself ends in what stands for it."""

    __slots__ = ("data",)

    data: memoryview


def is_base64(data: memoryview) -> bool:
    """Whether this is base64 of 12 bytes or more, told without decoding it."""
    size = len(data)
    if size % 4 or size < 16:
        return False
    for at in range(0, size - 2, _BLOCK):
        if data[at : min(at + _BLOCK, size - 2)].tobytes().translate(None, _ALPHABET):
            return False
    return not data[-2:].tobytes().rstrip(b"=").translate(None, _ALPHABET)


class Body:
    """A body from which long base64 was cut out, or from which nothing was.

    Parameters
    ----------
    data
        What is left of it: JSON.
    taken
        What was cut out, which is still the event's memory.
    """

    __slots__ = ("data", "taken")

    def __init__(self, data: bytes, taken: Sequence[memoryview] = ()) -> None:
        self.data = data
        self.taken = taken

    @property
    def size(self) -> int:
        """Bytes of the whole body (a few more, if something was cut out of it)."""
        return len(self.data) + (sum(map(len, self.taken)) if self.taken else 0)

    def restored(self, pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """Return an object's pairs with a `Cut` for each string from which base64 was cut out."""
        found = []
        for name, value in pairs:
            if type(value) is str and value.endswith(_END):
                _, nonce, number = value.removesuffix(_END).partition(f"{_NONCE}:")
                if nonce:
                    value = Cut(value)
                    value.data = self.taken[int(number)]
            found.append((name, value))
        return found

    def found_in(self, data: Iterable[object]) -> bool:
        """Whether all that was cut out is among these, each being the very same object."""
        return {id(piece) for piece in self.taken} <= {id(piece) for piece in data}


def cut(event: bytes | bytearray) -> tuple[bytes | bytearray, list[memoryview]]:
    """Take the long base64 of data URLs out of an event, whose body is JSON in a string of JSON.

    Only what ends in the escaped quote of such a string, and is base64 to its last letter, is taken out: it stands for
    itself in both of them.

    Returns
    -------
    bytes, list of memoryview
        The event without it, and what was cut out, which is still the event's memory; the event itself and an empty
        list if there is none.
    """
    kept: list[bytes | memoryview] = []
    taken: list[memoryview] = []
    if len(event) < LEAST:  # most are
        return event, taken
    view = memoryview(event)
    done = 0
    quote = -1
    following = event.find(_BEGIN)
    while following >= 0:
        at = following + len(_BEGIN)
        following = event.find(_BEGIN, at)
        if quote < at:  # else it is still the next one: no letter is looked at twice
            quote = event.find(b'"', at)
            if quote < 0:
                break  # nor is there one for any that follows
        end = quote - 1
        # Base64 does not hold what begins the next one.
        if end - at < LEAST or 0 <= following < end or event[end] != 0x5C:
            continue
        data = view[at:end]
        if is_base64(data):
            kept += (view[done:at], f"{_NONCE}:{len(taken)}{_END}".encode())
            taken.append(data)
            done = end
    return (b"".join([*kept, view[done:]]), taken) if taken else (event, taken)


def whole(written: bytes, taken: Sequence[memoryview]) -> list[Bytes]:
    """Return the JSON of a body that was read without its long base64, in pieces, with all of it where it was.

    Parameters
    ----------
    written
        What was read, written as JSON again.
    taken
        What `cut` took out.
    """
    if not taken:
        return [written]
    found: list[Bytes] = []
    for piece in written.split(f"{_NONCE}:".encode()):
        if found:
            number, _, piece = piece.partition(_END.encode())
            found.append(taken[int(number)])
        found.append(piece)
    return found


def mark(number: int) -> str:
    """Return what stands for the image of a number until the JSON is written."""
    return f"{_NONCE}/{number}/"


def pieces(value: Any, images: Sequence[Sequence[Bytes]] = ()) -> list[Bytes]:
    """Write a value as compact JSON in UTF-8, in pieces.

    Parameters
    ----------
    images
        What is put in the place of ``mark(0)``, ``mark(1)``…, in pieces; letters that JSON need not escape.

    Examples
    --------
    >>> pieces({"url": mark(0), "n": 1}, [(b"data:", b"AAAA")])
    [b'{"url":"', b'data:', b'AAAA', b'","n":1}']
    """
    written = compact(value).encode()
    if not images:
        return [written]
    found: list[Bytes] = []
    for piece in written.split(_NONCE.encode() + b"/"):
        if found:
            number, _, piece = piece.partition(b"/")
            found += images[int(number)]
        found.append(piece)
    return found
