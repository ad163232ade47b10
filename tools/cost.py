"""What a month has cost so far, by team, model, tier and caller: ``python -m tools.cost``.

It adds up the records in the teams' log groups, each of which has what its request cost
(``lambdas/proxy/core/money.py``). A team's ledger knows the team's sum too, but not its callers. Requests whose price
is not known are counted and named, and never taken for nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from review.outputs import OutputError, check_file, write
from review.words import many
from stacks.settings import Settings, SettingsError, load
from tools.signing_in import not_asked
from tools.teams import unknown

__all__ = ["Line", "add_up", "main", "report", "svg", "table", "written_csv"]

ROOT = Path(__file__).parent.parent
_BY = ("team", "model", "tier", "caller")
_WIDTH = 40
# What a spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass
class Line:
    """What one caller of a team has cost with one model on one tier.

    Attributes
    ----------
    usd
        USD of tokens and guarding, as far as prices are known.
    unpriced
        Requests that cost something whose price is not known.
    """

    team: str
    model: str
    tier: str
    caller: str
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0


def add_up(records: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Return what requests have cost, the dearest first.

    Parameters
    ----------
    records
        Records of requests (``docs/record.md``), in any order.

    Examples
    --------
    >>> record = {"team": "atlas", "model": "m", "tier": "flex", "tier_served": "default", "principal": "arn:a/b/anna",
    ...     "input_tokens": 5, "output_tokens": None, "usage": "counted", "usd": {"model": 0.5, "guardrail": 0.25}}
    >>> [(line.tier, line.caller, line.requests, line.usd) for line in add_up([record, record])]
    [('default', 'b/anna', 2, 1.5)]
    """
    found: dict[tuple[str, ...], Line] = {}
    for record in records:
        tier = str(record.get("tier_served") or record.get("tier") or "-")
        caller = str(record.get("principal") or "-").partition("/")[2] or "-"
        key = (_plain(str(record["team"])), _plain(str(record["model"])), _plain(tier), _plain(caller))
        line = found.setdefault(key, Line(*key))
        line.requests += 1
        line.input_tokens += record.get("input_tokens") or 0
        line.output_tokens += record.get("output_tokens") or 0
        costs = record.get("usd") or {}
        line.usd += sum(cost for cost in costs.values() if cost is not None)
        if record.get("usage") and None in costs.values():
            line.unpriced += 1
    return sorted(found.values(), key=lambda line: (-line.usd, line.team, line.model, line.tier, line.caller))


def _plain(name: str) -> str:
    """A name out of a log, as it may stand in a terminal: the functions write no other, and others may write a log."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def report(lines: Sequence[Line], by: str) -> list[tuple[str, float, int]]:
    """Return names, USD and requests by one of team, model, tier and caller, the dearest first."""
    found: dict[str, tuple[float, int]] = {}
    for line in lines:
        name = str(getattr(line, by))
        usd, requests = found.get(name, (0.0, 0))
        found[name] = (usd + line.usd, requests + line.requests)
    return sorted(((name, *sums) for name, sums in found.items()), key=lambda row: (-row[1], row[0]))


def table(lines: Sequence[Line], month: str) -> str:
    """Return the month as text, with a bar for each team, model, tier and caller."""
    if not lines:
        return f"{month} so far: no request has a record\n"
    total = sum(line.usd for line in lines)
    parts = [
        f"{month} so far: {total:,.4f} USD, {many(sum(line.requests for line in lines), 'request')}, by their records\n"
    ]
    for by in _BY:
        rows = report(lines, by)
        most = max((usd for _, usd, _ in rows), default=0.0)
        parts.append(f"\nby {by}\n")
        for name, usd, requests in rows:
            bar = "█" * round(_WIDTH * usd / most) if most else ""
            number = f"{requests:>9,} request{' ' if requests == 1 else 's'}"
            parts.append(f"  {name:<36} {usd:>12,.4f} USD {number}  {bar}".rstrip() + "\n")
    if unpriced := sum(line.unpriced for line in lines):
        without = many(unpriced, "request has no price and is", "requests have no price and are")
        parts.append(f"\n{without} not in the sums: name it under 'prices'\n")
    return "".join(parts)


def written_csv(lines: Sequence[Line]) -> str:
    """Return the lines as CSV, in which no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(list(asdict(Line("", "", "", ""))))
    for line in lines:
        cells = asdict(line).values()
        writer.writerow(
            [
                f"'{cell}"
                if isinstance(cell, str) and cell != "-" and cell.lstrip(" \u00a0").startswith(_FORMULA)
                else cell
                for cell in cells
            ]
        )
    return out.getvalue()


def svg(lines: Sequence[Line], month: str) -> str:
    """Return bars of each team's and model's USD, as a picture."""
    rows = [(f"{by}: {name}", usd) for by in ("team", "model") for name, usd, _ in report(lines, by)]
    most = max((usd for _, usd in rows), default=0.0) or 1.0
    height = 60 + 28 * len(rows)
    parts = [f'<text x="12" y="28" font-weight="600">{escape(month)} so far, in USD</text>']
    for at, (name, usd) in enumerate(rows):
        y, wide = 48 + 28 * at, 420 * usd / most
        parts.append(f'<text x="270" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="280" y="{y}" width="{wide:.1f}" height="18" rx="2" fill="#1a7f5a"/>')
        parts.append(f'<text x="{288 + wide:.1f}" y="{y + 14}">{usd:,.4f}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 {height}" role="img" '
        f'aria-label="USD by team and model" font-family="system-ui, sans-serif" font-size="13">\n'
        f'<rect width="820" height="{height}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def main(
    arguments: Sequence[str] | None = None,
    root: Path = ROOT,
    client: Callable[[str], Any] | None = None,
    now: datetime | None = None,
) -> int:
    """Print the month so far.

    Parameters
    ----------
    client
        Makes a client of an AWS service; by default with the profile that is named.
    now
        For the month, where none is named.

    Returns
    -------
    int
        0, or 1 with the reason on standard error.
    """
    options = _options(arguments)
    try:
        if options.svg:
            check_file(Path(options.svg))
        settings = load(root)
        begin, end = _span(options.month, now or datetime.now(UTC))
        if client is None:
            session = boto3.Session(profile_name=options.profile, region_name=settings.deployment.region)
            client = session.client
        lines = add_up(_records(settings, options.team, client, begin, end))
    except (OutputError, SettingsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (BotoCoreError, ClientError) as error:  # their texts name actions and resources, no secrets
        sys.stderr.write(not_asked(error, local=True))
        return 1
    month = f"{begin:%Y-%m}"
    if options.svg:
        try:
            write(Path(options.svg), svg(lines, month))
        except OutputError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    if options.json:
        document = {"month": month, "source": "records", "lines": [asdict(line) for line in lines]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stdout.write(written_csv(lines) if options.csv else table(lines, month))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tools.cost", description="Say what a month has cost so far.")
    parser.add_argument("--team", help="one team; all without it")
    parser.add_argument("--month", help="such as 2026-11, UTC; this one without it")
    parser.add_argument("--profile", default=os.environ.get("PROFILE") or None, help="an AWS profile")
    parser.add_argument("--svg", metavar="FILE", help="write a picture too")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print one JSON document")
    how.add_argument("--csv", action="store_true", help="print lines for a spreadsheet")
    return parser.parse_args(arguments)


def _span(month: str | None, now: datetime) -> tuple[datetime, datetime]:
    if month is None:
        return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), now
    try:
        begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"the month is {month!r}; it is written as 2026-11") from None
    last = monthrange(begin.year, begin.month)[1]
    return begin, begin.replace(day=last, hour=23, minute=59, second=59, microsecond=999_999)


def _records(
    settings: Settings, only: str | None, client: Callable[[str], Any], begin: datetime, end: datetime
) -> Iterator[Mapping[str, Any]]:
    teams = [team.name for team in settings.teams if only in (None, team.name)]
    if only is not None and (why := unknown(settings, only)):
        raise ValueError(why)
    for team in teams:
        stack = f"{settings.deployment.name}-Team-{team}"
        try:
            described = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if not str(error).endswith("does not exist"):
                raise
            if only:
                raise ValueError(f"team {team} is not deployed: there is no stack {stack}") from None
            sys.stderr.write(f"team {team} is not deployed: nothing of it is counted\n")
            continue
        outputs = {item["OutputKey"]: item["OutputValue"] for item in described.get("Outputs", [])}
        yield from _of_team(client("logs"), outputs["ProxyLogGroup"], team, begin, end)


def _of_team(logs: Any, group: str, team: str, begin: datetime, end: datetime) -> Iterator[Mapping[str, Any]]:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        startTime=int(begin.timestamp() * 1000),
        endTime=int(end.timestamp() * 1000) + 1,
        filterPattern='"inference"',
    )
    read = 0
    for page in pages:
        for event in page["events"]:
            read += 1
            try:
                record = json.loads(event["message"])
            except ValueError:
                continue
            # What a request is booked on is the month in which it began.
            if (
                isinstance(record, dict)
                and record.get("record") == "inference"
                and record["time"][:7] == f"{begin:%Y-%m}"
            ):
                yield record
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{team}: {many(read, 'record')} read")
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


if __name__ == "__main__":
    sys.exit(main())
