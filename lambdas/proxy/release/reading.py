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
from .letters import AROUND, How, Letters, marks, word
from .plain import plain
from .view import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .letters import Place
    from .view import Segment

#: Characters that are shown beside ordinary spaces: three words or so.
BESIDE = 40
#: Characters that are not seen, for each that is, across which a window looks back.
HIDDEN = 32
#: How often a form is looked at anew: what an escape says may be an escape.
DEPTH = 4
#: What stands between two places that are shown: no word and no address holds it.
_APART = "\n|\n"

_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # look like a space, or like nothing
#: Of no width, or for programs: controls, marks of direction, what Unicode has no letter for.
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202d"
    "\u2060-\u206f\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\ufff0-\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e007f-\U000e0fff\U000f0000-\U0010ffff"
)
_GAP = rf"[\s{_BLANK}{_UNSEEN}]"
#: Spaces that are seen as such; other controls that Python takes for space may be nothing.
_SPACE = r"[ \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_BREAK = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]|\\[nr]")
#: What a terminal takes for itself: colours, titles, links, sets of letters.
_COLOUR = (
    r"(?:\x1b\[[0-9;:]{0,32}[A-Za-z]|\x9b[0-9;:]{1,32}[A-Za-z]|\x1b[()][0-9A-Za-z]"
    r"|\x1b\][^\x07\x1b\x9c]{0,256}(?:\x07|\x9c|\x1b\\))"
)
_ESCAPE = r"(?<!\\)\\+(?:u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"
_ESCAPES = rf"(?:{_ESCAPE})+"
#: What parts the letters of a word: one sign, or the same few signs each time.
_SIGN = rf"[!-/:-@\[-`{{-~\u00b7\u2013\u2014\u2022\u2026\s{_BLANK}{_UNSEEN}]"
_APART_BY = rf"(?:\r\n|{_SIGN})"
_APART_BY_SAME = rf"(?P<by>{_SIGN}{{2,3}})[^\W\d_](?:(?P=by)[^\W\d_](?![^\W_])){{2,}}"
#: What is drawn from right to left, whatever its letters are.
_TURNED = r"\u202e[^\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069]*"
#: Hyphens at the end of a line, of which a soft one is not seen.
_HYPHEN = r"[\u00ac\u00ad\u2010-\u2013\u2027\u2212\ufe63\uff0d\\-]"
#: What the template of Gemma 4 takes out of what the model said, between the marks and with them
#: (https://huggingface.co/google/gemma-4-E4B-it/blob/main/chat_template.jinja, ``strip_thinking``).
_THOUGHT = r"<\|channel>(?:[^<]|<(?!channel\|>))*+(?:<channel\|>)?|<channel\|>"


def _pattern(gap: str, needless: str = "(?!)") -> re.Pattern[str]:
    # Each alternative begins where the last one cannot have, so that no run is read twice: time is linear. The first
    # takes words that nothing begins in, for the time that a look at each of their letters takes.
    return re.compile(
        r"[A-Za-z0-9]{2,}+(?:[.,;:!?()'\"=]{0,2}+ ?[A-Za-z0-9]{2,}+)*+"
        rf"|(?P<hyphen>(?<=[^\W\d_]){_HYPHEN}{gap}++(?=[^\W\d_]))"
        rf"|(?P<turned>{_TURNED})"
        rf"|(?P<gap>(?:{_COLOUR}|(?! ){gap})(?:{_COLOUR}|{gap})*| (?:{_COLOUR}|{gap})+)"
        rf"|(?P<escapes>{_ESCAPES})|(?P<slash>(?<!\\)\\+(?:/|{needless}))|(?P<thought>{_THOUGHT})"
        rf"|(?P<letters>(?<![^\W_])[^\W\d_](?:(?:{_APART_BY}[^\W\d_](?![^\W_])){{3,}}|{_APART_BY_SAME}))"
        rf"|(?P<odd>[^\x00-\x7f\s{_BLANK}{_UNSEEN}]+)"
    )


_PLAIN = _pattern(_GAP)
#: In JSON5 a line goes on after a backslash, and one before any other letter is nothing
#: (https://spec.json5.org/#strings).
_JSON = _pattern(rf"(?:{_GAP}|(?<!\\)\\+[nrtbfv])", r"\r?\n|(?<=[^\\]\\)(?=[^\W\d_nrtbfvux])")
#: How JSON begins, in a text that its reader may take for it.
_LIKE_JSON = re.compile(r"[{\[:,]\s{0,8}\"|\A[\s\ufeff]*(?:```\w*\s*)?[{\[\"]")
_LEAD = re.compile(rf"{_GAP}+")
_ORDINARY = re.compile(r"(?:[ \t\n\r]|\\[nrt])+")
_ANY_SPACE = re.compile(rf"{_SPACE}|\\[nrt]")
_CODE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|(?:u\{|[xU])([0-9a-fA-F]+)|([0-7]{3}))")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BINDS = frozenset("@._-+/:")


def forms(text: str, *, disguises: bool = True, under: View | None = None) -> list[View]:
    r"""Return what a text reads, where it is something else than its letters say.

    Parameters
    ----------
    text
        A `Json` has its escapes resolved, whether it can be read or not.
    disguises
        Whether to look for anything but the escapes of JSON.
    under
        What the text was made from, if it is a view.

    Examples
    --------
    >>> [view.text for view in forms("Pro\u200bject  N\u0456ghtjar")]
    ['Project Nightjar', 'Pro ject Nightjar']
    """
    found: list[View] = []
    json = isinstance(text, Json) or ("\\" in text and disguises and _LIKE_JSON.search(text) is not None)
    ways = [How()]
    for how in ways:
        view: View | None = None
        for _ in range(DEPTH):
            places = _places(text if view is None else view.text, json, how, disguises)
            if not places:
                break
            view = _read(view, text, places, under)
        if view is not None and view.text not in [other.text for other in found]:
            found.append(view)
        if len(ways) == 1 and disguises:
            ways += [How(hidden=True)] if how.unseen else []
            ways += [How(bare=True)] if how.struck and how.composed else []
            ways += [How(over=True)] if "\x08" in text else []
            ways += [How(parted=True)] if how.words and how.inner else []
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
        lost += sum(end - start - len(new) for start, end, new, _ in _places(tail, False, How(), True))
        if size - lost >= visible:
            break
        size = max(visible + lost, size * 2)
    return min(size, most)


def _places(text: str, json: bool, how: How, disguises: bool) -> list[Place]:
    if not json and (not disguises or plain(text)):
        return []
    found: list[Place] = []
    letters = Letters(text, how)
    gaps: dict[str, tuple[bool, int]] = {}
    for match in (_JSON if json else _PLAIN).finditer(text):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind is None:
            continue
        if kind == "escapes":
            found.append((start, end, _unescaped(match.group()), AROUND))
        elif kind == "slash":
            if json:
                found.append((start, end, "/" if match.group()[-1] == "/" else "", AROUND))
        elif kind == "gap":
            over = 2 * start - end
            if how.over and not match.group().strip("\x08") and over >= (found[-1][1] if found else 0):
                found.append((over, end, "", AROUND))
            elif disguises or "\\" in match.group():
                found += _gap(text, start, end, how, gaps)
        elif not disguises:
            pass
        elif kind == "letters":
            letters_alone = "".join(letter for letter in match.group() if letter.isalpha())
            found.append((start, end, _CAPITAL.sub(" ", letters_alone), AROUND))
        elif kind == "hyphen":
            found += _hyphen(text, start, end, how, gaps)
        elif kind == "turned":
            how.unseen = True
            found.append((start, end, match.group()[:0:-1], AROUND) if how.hidden else (start, start + 1, "", AROUND))
        elif kind == "thought":
            found.append((start, end, "", AROUND))
        else:
            found += letters.places(start, end)
    return found


def _hyphen(text: str, start: int, end: int, how: How, known: dict[str, tuple[bool, int]]) -> list[Place]:
    soft = text[start] == "\u00ad"
    how.unseen = how.unseen or soft
    if _BREAK.search(text, start + 1, end) and not (soft and how.hidden):
        return [(start, end, "", AROUND)]
    return _gap(text, start if soft else start + 1, end, how, known)


def _gap(text: str, start: int, end: int, how: How, known: dict[str, tuple[bool, int]]) -> list[Place]:
    run, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    kind = known.get(run)  # a text has the same few many times
    if kind is None:
        kind = known[run] = _ANY_SPACE.search(run) is not None, BESIDE if _ORDINARY.fullmatch(run) else AROUND
    spaced, around = kind
    binds = word(before) and word(after)
    if not binds and (spaced or not (_binds(before) and _binds(after))):
        # It parts nothing, or a letter from a mark on it.
        over = not spaced and before.isascii() and before.isalpha() and not after.isascii() and marks(after)
        return [(start, end, "", around)] if over else []
    if spaced or not binds:
        return [(start, end, " " if spaced else "", around)]
    how.unseen = True
    new = before.islower() and after.isupper()  # a new word, it seems, as in names
    how.words, how.inner = how.words or new, how.inner or not new
    return [(start, end, " " if how.hidden or (how.parted and new) else "", around)]


def _binds(letter: str) -> bool:
    return word(letter) or letter in _BINDS or letter == "\\"


def _unescaped(run: str) -> str:
    units = b""
    for unit, code, octal in _CODE.findall(run):
        number = int(octal, 8) if octal else int(unit or code, 16)
        if number > 0x10FFFF:
            number = 0xFFFD
        units += number.to_bytes(2, "little") if number < 0x10000 else chr(number).encode("utf-16-le")
    return units.decode("utf-16-le", "replace")


def _read(view: View | None, text: str, places: list[Place], under: View | None) -> View:
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
    return View("".join(pieces), segments, under if view is None else view)
