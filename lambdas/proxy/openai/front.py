"""What models write before the JSON that they were asked for, taken away: a byte order mark, a fence, a thought.

Gemma 4 is reported to put JSON into a fence even when it was given a schema
(https://github.com/ollama/ollama/issues/15595), and to let a thought stand before it, in its own marks or in those of
other models, or with the closing mark alone where the template opened it (https://github.com/Blaizzy/mlx-vlm/issues/899).
"""

from __future__ import annotations

_SPACE = " \t\r\n\ufeff\u00a0\u200b\u2060"
#: What opens a thought, and what closes it.
_THOUGHTS = (
    ("<|channel>", "<channel|>"),
    ("<|channel|>", "<|message|>"),
    ("<think>", "</think>"),
    ("<thought>", "</thought>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
)
_CLOSING = tuple(close for _, close in _THOUGHTS)
_FENCES = ("\n```", "\n~~~")
_MARKS = (*_CLOSING, *_FENCES)
_LONGEST = max(map(len, _MARKS))
#: Characters of the line that opens a fence.
_LINE = 256
#: How JSON begins, other than with a word (a text is as likely to); and nothing, of which nothing is known.
_JSON = ("", "{", "[", '"', "-", *"0123456789")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.")


class Front:
    r"""Takes a text in pieces, and gives it back from its JSON on. Time is linear in the text.

    A text in which no JSON is found where it may be is given back at its end, as it is.

    Examples
    --------
    >>> front = Front()
    >>> front.feed("Here it is:\n``"), front.feed('`json\n{"a'), front.feed('": 1}')
    ('', '{"a', '": 1}')
    """

    __slots__ = ("_begun", "_close", "_held", "_kept", "_tail")

    def __init__(self) -> None:
        self._begun = False
        self._held = ""  # at the front: what is not yet enough to tell
        self._close: str | None = None  # what ends the thought that it is in
        self._kept: list[str] | None = None  # a text that began otherwise: perhaps a thought, or words before a fence
        self._tail = ""  # its last characters, in which a mark may begin

    def feed(self, text: str) -> str:
        """Return what of the next piece does not stand before the JSON."""
        while text and not self._begun:
            if self._close is not None:
                text = self._thought(text, self._close)
            elif self._kept is not None:
                text = self._search(text, self._kept)
            else:
                text = self._look(self._held + text)
        return text

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        kept, held = self._kept or [], self._held
        self._kept, self._held = None, ""
        return "".join([*kept, held])

    def _look(self, text: str) -> str:
        """Look at what stands in front; return what is to be looked at, or passed on, next."""
        text, self._held = text.lstrip(_SPACE), ""
        if text[:1] in _JSON:
            self._begun = bool(text)
            return text
        for opening, close in _THOUGHTS:
            if text.startswith(opening):
                self._close = close
                return text[len(opening) :]
        if any(opening.startswith(text) for opening, _ in _THOUGHTS):
            self._held = text
            return ""
        if text[0] in "`~":
            return self._fence(text)
        self._kept = []
        return text

    def _fence(self, text: str) -> str:
        after = text.lstrip(text[0])
        word = next((at for at, letter in enumerate(after) if letter not in _WORD), len(after))
        beside = after[word:].lstrip(" \t")
        if beside[:1] in ("{", "["):  # on the same line
            return beside
        _, end, below = after.partition("\n")
        if end:
            return below
        if len(text) < _LINE:
            self._held = text
            return ""
        self._kept = []
        return text

    def _thought(self, text: str, close: str) -> str:
        """Leave a thought out; return what follows it."""
        seen = self._tail + text
        at = seen.find(close)
        self._tail = seen[-_LONGEST:] if at < 0 else ""
        if at < 0:
            return ""
        self._close = None
        return seen[at + len(close) :]

    def _search(self, text: str, kept: list[str]) -> str:
        """Look for a mark in a text that began otherwise; return what follows it, or begins with it."""
        seen = self._tail + text
        found = min(((at, mark) for mark in _MARKS if (at := seen.find(mark)) >= 0), default=None)
        if found is None:
            kept.append(text)
            self._tail = seen[-_LONGEST:]
            return ""
        at, mark = found
        self._kept, self._tail = None, ""
        return seen[at + 1 :] if mark in _FENCES else seen[at + len(mark) :]
