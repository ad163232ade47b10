"""checkov, in an environment of its own (`make mutants OUTSIDE=1` installs it)."""

from __future__ import annotations

import json
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.clone import ROOT

HOME = ROOT / ".venv" / "outside"


@cache
def version() -> str:
    """The version."""
    return subprocess.run(
        [HOME / "bin" / "checkov", "--version"], capture_output=True, text=True, check=True, timeout=300
    ).stdout.strip()


def run(files: list[Path]) -> dict[str, dict[str, set[tuple[str, str]]]]:
    """What it finds in each of some templates."""
    found: dict[str, set[tuple[str, str]]] = {file.stem: set() for file in files}
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            (Path(folder) / file.name).write_bytes(file.read_bytes())
        command = [
            str(HOME / "bin" / "checkov"),
            "-d",
            folder,
            "--framework",
            "cloudformation",
            "-o",
            "json",
            "--quiet",
        ]
        said = subprocess.run(
            [*command, "-o", "json", "--quiet", "--compact", "--skip-download"],
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
    report = json.loads(said.stdout)
    for part in report if isinstance(report, list) else [report]:
        for failed in part.get("results", {}).get("failed_checks", []):
            where = failed["resource"].rpartition(".")[2]
            found[Path(failed["file_path"]).stem].add((failed["check_id"], where))
    return {"checkov": found}
