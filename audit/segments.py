"""One pass over some lines: what is wrong in them, and what is to be known of them to join them to others.

A *segment* is a run of lines of one chain with numbers one after the other. However many lines there are, all that is
kept of a segment is its two ends, so the memory that verifying takes does not grow with the log.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from audit.findings import Finding
from audit.lines import LINES
from audit.valid import wrong

__all__ = ["Chunk", "Head", "Segment", "read", "unended"]

#: Lines back to which the hashes are kept: a signature is of a line shortly before its own.
RECENT = 16
#: Lines that are read before what was found of them is put together with the rest.
CHUNK = 5_000
#: Lines of nobody's in one file or log stream after which the rest of it is left, and how many more for each line of
#: the functions': Lambda writes three or four beside it. Else who can write a log decides how long reading it takes.
FLOOD, EACH = 100_000, 50
WHOSE = ("deployment", "team", "function_version", "log_stream")
#: How lines of Lambda's own begin. The last two are its Python runtime's, of what the authorizer raises so that API
#: Gateway answers 401 or 500: each such refusal has one, behind its own line (``log_error`` of
#: https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py).
_FOREIGN = (
    *("START ", "END ", "REPORT ", "INIT_START ", "INIT_REPORT ", "EXTENSION\t", "XRAY ", "REPORT\t"),
    *("[ERROR] Exception: Unauthorized", "[ERROR] UndecidedError: "),
)


@dataclass(slots=True)
class Head:
    """A signature, until it is checked.

    Parameters
    ----------
    seq
        Number of its own line.
    line
        Its fields.
    """

    seq: int
    line: dict[str, Any]
    where: str


@dataclass(slots=True)
class Segment:
    """A run of lines of one chain.

    Attributes
    ----------
    first, last
        Numbers of its first and last line.
    previous, hash
        What its first line has for the line before, and the hash of its last.
    signed
        Number of the last line that a signature in it covers; -1 for none.
    open, answered
        A request that has begun and has no record by its last line; id of the first record, if none began before it.
    done
        When the last request came of which it has the record.
    works
        Whether it has other lines than those of its signing.
    """

    chain: str
    where: str
    first: int
    previous: str
    last: int = -1
    hash: str = ""
    time: str = ""
    done: str = ""
    last_where: str = ""
    team: str | None = None
    whose: tuple[str, ...] | None = None
    start: str | None = None
    signs: bool | None = None
    ended: int | None = None
    ends: bool = False
    failed: int | None = None
    signed: int = -1
    open: tuple[str, str, int, str] | None = None
    answered: str | None = None
    asked: bool = False
    recent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=RECENT))
    waiting: list[Head] = field(default_factory=list)
    works: bool = False


@dataclass(slots=True)
class Chunk:
    """What was read of some lines.

    Attributes
    ----------
    upstream, requests, passed
        Ids of calls to the model; of requests with a record; and of requests that API Gateway passed on, with where.
        A request has two ids, the second of which no client chooses; records from before they had it have the first.
    apart
        Lines of authorizers and of API Gateway, which are in no chain, with where.
    beside
        Ids of calls to the model in records that are not looked at.
    """

    segments: list[Segment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    lines: int = 0
    foreign: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    upstream: list[tuple[str, str, str]] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    passed: list[tuple[str, str, str, str]] = field(default_factory=list)
    apart: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    times: tuple[str, str] | None = None


def read(
    lines: Iterable[tuple[str, str]], *, join: bool = False, keep: Callable[[dict[str, Any]], bool] | None = None
) -> Iterator[Chunk]:
    """Read lines that stand in the order in which they were written; return what was found of each `CHUNK` of them.

    Parameters
    ----------
    lines
        Where each stands, and the line without its end.
    join
        Whether the ids that join it to API Gateway's log and to CloudTrail are to be kept.
    keep
        Says of a line whether it is looked at; all are without it.
    """
    before: dict[str, Segment] = {}
    made, open_, foreign = Chunk(), dict[str, Segment](), 0
    for number, (where, text) in enumerate(lines, 1):
        _read(made, open_, before, where, text, join, keep)
        if not number % CHUNK:
            foreign += made.foreign
            if foreign > FLOOD + EACH * (number - foreign):
                detail = f"{foreign:,} of {number:,} lines"
                made.findings.append(Finding("lines_left", where, detail=detail))
                break
            yield made
            before |= open_
            made, open_ = Chunk(), {}
    yield made


def _read(
    made: Chunk,
    open_: dict[str, Segment],
    before: dict[str, Segment],
    where: str,
    text: str,
    join: bool,
    keep: Callable[[dict[str, Any]], bool] | None,
) -> None:
    line = _parsed(text)
    if line is None:
        if not text.startswith(_FOREIGN) and text.strip():
            ours = '"record":"' in text[:40]
            made.findings.append(Finding("line_unreadable" if ours else "line_foreign", where))
        made.foreign += 1
        return
    if keep is not None and not keep(line):
        if join:
            _beside(made, line)
        return
    record = line["record"]
    made.lines += 1
    made.counts[record] = made.counts.get(record, 0) + 1
    place = wrong(line)
    chain = line.get("chain")
    if place is not None:
        of = chain if isinstance(chain, dict) else {}
        made.findings.append(Finding("line_not_in_schema", where, _text(of.get("id")), _number(of.get("seq")), place))
    if not isinstance(chain, dict):
        if record in LINES and LINES[record].chained and place is None:
            made.findings.append(Finding("line_not_chained", where, detail=record))
        if record in ("access", "authorization") and join and place is None:
            made.apart.append((line, where))
            if record == "access":
                _passed(made, line, where)
        return
    id, seq, previous = chain.get("id"), chain.get("seq"), chain.get("previous")
    if not (isinstance(id, str) and isinstance(seq, int) and isinstance(previous, str)):
        return
    hash = sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    segment = open_.get(id)
    if segment is None or seq != segment.last + 1:
        earlier = segment or before.get(id)
        if earlier is not None and seq <= earlier.last:
            same = any(known == (seq, hash) for known in earlier.recent)
            fork = not same and any(number == seq for number, _ in earlier.recent)
            made.findings.append(
                Finding("line_twice" if same else "line_forked" if fork else "line_misplaced", where, id, seq)
            )
            if same or fork:
                return
        segment = open_[id] = Segment(id, where, seq, previous)
        made.segments.append(segment)
    elif previous != segment.hash:
        made.findings.append(Finding("line_altered", segment.last_where, id, segment.last))
    _take(made, segment, line, seq, hash, where, join and place is None)


def _parsed(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        text.encode("utf-8", "surrogateescape")  # or no file holds it, and nobody has its hash
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) and isinstance(line.get("record"), str) else None


def _passed(made: Chunk, line: dict[str, Any], where: str) -> None:
    if line["integration_status"] not in ("-", "504"):
        made.passed.append((line["request_id"], line["extended_request_id"], where, line["api"]))


def _beside(made: Chunk, line: dict[str, Any]) -> None:
    """Take the ids of a record that is not looked at: what it is the other side of may be."""
    _request(made, line)
    upstream = line.get("upstream")
    called = upstream.get("request_id") if isinstance(upstream, dict) else None
    if line["record"] == "inference" and isinstance(called, str):
        made.beside.append(called)


def _request(made: Chunk, line: dict[str, Any]) -> None:
    id, own = line.get("request_id"), line.get("extended_request_id")
    if line["record"] == "inference" and isinstance(id, str) and isinstance(own, str | None):
        made.requests.append((id, None if own is None else unquote(own)))


def _take(made: Chunk, segment: Segment, line: dict[str, Any], seq: int, hash: str, where: str, join: bool) -> None:
    segment.last, segment.hash, segment.last_where = seq, hash, where
    segment.recent.append((seq, hash))
    time = line.get("time")
    if isinstance(time, str):
        segment.time = max(segment.time, time)
    record, id = line["record"], line.get("request_id")
    if isinstance(line.get("team"), str):
        if segment.team not in (None, line["team"]):
            made.findings.append(Finding("chain_of_another", where, segment.chain, seq, "team"))
        segment.team = line["team"]
    segment.works = segment.works or record not in ("head", "unsigned")
    if segment.ended is not None and record not in ("head", "unsigned"):
        made.findings.append(Finding("chain_goes_on", where, segment.chain, seq))
    if record == "inference" and isinstance(id, str):
        segment.done = max(segment.done, segment.done if time is None else str(time))
        if segment.open is None and not segment.asked:
            segment.answered = segment.answered or id
        elif segment.open is not None and segment.open[0] != id:
            made.findings.append(unended(segment.chain, segment.open))
        segment.open, segment.asked = None, True
        if join:
            _request(made, line)
            upstream = line["upstream"]["request_id"]
            if upstream is not None:
                made.upstream.append((upstream, where, line["time"]))
    elif record == "began" and isinstance(id, str):
        if segment.open is not None:
            made.findings.append(unended(segment.chain, segment.open))
        segment.open, segment.asked = (id, where, seq, str(time)), True
    elif record in ("start", "head", "unsigned", "end"):
        _of_the_chain(made, segment, line, seq, where)


def unended(chain: str, began: tuple[str, str, int, str]) -> Finding:
    """Return the finding of a request that began and did not end."""
    return Finding("request_not_ended", began[1], chain, began[2], f"request {began[0]}, {began[3]}")


def _of_the_chain(made: Chunk, segment: Segment, line: dict[str, Any], seq: int, where: str) -> None:
    whose = tuple(str(line.get(name)) for name in WHOSE)
    if segment.whose not in (None, whose):
        made.findings.append(Finding("chain_of_another", where, segment.chain, seq, ", ".join(WHOSE)))
    segment.whose = whose
    record = line["record"]
    if record == "start":
        if seq == 0:
            segment.start, segment.signs = line["chain"]["previous"], line.get("chained") == "signed"
        else:
            made.findings.append(Finding("chain_of_another", where, segment.chain, seq, "a second start"))
    elif record == "end":
        segment.ended, segment.ends = seq, True
    elif record == "unsigned":
        segment.failed = seq
        detail = f"{line.get('reason')}, {line.get('lines')} lines"
        made.findings.append(Finding("signature_failed", where, segment.chain, seq, detail))
    else:
        head = Head(seq, line, where)
        made.heads.append(head)
        signed = line.get("signed")
        if not isinstance(signed, dict) or not isinstance(signed.get("seq"), int):
            return
        segment.signed = max(segment.signed, signed["seq"])
        segment.signs = True
        known = dict(segment.recent).get(signed["seq"])
        if known is None:
            segment.waiting.append(head)
        elif known != signed.get("hash"):
            made.findings.append(Finding("signature_mismatched", where, segment.chain, seq))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
