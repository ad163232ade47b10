r"""What the letters of a text read that are not of ASCII: look-alikes, other forms of a letter, marks, tags."""

from __future__ import annotations

import re

from .lookalikes import LOOKALIKES, LOOSE, SIGNS, sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: Start, end, what it reads, and the characters around it that matter.
    Place = tuple[int, int, str, int]

#: Characters around a place that are shown with it: as in a window.
AROUND = 128
_TAGS = range(0xE0020, 0xE007F)
#: Letters in brackets, which NFKC keeps: where they begin, and the first letter.
_BRACKETS = ((0x249C, 0x61), (0x1F110, 0x41))
#: Letters of a run that is remembered.
_SHORT = 8
#: Stands for a mark on the letter before it; what is read holds no such letter.
_MARK = "\0"
_DOTLESS = "\u0131"
_TURKISH = re.compile("[\u011e\u011f\u0130\u015e\u015f]")
_LOOKALIKE = re.compile(f"[{''.join(LOOKALIKES)}]")
_LATIN = re.compile("[A-Za-z]")
#: A letter that makes a word one of its script: it is no look-alike, or none to a careful eye.
_OWN = re.compile(rf"[^\x00-\x7f{''.join(letter for letter in LOOKALIKES if letter not in LOOSE)}]")


def word(letter: str) -> bool:
    """Whether it is a letter of a word."""
    return letter.isalnum() or letter == "_"


def _mark(letter: str, before: str) -> bool:
    """Whether a letter is a mark on the one before it; that of a language has a class, or a letter of its script."""
    import unicodedata  # not before there is such a letter: every cold start would pay

    if unicodedata.combining(letter):
        return True
    kind = unicodedata.category(letter)
    return kind == "Me" or (kind == "Mn" and before.isascii())


def marks(letter: str) -> bool:
    """Whether a letter is a mark on what stands before it, whatever that is."""
    import unicodedata

    return unicodedata.combining(letter) > 0 or unicodedata.category(letter) in ("Me", "Mn")


def _base(letter: str) -> str:
    """Return the letter of ASCII that one was made from with marks alone; nothing if it is no such letter."""
    import unicodedata

    parts = unicodedata.normalize("NFD", letter)
    return parts[0] if parts[0].isascii() and parts[0].isalpha() and all(map(marks, parts[1:])) else ""


class How:
    """One way to read a text, and what was found on the way.

    Parameters
    ----------
    hidden
        Whether what is not seen stands for a space, and tags for nothing; else the other way round.
    bare
        Whether letters are read without any mark.
    parted
        Whether what is not seen stands for a space where a capital follows it, and elsewhere for nothing.
    over
        Whether a backspace takes a letter away, as on a terminal.

    Attributes
    ----------
    struck
        Whether a Latin letter has a mark that no language composes with it: then all marks may be a disguise.
    composed
        Whether there is a Latin letter with a mark that one does.
    unseen
        Whether something that is not seen parts letters, or says some, or turns them.
    words, inner
        Whether what is not seen stands before a capital, and elsewhere between letters.
    """

    __slots__ = ("bare", "composed", "hidden", "inner", "over", "parted", "struck", "unseen", "words")

    def __init__(self, *, hidden: bool = False, bare: bool = False, parted: bool = False, over: bool = False) -> None:
        self.hidden = hidden
        self.over = over
        self.bare = bare
        self.parted = parted
        self.composed = self.struck = self.unseen = self.words = self.inner = False


def _letter(letter: str, how: How) -> str:
    """Return what a letter reads."""
    import unicodedata

    code = ord(letter)
    if code in _TAGS:
        how.unseen = True
        return "" if how.hidden else chr(code - 0xE0000)
    for first, plain in _BRACKETS:
        if first <= code < first + 26:
            return chr(plain + code - first)
    new = "".join(LOOKALIKES.get(item, item) for item in unicodedata.normalize("NFKC", letter))
    if code >= SIGNS[0]:
        new = sign(new) if len(new) == 1 else new
    if how.bare and len(new) == 1:
        return _base(new) or letter
    # A sign of another script's own writing (a full stop, a comma) says nothing else; an @ of it does.
    said = any((item.isascii() and item.isalnum()) or item == "@" for item in new) or new == "."
    return new if said else letter


class _Table(dict[int, str]):
    """What letters read, for `str.translate`: a run of them is read at once. A mark is told apart, see `_MARK`."""

    def __init__(self, how: How, genuine: bool = False) -> None:
        self.how = how
        self._genuine = genuine

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if marks(letter):
            new = _MARK
        else:
            new = letter if self._genuine and letter in LOOKALIKES else _letter(letter, self.how)
            self.how.composed = self.how.composed or _base(letter) != ""
        self[code] = new
        return new


class Letters:
    """Reads the letters of a text that are not of ASCII."""

    def __init__(self, text: str, how: How) -> None:
        self._text = text
        self._how = how
        self._table = _Table(how)
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
                self._own_table = self._own_table or _Table(self._how, genuine=True)
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
                before = self._text[at - 1] if at else " "
                if self._loose(before, found[-1] if found and found[-1][1] == at else None):
                    found.append((at, at + 1, "", AROUND))
                    continue
                if at and _mark(letter, before) and word(before):
                    found += self._marked(at, found)
                    continue
                new = _letter(letter, self._how)
            if new != letter and not (letter in LOOKALIKES and (self._foreign(at) or self._turkish(letter))):
                found.append((at, at + 1, new, AROUND))
        return found

    def _loose(self, before: str, last: Place | None) -> bool:
        """Whether a mark is left out: on a space, after one that was, and if bare on a Latin letter."""
        if before.isspace() or (last is not None and not last[2]):
            return True
        return self._how.bare and (_base(before) if last is None else last[2]).isascii() and word(before)

    def _marked(self, at: int, found: list[Place]) -> list[Place]:
        """Compose a mark with the letter before it; one that no language composes is left out."""
        import unicodedata

        start, before = at - 1, self._text[at - 1]
        if found and found[-1][1] == at:
            start, _, before, _ = found.pop()
        made = unicodedata.normalize("NFC", before + self._text[at])
        if len(made) <= len(before):
            self._how.composed = True
        elif not self._how.struck:
            self._how.struck = _base(before) != ""
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
