r"""What a text says to its reader where its letters say something else: ``Project`` for ``\u0050roject``.

The guardrail compares letters. A model, and whoever reads its answer, reads over a space of no width, takes a Cyrillic
letter for the Latin one that it looks like, and resolves an escape. So a text that has such places is shown a second
time as it reads: each place with what stands around it, which is all that a word or an address across it can need. A
text without any is its own plain form, and costs nothing more.

What is undone, wherever it stands between letters that it parts: spaces, breaks and tabs (one space), signs of no width
and control characters, letters apart from each other (``N i g h t``); and letters: Unicode's compatibility forms
(NFKC), look-alikes (:mod:`lookalikes`), marks on letters that no language composes, tags, ``\u`` escapes.
"""

from __future__ import annotations

import re

from ..core.jsontext import Json
from .lookalikes import LOOKALIKES, LOOSE, SIGNS, sign
from .plain import plain
from .view import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .view import Segment

    #: Start, end, what it reads, and the characters around it that matter.
    Place = tuple[int, int, str, int]

#: Characters around a place that are shown with it: as in a window; and beside ordinary spaces, three words or so.
AROUND, BESIDE = 128, 40
#: Characters that are not seen, for each that is, across which a window looks back.
HIDDEN = 32
#: How often a form is looked at anew: what an escape says may be an escape.
DEPTH = 4
#: What stands between two places that are shown: no word and no address holds it.
_APART = "\n|\n"

_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # look like a space
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e001f\U000e007f-\U000e0fff"
)
_GAP = rf"[\s{_BLANK}{_UNSEEN}]"
_COLOUR = r"\x1b\[[0-9;]{0,32}[A-Za-z]"
_ESCAPE = r"(?<!\\)\\+(?:u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"
_ESCAPES = rf"(?:{_ESCAPE})+"
#: What parts the letters of a word: one sign.
_APART_BY = rf"(?:\r\n|[ ._*,|/~\u00b7\u2022-]|{_GAP})"


def _pattern(gap: str, needless: str = "(?!)") -> re.Pattern[str]:
    # Each alternative begins where the last one cannot have, so that no run is read twice: time is linear.
    return re.compile(
        rf"(?P<gap>(?:{_COLOUR}|(?! ){gap})(?:{_COLOUR}|{gap})*| (?:{_COLOUR}|{gap})+)"
        rf"|(?P<escapes>{_ESCAPES})|(?P<slash>(?<!\\)\\+(?:/|{needless}))"
        rf"|(?P<letters>(?<![^\W_])[^\W\d_](?:{_APART_BY}[^\W\d_](?![^\W_])){{3,}})"
        r"|(?P<hyphen>(?<=[^\W\d_])[-\u2010]\r?\n[ \t]*(?=[^\W\d_]))"
        rf"|(?P<odd>[^\x00-\x7f\s{_BLANK}{_UNSEEN}]+)"
    )


_PLAIN = _pattern(_GAP)
#: In JSON5 a line goes on after a backslash, and one before any other letter is nothing
#: (https://spec.json5.org/#strings).
_JSON = _pattern(rf"(?:{_GAP}|(?<!\\)\\+[nrtbfv])", r"\r?\n|(?<=[^\\]\\)(?=[^\W\d_nrtbfvux])")
#: How a text begins that its reader may take for JSON.
_LIKE_JSON = re.compile(r"[\s\ufeff]*(?:```\w*\s*)?[{\[\"]")
_LEAD = re.compile(rf"{_GAP}+")
_ORDINARY = re.compile(r"[ \t\n\r]+")
_ANY_SPACE = re.compile(rf"[\s{_BLANK}]|\\[nrt]")
_CODE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|(?:u\{|[xU])([0-9a-fA-F]+)|([0-7]{3}))")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TURKISH = re.compile("[\u011e\u011f\u0130\u015e\u015f]")
_BINDS = frozenset("@._-+/:")
_TAGS = range(0xE0020, 0xE007F)
#: Letters of a run that is remembered.
_SHORT = 8
#: Stands for a mark on the letter before it; what is read holds no such letter.
_MARK = "\0"
_DOTLESS = "\u0131"
_LOOKALIKE = re.compile(f"[{''.join(LOOKALIKES)}]")
_LATIN = re.compile("[A-Za-z]")
#: A letter that makes a word one of its script: it is no look-alike, or none to a careful eye.
_OWN = re.compile(rf"[^\x00-\x7f{''.join(letter for letter in LOOKALIKES if letter not in LOOSE)}]")


def forms(text: str, *, disguises: bool = True) -> list[View]:
    r"""Return what a text reads, where it is something else than its letters say.

    Parameters
    ----------
    text
        A `Json` has its escapes resolved, whether it can be read or not.
    disguises
        Whether to look for anything but the escapes of JSON.

    Examples
    --------
    >>> [view.text for view in forms("Pro\u200bject  N\u0456ghtjar")]
    ['Project Nightjar', 'Pro ject Nightjar']
    """
    found: list[View] = []
    json = isinstance(text, Json) or ("\\" in text and disguises and _LIKE_JSON.match(text) is not None)
    for hidden in (False, True):
        view: View | None = None
        for _ in range(DEPTH):
            places = _places(text if view is None else view.text, json, hidden, disguises)
            if not places:
                break
            view = _read(view, text, places)
        if view is not None and view.text not in [other.text for other in found]:
            found.append(view)
        if not (disguises and _has_unseen(text)):
            break
    return found


def reach(text: str, visible: int) -> int:
    """Return how many characters at the end of a text read as so many; all of them if they are fewer.

    There may be `HIDDEN` for each, and no more: a text of nothing that is seen would be kept for ever.

    Examples
    --------
    >>> reach("abc", 2), reach("a" + 3 * "\\u200b" + "b", 2)
    (2, 5)
    """
    size, most = visible, min(visible * HIDDEN, len(text))
    while size < most:
        tail = text[-size:]
        # A gap at its beginning parts nothing as far as can be seen here, and is none of the letters either.
        lead = _LEAD.match(tail)
        lost = lead.end() if lead is not None and lead.group() != " " else 0
        lost += sum(end - start - len(new) for start, end, new, _ in _places(tail, False, False, True))
        if size - lost >= visible:
            break
        size = max(visible + lost, size * 2)
    return min(size, most)


def _has_unseen(text: str) -> bool:
    return _HIDDEN.search(text) is not None


_HIDDEN = re.compile(rf"[{_UNSEEN}\U000e0020-\U000e007e]|(?<!\\)\\+u(?:200|00[01]|00[aA][dD]|[dD][bB]40|[fF][eE])")


def _places(text: str, json: bool, hidden: bool, disguises: bool) -> list[Place]:
    if not json and (not disguises or plain(text)):
        return []
    found: list[Place] = []
    letters = _Letters(text, hidden)
    gaps: dict[str, tuple[bool, int]] = {}
    for match in (_JSON if json else _PLAIN).finditer(text):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "escapes":
            found.append((start, end, _unescaped(match.group()), AROUND))
        elif kind == "slash":
            if json:
                found.append((start, end, "/" if match.group()[-1] == "/" else "", AROUND))
        elif kind == "gap":
            if disguises or "\\" in match.group():
                found += _gap(text, start, end, hidden, gaps)
        elif disguises and kind == "letters":
            letters_alone = "".join(letter for letter in match.group() if letter.isalpha())
            found.append((start, end, _CAPITAL.sub(" ", letters_alone), AROUND))
        elif disguises and kind == "hyphen":
            found.append((start, end, "", AROUND))
        elif disguises:
            found += letters.places(start, end)
    return found


def _gap(text: str, start: int, end: int, hidden: bool, known: dict[str, tuple[bool, int]]) -> list[Place]:
    run, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    kind = known.get(run)  # a text has the same few many times
    if kind is None:
        kind = known[run] = _ANY_SPACE.search(run) is not None, BESIDE if _ORDINARY.fullmatch(run) else AROUND
    spaced, around = kind
    binds = _word(before) and _word(after)
    if not binds and (spaced or not (_binds(before) and _binds(after))):
        return []  # it parts nothing
    return [(start, end, " " if spaced or (hidden and binds) else "", around)]


def _word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _binds(letter: str) -> bool:
    return _word(letter) or letter in _BINDS or letter == "\\"


def _unescaped(run: str) -> str:
    units = b""
    for unit, code, octal in _CODE.findall(run):
        number = int(octal, 8) if octal else int(unit or code, 16)
        if number > 0x10FFFF:
            number = 0xFFFD
        units += number.to_bytes(2, "little") if number < 0x10000 else chr(number).encode("utf-16-le")
    return units.decode("utf-16-le", "replace")


def _mark(letter: str, before: str) -> bool:
    """Whether a letter is a mark on the one before it; that of a language has a class, or a letter of its script."""
    import unicodedata  # not before there is such a letter: every cold start would pay

    if unicodedata.combining(letter):
        return True
    kind = unicodedata.category(letter)
    return kind == "Me" or (kind == "Mn" and before.isascii())


def _letter(letter: str, hidden: bool) -> str:
    """Return what a letter reads."""
    import unicodedata

    code = ord(letter)
    if code in _TAGS:
        return "" if hidden else chr(code - 0xE0000)
    if 0x249C <= code < 0x249C + 26:  # NFKC keeps the brackets around the letter
        return chr(0x61 + code - 0x249C)
    new = "".join(LOOKALIKES.get(item, item) for item in unicodedata.normalize("NFKC", letter))
    if code >= SIGNS[0]:
        new = sign(new) if len(new) == 1 else new
    # A sign of another script's own writing (a full stop, a comma) says nothing else; an @ of it does.
    said = any((item.isascii() and item.isalnum()) or item == "@" for item in new) or new == "."
    return new if said else letter


class _Table(dict[int, str]):
    """What letters read, for `str.translate`: a run of them is read at once. A mark is told apart, see `_MARK`."""

    def __init__(self, hidden: bool, genuine: bool = False) -> None:
        self.hidden = hidden
        self._genuine = genuine

    def __missing__(self, code: int) -> str:
        import unicodedata

        letter = chr(code)
        if unicodedata.combining(letter) or unicodedata.category(letter) in ("Me", "Mn"):
            new = _MARK
        else:
            new = letter if self._genuine and letter in LOOKALIKES else _letter(letter, self.hidden)
        self[code] = new
        return new


class _Letters:
    """Reads the letters of a text that are not of ASCII."""

    def __init__(self, text: str, hidden: bool) -> None:
        self._text = text
        self._table = _Table(hidden)
        # What a short run reads, whether it takes a look at each letter, has look-alikes, is of letters alone.
        self._known: dict[str, tuple[str, bool, bool, bool]] = {}
        self._own_table: _Table | None = None
        self._until = 0  # end of the word that was looked at last
        self._genuine = False
        self._latin: bool | None = None
        self._turkic: bool | None = None

    def places(self, start: int, end: int) -> list[Place]:
        """Return the places in a run of such letters."""
        run = self._text[start:end]
        known = self._known.get(run)  # a text has the same few many times
        if known is None:
            new = run.translate(self._table)
            known = new, _MARK in new or _DOTLESS in run, _LOOKALIKE.search(run) is not None, run.isalpha()
            if len(run) <= _SHORT:
                self._known[run] = known
        new, apart, looks, whole = known
        if new == run:
            return []
        if not apart:
            if looks and whole and self._is_of_its_script(run, start, end):
                self._own_table = self._own_table or _Table(self._table.hidden, genuine=True)
                new = run.translate(self._own_table)
            if (not looks or whole) and (len(new) == len(run) or not new):
                return [(start, end, new, AROUND)] if new != run else []
        return self._one_by_one(start, end)

    def _is_of_its_script(self, run: str, start: int, end: int) -> bool:
        """Whether a run of letters, none of ASCII, stands in a word of its own script; see `_foreign`."""
        before, after = self._text[start - 1 : start], self._text[end : end + 1]
        if (before.isalpha() and before.isascii()) or (after.isalpha() and after.isascii()):
            return False
        return self._foreign(start) if before.isalpha() or after.isalpha() else self._judged(run, end)

    def _one_by_one(self, start: int, end: int) -> list[Place]:
        found: list[Place] = []
        for at in range(start, end):
            letter = self._text[at]
            new = self._table[ord(letter)]
            if new == _MARK:
                if at and _mark(letter, self._text[at - 1]) and _word(self._text[at - 1]):
                    found += self._marked(at, found)
                    continue
                new = _letter(letter, self._table.hidden)
            if new != letter and not (letter in LOOKALIKES and (self._foreign(at) or self._turkish(letter))):
                found.append((at, at + 1, new, AROUND))
        return found

    def _marked(self, at: int, found: list[Place]) -> list[Place]:
        """Compose a mark with the letter before it; one that no language composes is left out."""
        import unicodedata

        start, before = at - 1, self._text[at - 1]
        if found and found[-1][1] == at:
            start, _, before, _ = found.pop()
        made = unicodedata.normalize("NFC", before + self._text[at])
        if not before.isascii() and len(made) > len(before):
            return [] if start == at - 1 and before == self._text[start] else [(start, at, before, AROUND)]
        return [(start, at + 1, made if len(made) <= len(before) else before, AROUND)]

    def _turkish(self, letter: str) -> bool:
        """Whether a letter is Turkish's own i, in a text that has others of its letters."""
        if letter != _DOTLESS:
            return False
        if self._turkic is None:
            self._turkic = _TURKISH.search(self._text) is not None
        return self._turkic

    def _foreign(self, at: int) -> bool:
        """Whether a look-alike stands in a word of its own script: one that has a letter which is no look-alike."""
        if at < self._until:
            return self._genuine
        text, start, end = self._text, at, at
        while start and text[start - 1].isalpha():
            start -= 1
        while end < len(text) and text[end].isalpha():
            end += 1
        return self._judged(text[start:end], end)

    def _judged(self, word: str, end: int) -> bool:
        latin = _LATIN.search(word) is not None
        own = _OWN.search(word) is not None
        if not latin and not own and len(word) < 3:  # as common in those scripts as "a" is in this one
            if self._latin is None:
                self._latin = _LATIN.search(self._text) is not None
            own = not self._latin
        self._until, self._genuine = end, own and not latin
        return self._genuine


def _read(view: View | None, text: str, places: list[Place]) -> View:
    """Make the view of what is around some places, each with what it reads."""
    source = text if view is None else view.text
    spans: list[list[int]] = []
    for start, end, _, around in places:
        low, high = max(0, start - around), min(len(source), end + around)
        if view is not None:
            low, high = 0, len(source)
        if spans and low <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], high)
        else:
            spans.append([low, high])
    pieces: list[str] = []
    segments: list[Segment] = []
    size, next_place, count = 0, 0, len(places)
    for low, high in spans:
        if pieces:
            pieces.append(_APART)
            segments.append((size, size + len(_APART), low, low))
            size += len(_APART)
        at = low
        while next_place < count and places[next_place][1] <= high:
            start, end, new, _ = places[next_place]
            next_place += 1
            if at < start:
                pieces.append(source[at:start])
                segments.append((size, size + start - at, at, start))
                size += start - at
            if new:
                pieces.append(new)
                segments.append((size, size + len(new), start, end))
                size += len(new)
            at = end
        if at < high:
            pieces.append(source[at:high])
            segments.append((size, size + high - at, at, high))
            size += high - at
    return View("".join(pieces), segments, view)
