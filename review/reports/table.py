"""`results.csv`: one line a result, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from review.packs import OWN

Json = Any
_COLUMNS = ("tool", "kind", "id", "severity", "status", "where", "found", "fix", "source", "controls")
#: What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def table(results: Json) -> str:
    """Return the table of a review, made of `results.json`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for rule in results["rules"]:
        named = "; ".join(f"{name} {control}" for name, ids in rule["controls"].items() for control in ids)
        for r in rule["results"]:
            row = (OWN, "rule", rule["id"], rule["severity"], r["status"], r["where"], r["found"])
            writer.writerow(map(cell, (*row, rule["fix"], rule["source"], named)))
    for claim in results["claims"]:
        row = (OWN, "claim", claim["code"], "critical", claim["status"], claim["where"], claim["found"])
        writer.writerow(map(cell, (*row, claim["cure"], claim["source"], "")))
    for held in results["waivers"]:
        row = (OWN, "waiver", held["rule"], "", held["status"], held["resource"], f"{held['said']}. {held['reason']}")
        writer.writerow(map(cell, (*row, held["control"], "", f"{held['owner']}; until {held['expiry']}")))
    for opinion in results["second_opinions"]:
        for found in opinion["findings"]:
            status = "accepted" if found["accepted"] else "unanswered"
            row = (opinion["tool"], "opinion", found["rule"], "", status, found["where"], found["said"])
            writer.writerow(map(cell, (*row, "", "", "")))
    return out.getvalue()


def cell(text: str) -> str:
    """Return a cell that no spreadsheet runs: on one line, and never the beginning of a formula.

    Example
    -------
    >>> cell("=HYPERLINK(1)"), cell("  =1"), cell("plain")
    ("'=HYPERLINK(1)", "'  =1", 'plain')
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else plain
