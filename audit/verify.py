"""The verification: lines in, findings out, with what was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from audit.chains import Chains
from audit.decisions import Decisions, clock
from audit.findings import Finding
from audit.joins import Joins
from audit.segments import read
from audit.signatures import Keys
from audit.sources import Events

__all__ = ["MOST", "Report", "Wanted", "verify"]

#: Findings that are kept; those beyond are counted.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked at.

    Parameters
    ----------
    teams
        Names; all teams without any.
    since, until
        Times as in the lines, the first of which is part of it; empty: without an end.
    """

    teams: Sequence[str] = ()
    since: str = ""
    until: str = ""

    def __call__(self, line: dict[str, Any]) -> bool:
        """Return whether a line is one of those."""
        team = line.get("team")
        if self.teams and isinstance(team, str) and team not in self.teams:
            return False
        time = _written(line)
        if time is None:
            return True
        # Without the Z, as a part of a second sorts before it.
        return self.since.rstrip("Z") <= time and (not self.until or time < self.until.rstrip("Z"))


def _written(line: dict[str, Any]) -> str | None:
    """When a line was written. The time of a request's record is when it came, and the record stands where it ended."""
    time = line.get("time")
    took: Any = line.get("duration_ms")
    if not isinstance(time, str):
        return None
    if line.get("record") == "access":
        return clock(time)
    if line.get("record") == "inference":
        try:
            moment = datetime.fromisoformat(time) + timedelta(milliseconds=took)
        except (TypeError, ValueError, OverflowError):
            return time  # it is not in the schema, which is said
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return time


@dataclass(slots=True)
class Report:
    """What was found.

    Attributes
    ----------
    findings
        The first `MOST` of them.
    counts
        How many of each code.
    lines, foreign, records, chains, signatures, unsigned, events
        How many lines of the functions and of others, of each kind, chains, signatures, lines of signed chains that no
        signature covers, and events of CloudTrail.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    foreign: int = 0
    records: Counter[str] = field(default_factory=Counter)
    chains: int = 0
    signatures: int = 0
    unsigned: int = 0
    events: int = 0

    @property
    def whole(self) -> bool:
        """Whether there is no fault, and a chain was looked at: lines that are in none say nothing of what is gone."""
        return self.chains > 0 and not self.faulty

    @property
    def faulty(self) -> bool:
        """Whether there is a fault."""
        return any(finding.fault for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "whole": self.whole,
            "lines": self.lines,
            "foreign_lines": self.foreign,
            "records": dict(sorted(self.records.items())),
            "chains": self.chains,
            "signatures": self.signatures,
            "unsigned_lines": self.unsigned,
            "trail_events": self.events,
            "counts": dict(sorted(self.counts.items())),
            "findings": [finding.as_json() for finding in self.findings],
        }


def verify(
    sources: Iterable[Events],
    keys: Keys,
    wanted: Wanted = Wanted(),
    *,
    trail: Iterable[tuple[str, str, str]] | None = None,
    joined: bool = True,
    complete: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Verify lines.

    Parameters
    ----------
    sources
        Lists of lines, each in the order in which it was written: files, or log streams.
    keys
        The teams' public keys.
    wanted
        What of the lines is looked at.
    trail
        Events of CloudTrail: id, place and time; None: they are not compared with.
    joined
        Whether requests are compared with API Gateway's log, where it is among the lines.
    complete
        Whether the lines of all functions are among them, the authorizers' too.
    progress
        Is called with the number of lines, now and then.

    Examples
    --------
    >>> report = verify([iter([("a:1", '{"record":"start","version":1}')])], Keys())
    >>> report.whole, report.counts["line_not_in_schema"]
    (False, 1)
    """
    report = Report()
    chains, joins = (
        Chains(keys, since=wanted.since),
        Joins(trail=trail is not None, since=wanted.since, until=wanted.until),
    )
    decisions = Decisions(complete=complete, since=wanted.since, until=wanted.until)
    selects = wanted if wanted.teams or wanted.since or wanted.until else None
    for source in sources:
        for chunk in read(source, join=joined or trail is not None, keep=selects):
            report.lines += chunk.lines
            report.foreign += chunk.foreign
            report.records.update(chunk.counts)
            chains.add(chunk)
            joins.add(chunk)
            for line, where in chunk.apart:
                (decisions.answered if line["record"] == "access" else decisions.decided)(line, where)
            _move(chains.findings, report)
            if progress is not None:
                progress(report.lines)
    chains.finish()
    if trail is not None:
        joins.trail(trail)
    _move(chains.findings, report)
    _move(joins.finish() if report.records["access"] or trail is not None else [], report)
    _move(list(decisions.finish()), report)
    report.chains, report.signatures, report.events = len(chains), chains.signatures, joins.events
    report.unsigned = chains.unsigned
    return report


def _move(findings: list[Finding], report: Report) -> None:
    for finding in findings:
        report.counts[finding.code] += 1
        # Of faults something is always shown, however much there is that is only good to know.
        if len(report.findings) < MOST or (finding.fault and report.counts[finding.code] == 1):
            report.findings.append(finding)
    findings.clear()
