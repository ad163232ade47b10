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
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

__all__ = ["Events", "events", "files", "lines", "opened", "unpacking"]

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
_DECODER = json.JSONDecoder()


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


@contextmanager
def unpacking(name: str) -> Iterator[None]:
    """Say which file it is that cannot be unpacked, as a `ValueError`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{name} cannot be unpacked to its end: {error}") from None


def lines(name: str, text: Iterable[str]) -> Events:
    """Return the lines of a file, whatever its form.

    Parameters
    ----------
    name
        What the file is called in findings.
    text
        Its lines.

    Raises
    ------
    ValueError
        If a line, or an object over several, is longer than `LONGEST`.

    Examples
    --------
    >>> list(lines("a", ['{"record":"x"}\\n', "START RequestId: 1\\n"]))
    [('a:1', '{"record":"x"}'), ('a:2', 'START RequestId: 1')]
    >>> list(lines("b", ['{"messageType":"DATA_MESSAGE","logStream":"s","logEvents":[{"message":"hi\\\\n"}]}']))
    [('b s:1', 'hi')]
    """
    held: list[str] = []
    size = vain = 0
    for number, line in _lines(name, text):
        if held and (line.startswith('{"record"') or len(held) == _TALLEST):
            # Whether it has an end or not, it takes no line of the functions'.
            yield from _taken(name, f"{name}: before line {number}", "".join(held))
            held.clear()
        if not held and not _may_hold_others(line):
            found = _STAMPED.match(line)
            yield f"{name}:{number}", (line[found.end() :] if found else line).rstrip("\r\n")
            continue
        size, vain = len(line) + (size if held else 0), vain if held else 0
        if size > LONGEST:
            raise _too_long(f"{name}: the object that goes on in line {number}")
        held.append(line)
        if len(held) > 1 and (line[:1] in " \t\r\n" or vain > _VAIN * size):
            continue  # within an object over several lines, as a person prints it
        objects = _whole("".join(held))
        if objects is None:
            vain += size
            continue
        held.clear()
        for one in objects:
            yield from events(name, one)
    if held:
        yield from _taken(name, f"{name}: its end", "".join(held))


def _lines(name: str, text: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Return each line with its number; a file of a few bytes can be packed so that one of them has gigabytes."""
    read = getattr(text, "readline", None)
    each = iter(text) if read is None else iter(lambda: read(LONGEST + 1), "")
    for number, line in enumerate(each, 1):
        if len(line) > LONGEST:
            raise _too_long(f"{name}: line {number}")
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


def _taken(name: str, place: str, text: str) -> Events:
    objects = _whole(text)
    if objects is None:
        yield place, text
    for one in objects or ():
        yield from events(name, one)


def _whole(text: str) -> list[dict[str, Any]] | None:
    """Return the objects in a text; None if the last of them has no end."""
    try:
        return list(_objects(text))
    except (ValueError, RecursionError):
        return None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in " \t\r\n":
            at += 1
        if at == end:
            return
        value, at = _DECODER.raw_decode(text, at)
        if isinstance(value, dict):
            yield value


def events(name: str, envelope: dict[str, Any]) -> Events:
    """Return the lines in an envelope, or what holds events; an object that is neither is a line itself."""
    held = envelope.get("logEvents", envelope.get("events"))
    if envelope.get("messageType") == "CONTROL_MESSAGE":
        return
    if isinstance(envelope.get("Records"), list):
        for number, record in enumerate(envelope["Records"], 1):
            yield f"{name} record {number}", json.dumps(record)
    elif isinstance(held, list):
        stream = envelope.get("logStream")
        for number, event in enumerate(held, 1):
            message = event.get("message") if isinstance(event, dict) else None
            if isinstance(message, str):
                stands = stream or event.get("logStreamName", "")
                yield f"{name} {stands}:{number}", message.rstrip("\r\n")
            else:
                yield f"{name} {stream}:{number}", json.dumps(event)  # no line, and not passed over
    else:
        yield name, json.dumps(envelope, separators=(",", ":"))
