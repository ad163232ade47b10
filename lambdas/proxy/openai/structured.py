"""Structured output: the JSON that a request asked for, taken out of what the model wrote, and checked.

What stands before the JSON is taken away (:mod:`front`), and what follows it is cut off. What is in it is checked
against the schema as far as :mod:`schema` can. Its escapes are resolved, so that the guardrail reads the letters that
the client's parser will make of them.
"""

from __future__ import annotations

import json

from ..core.errors import StructuredOutputError
from ..release.verdict import BlockedError
from ..request.texts import is_json
from .front import Front

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPACE = " \t\r\n"
_HEX = frozenset("0123456789abcdefABCDEF")


def settle(text: str, form: dict[str, Any]) -> str:
    """Return the JSON that is in a text.

    Parameters
    ----------
    form
        Its ``schema``, if it has one.

    Raises
    ------
    StructuredOutputError
        If there is none, or it does not match.

    Examples
    --------
    >>> settle('{"a": 1}}} that was it', {"schema": {"type": "object"}})
    '{"a": 1}'
    """
    shape = Shape(form)
    kept = shape.feed(text) + shape.rest()
    shape.check()
    return kept


def check(text: str, form: dict[str, Any]) -> None:
    """Raise StructuredOutputError if a text is not the JSON that was asked for."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise StructuredOutputError("it is not JSON") from None
    from . import schema  # not before it is needed: few requests ask for it, and every cold start would pay

    failed = schema.mismatch(value, form.get("schema", True))
    if failed is not None:
        place, keyword = failed
        shown = place if len(place) <= 200 else "a place deep inside"
        raise StructuredOutputError(f"at {shown} it does not match the schema ({keyword})")


class Cutter:
    r"""Takes a text in pieces, and gives back the JSON that it begins with, in pieces, without escaped letters.

    Time is linear in the text. A text that begins with neither ``{`` nor ``[`` is given back as it is.

    Examples
    --------
    >>> cutter = Cutter()
    >>> cutter.feed(' {"a": "\\u00'), cutter.feed('41}"}, and'), cutter.feed(" more")
    ('{"a": "', 'A}"}', '')
    """

    __slots__ = ("_begun", "_depth", "_done", "_escape", "_held", "_string")

    def __init__(self) -> None:
        self._begun = False
        self._done = False
        self._depth = 0
        self._string = False  # inside of a string
        self._escape = False  # after a backslash in one
        self._held = ""  # an escape of which the rest has not come

    @property
    def done(self) -> bool:
        """Whether the JSON is complete, which one that is neither object nor list is never known to be."""
        return self._done

    def feed(self, text: str) -> str:
        """Return what of the next piece belongs to the JSON."""
        if self._done:
            return ""
        if not self._begun:
            text = text.lstrip(_SPACE)
            self._begun = bool(text)
            if text and text[0] not in "{[":
                self._depth = -1
        if self._depth >= 0 and text:
            text = self._cut(text)
        return self._plain(text)

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        held, self._held = self._held, ""
        return held

    def _cut(self, text: str) -> str:
        at, slash = 0, -1
        while at < len(text):
            if self._escape:
                self._escape = False
                at += 1
                continue
            quote = text.find('"', at)
            if self._string:
                if slash < at:
                    slash = text.find("\\", at)
                    slash = len(text) if slash < 0 else slash
                if slash < (len(text) if quote < 0 else quote):
                    self._escape = True
                    at = slash + 1
                    continue
                if quote < 0:
                    break
                self._string = False
                at = quote + 1
                continue
            stop = len(text) if quote < 0 else quote
            end = self._close(text, at, stop)
            if end >= 0:
                self._done = True
                return text[:end]
            if quote < 0:
                break
            self._string = True
            at = quote + 1
        return text

    def _close(self, text: str, at: int, stop: int) -> int:
        """Follow the brackets between two places; return where the outermost is closed, or -1."""
        opened = text.count("{", at, stop) + text.count("[", at, stop)
        closed = text.count("}", at, stop) + text.count("]", at, stop)
        if closed < self._depth:
            self._depth += opened - closed
            return -1
        for place in range(at, stop):
            if text[place] in "{[":
                self._depth += 1
            elif text[place] in "}]":
                self._depth -= 1
                if self._depth <= 0:
                    return place + 1
        return -1

    def _plain(self, text: str) -> str:
        text, self._held = self._held + text, ""
        if "\\" not in text:
            return text
        out, at = [], 0
        while (slash := text.find("\\", at)) >= 0:
            out.append(text[at:slash])
            size, plain = _escape(text, slash)
            if not size:
                if self._done:
                    out.append(text[slash:])
                else:
                    self._held = text[slash:]
                return "".join(out)
            out.append(plain)
            at = slash + size
        out.append(text[at:])
        return "".join(out)


class Shape(Cutter):
    """A streamed text that must come to the JSON that was asked for.

    Parameters
    ----------
    form
        As for ``settle``.
    """

    __slots__ = ("_form", "_front", "_kept")

    def __init__(self, form: dict[str, Any]) -> None:
        super().__init__()
        self._form = form
        self._front = Front()
        self._kept: list[str] = []

    def feed(self, text: str) -> str:
        """Return what of the next piece belongs to the JSON."""
        kept = super().feed(self._front.feed(text))
        self._kept.append(kept)
        return kept

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        kept = super().feed(self._front.rest()) + super().rest()
        self._kept.append(kept)
        return kept

    def check(self) -> None:
        """Raise StructuredOutputError if the whole text is not the JSON that was asked for."""
        check("".join(self._kept), self._form)

    def masked(self, cleared: str) -> None:
        """Raise BlockedError if the text was JSON, and is none any more as the guardrail masked it."""
        if is_json("".join(self._kept)) and not is_json(cleared):
            raise BlockedError("The guardrail masked a part of this answer that has no masked form.")


def _escape(text: str, at: int) -> tuple[int, str]:
    """Return the length of the escape at a place (0 if it is not all there), and what to write for it."""
    kind = text[at + 1 : at + 2]
    if kind != "u":
        return (2, "/" if kind == "/" else "\\" + kind) if kind else (0, "")
    code = _code(text, at)
    if code is None:
        return (0, "") if len(text) < at + 6 else (6, text[at : at + 6])
    if 0xD800 <= code < 0xDC00:
        if len(text) < at + 12:
            return 0, ""
        low = _code(text, at + 6)
        if low is not None and 0xDC00 <= low < 0xE000:
            return 12, chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00)
    if 0xD800 <= code < 0xE000:
        return 6, "\ufffd"
    return 6, text[at : at + 6] if code < 0x20 or code in (0x22, 0x5C, 0x7F) else chr(code)


def _code(text: str, at: int) -> int | None:
    digits = text[at + 2 : at + 6]
    if len(digits) < 4 or text[at : at + 2] != "\\u" or not _HEX.issuperset(digits):
        return None
    return int(digits, 16)
