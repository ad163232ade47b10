"""Lines out of files: as the functions wrote them, as CloudWatch Logs exports them, as Firehose delivers them.

Known forms, each plain or gzip, told apart by what is in the file:

- lines of JSON, as the embedded AWS keeps them; a time and a space may stand before each, as CloudWatch Logs exports
  them to S3;
- envelopes of a CloudWatch Logs subscription, one after the other, with or without line ends between
  (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html);
- one object with ``events``, as ``aws logs filter-log-events`` prints it;
- files of CloudTrail, one object with ``Records``.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

__all__ = ["Events", "files", "lines", "most", "opened", "unpacking"]

#: Where a line stands, and the line; what stands in one such list stands there in its order.
Events = Iterator[tuple[str, str]]

_GZIP = b"\x1f\x8b"
_STAMPED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z (?=\{)")
#: Lines of one object at the most: of `filter-log-events`, each event has six.
_TALLEST = 100_000
#: Letters of one line, and of one object over several lines, at the most: as many bytes as the kit's Firehose collects
#: before it writes an object (`stacks.constructs.record_archive`), should there be no line ends in it.
LONGEST = 64 * 1024 * 1024
#: Letters of an object over several lines that are read in vain, for each of its letters: so it takes no longer than
#: its length, however often it looks as if it were at its end.
_VAIN = 8
#: Letters of one value in an object, and of a line that is none, at the most; CloudWatch Logs takes no event of more
#: than a mebibyte (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html), and what is in
#: it is escaped once. Values made of little else than brackets take thirty times their length in memory.
_EVENT = 2 * 1024 * 1024
#: Members of an object: CloudWatch Logs' have seven, and a record of the functions' some thirty.
_MEMBERS = 200
#: How much less a packed file has than what comes out of it, at the most, beyond what costs nothing to read: each line
#: that the kit or AWS writes has a random id or a hash, so none packs better than some thirty times.
_PACKED, _CHEAP = 200, 16 * 1024 * 1024
_DECODER = json.JSONDecoder()
#: What of an object holds events.
_LISTS = ("logEvents", "events", "Records")


def files(place: Path) -> list[Path]:
    """Return the files at a place, sorted: itself, or all below it.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if place.is_file():
        return [place]
    found = sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise FileNotFoundError(f"{place} holds no files")
    return found


def opened(path: Path) -> IO[str]:
    """Open a file of lines, plain or gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    binary: Any = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115  # the caller closes it
    return io.TextIOWrapper(binary, encoding="utf-8", errors="surrogateescape", newline="\n")


def most(size: int) -> int:
    """Return how many letters a file of so many bytes can come to, if it is what is written here."""
    return max(_CHEAP, _PACKED * size)


@contextmanager
def unpacking(name: str) -> Iterator[None]:
    """Say which file it is that cannot be unpacked, as a `ValueError`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{name} cannot be unpacked to its end: {error}") from None


def lines(name: str, text: Iterable[str], most: int | None = None) -> Events:
    """Return the lines of a file, whatever its form.

    Parameters
    ----------
    name
        What the file is called in findings.
    text
        Its lines.
    most
        How many letters it can have.

    Raises
    ------
    ValueError
        If a line, or an object over several, is longer than `LONGEST`, or all of it than ``most``.

    Examples
    --------
    >>> list(lines("a", ['{"record":"x"}\\n', "START RequestId: 1\\n"]))
    [('a:1', '{"record":"x"}'), ('a:2', 'START RequestId: 1')]
    >>> list(lines("b", ['{"messageType":"DATA_MESSAGE","logStream":"s","logEvents":[{"message":"hi\\\\n"}]}']))
    [('b s:1', 'hi')]
    """
    held: list[str] = []
    size = vain = 0
    for number, line in _lines(name, text, most):
        if held and (line.startswith('{"record"') or len(held) == _TALLEST):
            # Whether it has an end or not, it takes no line of the functions'.
            yield from _taken(name, f"{name}: before line {number}", "".join(held))
            held.clear()
        if not held and not _may_hold_others(line):
            found = _STAMPED.match(line)
            yield f"{name}:{number}", _event((line[found.end() :] if found else line).rstrip("\r\n"))
            continue
        size, vain = len(line) + (size if held else 0), vain if held else 0
        if size > LONGEST:
            raise _too_long(f"{name}: the object that goes on in line {number}")
        held.append(line)
        if len(held) > 1 and (line[:1] in " \t\r\n" or vain > _VAIN * size):
            continue  # within an object over several lines, as a person prints it
        whole = "".join(held)
        if not _is_whole(whole):
            vain += size
            continue
        held.clear()
        yield from _events(name, whole)
    if held:
        yield from _taken(name, f"{name}: its end", "".join(held))


def _lines(name: str, text: Iterable[str], most: int | None) -> Iterator[tuple[int, str]]:
    """Return each line with its number; a file of a few bytes can be packed so that one of them has gigabytes."""
    read = getattr(text, "readline", None)
    each = iter(text) if read is None else iter(lambda: read(LONGEST + 1), "")
    left = math.inf if most is None else most
    for number, line in enumerate(each, 1):
        if len(line) > LONGEST:
            raise _too_long(f"{name}: line {number}")
        left -= len(line)
        if left < 0:
            raise ValueError(
                f"{name}: by line {number} it has unpacked to more than {_PACKED} times its size: what the functions "
                "and AWS write here has ids and hashes, and does not pack so well. Leave the file out, and find out "
                "who put it there"
            )
        yield number, line


def _too_long(what: str) -> ValueError:
    return ValueError(
        f"{what} has more than {LONGEST:,} letters, unpacked: nothing that the functions, CloudWatch Logs or Firehose "
        "write here is so long. Leave the file out, and find out who put it there"
    )


def _may_hold_others(line: str) -> bool:
    """Whether a line begins an envelope, which a line of the functions' never does: theirs begin with their kind."""
    start = line.lstrip()[:64]
    return start.startswith("{") and not start.startswith(('{"record"', '{"Records":[]}'))


def _event(line: str) -> str:
    """A line, if it can be an event; else what of it shows that it is none, and cannot be read for one."""
    return line if len(line) <= _EVENT else f"{line[:60]}…"


def _taken(name: str, place: str, text: str) -> Events:
    if _is_whole(text):
        yield from _events(name, text)
    else:
        yield place, _event(text)


def _is_whole(text: str) -> bool:
    """Whether the last of the objects in a text has an end, and each value a length that there can be."""
    try:
        for _ in _pieces(text):
            pass
    except (ValueError, RecursionError):
        return False
    return True


def _events(name: str, text: str) -> Events:
    """Return the lines in the envelopes of a text; an object that is none is a line itself."""
    for about, number, item in _pieces(text):
        if about.get("messageType") == "CONTROL_MESSAGE":
            continue
        stream = about.get("logStream")
        if number is None:
            yield name, json.dumps(item, separators=(",", ":"))
        elif "Records" in about:
            yield f"{name} record {number}", json.dumps(item)
        elif isinstance(item, dict) and isinstance(item.get("message"), str):
            yield f"{name} {stream or item.get('logStreamName', '')}:{number}", item["message"].rstrip("\r\n")
        else:
            yield f"{name} {stream}:{number}", json.dumps(item)  # no line, and not passed over


def _pieces(text: str) -> Iterator[tuple[dict[str, Any], int | None, Any]]:
    """Yield each event of a text of envelopes with what stands before it in its own and its number; else the value.

    One is made at a time: a list of them takes many times the memory of its text.
    """
    at = _skip(text, 0)
    window = _Window(text)
    while at < len(text):
        if text[at] == "{":
            at = yield from _members(text, at, window)
        else:
            value, at = window.value(at)
            yield {}, None, value
        at = _skip(text, at)


def _members(text: str, at: int, window: _Window) -> Generator[tuple[dict[str, Any], int | None, Any], None, int]:
    about: dict[str, Any] = {}
    beside, listed = 0, False
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if about:
            at = _after(text, at, ",")
        name, at = window.value(at)
        if not isinstance(name, str) or name in about:
            raise ValueError(at)  # of two, one would be passed over
        at = _after(text, at, ":")
        if name in _LISTS and text[at : at + 1] == "[":
            about[name] = listed = True
            at, number = _skip(text, at + 1), 0
            while text[at : at + 1] != "]":
                if number:
                    at = _after(text, at, ",")
                number += 1
                item, at = window.value(at)
                yield about, number, item
                at = _skip(text, at)
            at = _skip(text, at + 1)
        else:
            begun = at
            about[name], at = window.value(at)
            beside += at - begun
            at = _skip(text, at)
        if beside > _EVENT or len(about) > _MEMBERS:
            raise ValueError(at)
    if not listed and about.get("messageType") != "CONTROL_MESSAGE":
        yield {}, None, about
    return at + 1


class _Window:
    """A part of a text, so that no value is read that is longer than any can be."""

    def __init__(self, text: str) -> None:
        self._text, self._from, self._part = text, 0, text[: 2 * _EVENT]

    def value(self, at: int) -> tuple[Any, int]:
        """Return the value at a place, and the place after it."""
        if at + _EVENT > self._from + len(self._part) < len(self._text):
            self._from, self._part = at, self._text[at : at + 2 * _EVENT]
        value, end = _DECODER.raw_decode(self._part, at - self._from)
        return value, self._from + end


def _after(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(at)
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    return at
