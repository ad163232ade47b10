"""What a verification found, for people."""

from __future__ import annotations

from collections.abc import Iterator

from audit.findings import KINDS
from audit.verify import Report

__all__ = ["lines", "many"]

#: Findings of one kind that are shown.
_SHOWN = 5


def lines(report: Report) -> Iterator[str]:
    """Return the report, line by line: what was looked at, what was found, what it comes to.

    Examples
    --------
    >>> list(lines(Report()))[-1].partition(":")[0]
    'NOTHING LOOKED AT'
    """
    kinds = ", ".join(f"{count:,} {record}" for record, count in report.records.most_common())
    yield (
        f"looked at {many(report.lines, 'line')} of {many(report.chains, 'chain')}, "
        + many(report.signatures, "signature")
        + (f"; {many(report.events, 'event')} of CloudTrail" if report.events else "")
    )
    if kinds:
        yield f"  {kinds}" + (f", {report.foreign:,} of Lambda's own" if report.foreign else "")
    for code in sorted(report.counts, key=lambda code: (not KINDS[code].fault, code)):
        kind = KINDS[code]
        yield ""
        yield f"{'FAULT' if kind.fault else 'note '} {code}: {kind.what} ({many(report.counts[code], 'time')})"
        found = [finding for finding in report.findings if finding.code == code]
        for finding in found[:_SHOWN]:
            place = f", chain {finding.chain[:8]} line {finding.seq}" if finding.chain else ""
            yield _plain(f"      {finding.where}{place}" + (f": {finding.detail}" if finding.detail else ""))
        if report.counts[code] > _SHOWN:
            yield f"      and {report.counts[code] - _SHOWN:,} more: JSON=1 names up to 10,000 of all"
        yield f"      right: {kind.right}"
    yield ""
    if report.faulty:
        faults = sum(count for code, count in report.counts.items() if KINDS[code].fault)
        yield f"NOT WHOLE: {many(faults, 'fault')}"
    elif not report.whole:
        yield (
            "NOTHING LOOKED AT: no chain of the functions' lines is there; say where they are: FROM=…, or a team and a "
            "time that has some"
        )
    else:
        unsigned = "" if report.signatures else "; nobody has signed them, so who can write the log can write it anew"
        if report.signatures and report.unsigned:
            unsigned = f"; {many(report.unsigned, 'line')} at the ends of chains no signature covers"
        yield f"WHOLE: no line is altered, missing, moved or made up, as far as these lines can tell{unsigned}"
        if ends := report.counts["chain_open"]:
            yield f"  {many(ends, 'chain')} without an end: {_beyond(report)}"


def _beyond(report: Report) -> str:
    """Say what would show that lines were cut off at the ends of chains, and how far that was looked at here."""
    witnesses = (
        ("API Gateway's access log", report.records["access"], "its log group, with the functions'"),
        ("CloudTrail's events", report.events, "TRAIL=…"),
    )
    asked = [f"{name} ({many(count, 'line')})" for name, count, _ in witnesses if count]
    missing = [f"{name} ({how})" for name, count, how in witnesses if not count]
    said = "lines that were cut off there leave no mark in what is left"
    if asked:
        said += f"; of their requests, {' and '.join(asked)} would know, and knew of none"
    if missing:
        said += f"; give {' and '.join(missing)} to be compared with"
    return said


def many(count: int, what: str) -> str:
    """Return a number with what is counted.

    Examples
    --------
    >>> many(1, "line"), many(2000, "line")
    ('1 line', '2,000 lines')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _plain(text: str) -> str:
    """What a forged line may bring along is shown, and does nothing to the terminal or to the lines around it."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
