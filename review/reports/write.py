"""The reports of a review, written to a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from review.reports.results import results
from review.reports.sarif import sarif
from review.reports.table import table
from review.verdict import Verdict

Json = Any


def write(verdict: Verdict, folder: Path) -> Json:
    """Write `results.json`, `results.sarif` and `results.csv`; return the results."""
    found = results(verdict)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(_text(found), "utf-8", newline="\n")
    (folder / "results.sarif").write_text(_text(sarif(found)), "utf-8", newline="\n")
    (folder / "results.csv").write_text(table(found), "utf-8", newline="")
    return found


def _text(value: Json) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
