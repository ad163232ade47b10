"""Strings that nobody else writes, and a search for them in whatever form they may come out.

A canary is found as it is, in base64 and base64url at any offset, in hexadecimal, escaped for URLs, JSON (once and
twice), HTML and Python, in UTF-16 and Latin-1, reversed, in capitals, and hashed without a key; of each form but a hash
any eight characters are enough, of a hash its first or last twelve digits, or its first eight where they stand alone.

The search is linear: each eight bytes of what is searched are looked up once, whatever is looked for.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["FORMS", "GRAM", "HASHES", "Canary", "Finder", "Found", "made"]

#: Characters of a canary that give it away.
GRAM = 8
#: Digits of a hash in hexadecimal that do wherever they stand: fewer are some other number's too.
DIGITS = 12
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
#: What stands between the letters of a text, so that each way of escaping changes some of every eight characters.
_MARKS = ('"', "<", "é", "&", "/", "\\", "%", "☂", "'", "\n", "+")


@dataclass(frozen=True)
class Canary:
    """What one place of a request holds.

    Attributes
    ----------
    word
        Letters and digits alone, so that it passes as a name or an id.
    text
        With marks that every way of escaping writes otherwise.
    """

    word: str
    text: str


def made(seed: str, letters: int = 20) -> Canary:
    """Make a canary; the same from the same seed, so that a failure can be had again.

    Examples
    --------
    >>> made("a") == made("a"), made("a").word == made("b").word, made("a").word.isalnum()
    (True, False, True)
    """
    chance = random.Random(f"canary {seed}")  # noqa: S311  # nobody is to be kept from guessing it
    word = "".join(chance.choices(_LETTERS, k=letters))
    others = "".join(chance.choices(_LETTERS, k=3 * len(_MARKS)))
    marked = (others[3 * at : 3 * at + 3] + mark for at, mark in enumerate(_MARKS))
    return Canary(word, "".join(marked))


def _json(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


#: How a piece of a canary may be written; base64 is apart, since there a piece depends on where it stands.
FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "Latin-1": lambda text: text.encode("latin-1", "replace"),
    "UTF-16, little end first": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "JSON": _json,
    "JSON with its letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1].encode(),
    "JSON in JSON": lambda text: _json(json.dumps(text)[1:-1]),
    "JSON in JSON with its letters": lambda text: json.dumps(_json(text).decode(), ensure_ascii=False)[1:-1].encode(),
    "URL": lambda text: quote(text, safe="").encode(),
    "URL with slashes": lambda text: quote(text, safe="/").encode(),
    "URL in small letters": lambda text: quote(text, safe="").lower().encode(),
    "form": lambda text: quote(text, safe=" ").replace(" ", "+").encode(),
    "HTML": lambda text: html.escape(text).encode(),
    "HTML without quotes": lambda text: html.escape(text, quote=False).encode(),
    "HTML with numbers": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace"),
    "Python": lambda text: repr(text)[1:-1].encode(),
    "Python in ASCII": lambda text: ascii(text)[1:-1].encode(),
    "Python's bytes": lambda text: repr(text.encode())[2:-1].encode(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper().encode(),
    "capitals": lambda text: text.upper().encode(),
    "small letters": lambda text: text.lower().encode(),
    "reversed": lambda text: text[::-1].encode(),
    "reversed bytes": lambda text: text.encode()[::-1],
}
HASHES: dict[str, Callable[[bytes], bytes]] = {
    name: lambda data, name=name: hashlib.new(name, data, usedforsecurity=False).digest()  # type: ignore[misc]
    for name in ("md5", "sha1", "sha256", "sha512")
}
_HEX = re.compile(rb"[0-9a-fA-F]*")


@dataclass(frozen=True)
class Found:
    """Where something was found.

    Attributes
    ----------
    label, form
        What, and how it was written.
    place
        Where it was looked for.
    around
        What stands there.
    """

    label: str
    form: str
    place: str
    around: bytes


class Finder:
    """Looks for what it was told of.

    Examples
    --------
    >>> finder = Finder()
    >>> finder.add("prompt", "the quick brown fox")
    >>> [found.form for found in finder.search(b"id=" + base64.b64encode(b"uick bro"), "log")]
    ['base64']
    >>> list(finder.search(b"nothing of it", "log"))
    []
    """

    def __init__(self) -> None:
        # By its first eight bytes: what has to stand there, and what it is.
        self._known: dict[bytes, dict[bytes, tuple[str, str]]] = {}
        self._alone: dict[bytes, dict[bytes, tuple[str, str]]] = {}  # hashes, by their first eight digits
        self.looked = 0

    def add(self, label: str, text: str) -> None:
        """Look for a text from now on, whole or in pieces."""
        for at in range(max(1, len(text) - GRAM + 1)):
            piece = text[at : at + GRAM]
            for form, write in FORMS.items():
                self._note(write(piece), label, form)
        self._base64(text.encode(), label, "base64")
        for codec in ("utf-16-le", "utf-16-be"):
            self._base64(text.encode(codec), label, f"base64 of {codec}")
        self._base64(text[::-1].encode(), label, "base64 of it reversed")
        self.hashed(label, text.encode())

    def hashed(self, label: str, data: bytes) -> None:
        """Look for hashes of bytes from now on."""
        for name, digest in HASHES.items():
            found = digest(data)
            digits = found.hex().encode()
            for part in (digits[:DIGITS], digits[-DIGITS:]):
                self._note(part, label, name)
                self._note(part.upper(), label, name)
            self._alone.setdefault(digits[:8], {})[digits] = (label, name)
            self._base64(found, label, f"{name} in base64", offsets=(0,))

    def _base64(self, data: bytes, label: str, form: str, offsets: Iterable[int] = range(3)) -> None:
        for offset in offsets:
            # Letters that depend on what stands before or behind are none of it.
            whole = base64.b64encode(b"\0" * offset + data)[-(-offset * 8 // 6) :].rstrip(b"=")
            if (offset + len(data)) % 3:
                whole = whole[:-1]
            for written in {whole, whole.replace(b"+", b"-").replace(b"/", b"_"), whole.replace(b"/", b"\\/")}:
                for at in range(len(written) - 7):
                    self._note(written[at : at + 8], label, form)

    def _note(self, written: bytes, label: str, form: str) -> None:
        if len(written) >= GRAM:
            self._known.setdefault(written[:8], {}).setdefault(written, (label, form))

    def search(self, data: bytes, place: str) -> Iterator[Found]:
        """Yield what stands in some bytes, each label and form once."""
        self.looked += len(data)
        seen: set[tuple[str, str]] = set()
        for at, written, known in self._hits(data):
            if known not in seen:
                seen.add(known)
                yield Found(*known, place, data[max(0, at - 40) : at + len(written) + 40])

    def _hits(self, data: bytes) -> Iterator[tuple[int, bytes, tuple[str, str]]]:
        step = 1 << 15
        for start in range(0, len(data), step):
            part = data[start : start + step + 7]
            grams = {part[at : at + 8] for at in range(len(part) - 7)}
            for gram in grams & self._known.keys():
                yield from self._standing(data, gram, self._known[gram])
            for gram in grams & self._alone.keys():
                yield from self._standing_alone(data, gram, self._alone[gram])

    @staticmethod
    def _standing(
        data: bytes, gram: bytes, known: dict[bytes, tuple[str, str]]
    ) -> Iterator[tuple[int, bytes, tuple[str, str]]]:
        for written, what in known.items():
            at = data.find(written)
            if at >= 0:
                yield at, written, what

    @staticmethod
    def _standing_alone(
        data: bytes, gram: bytes, known: dict[bytes, tuple[str, str]]
    ) -> Iterator[tuple[int, bytes, tuple[str, str]]]:
        at = data.find(gram)
        while at >= 0:
            run = _HEX.match(data, at)
            written = run[0] if run else b""
            for digits, what in known.items():
                # Eight digits in the middle of a longer number are that number's.
                if digits.startswith(written) and not (at and data[at - 1 : at].isalnum()):
                    yield at, written, what
            at = data.find(gram, at + 1)
