"""cfn-lint, which the project's tests use too."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

_REGION = "us-east-1"


@cache
def version() -> str:
    """The version."""
    return metadata.version("cfn-lint")


def run(files: list[Path]) -> dict[str, dict[str, set[tuple[str, str]]]]:
    """What it finds in each of some templates."""
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--format",
        "json",
        "--regions",
        _REGION,
        "--",
        *map(str, files),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    found: dict[str, set[tuple[str, str]]] = {file.stem: set() for file in files}
    for match in json.loads(said.stdout or "[]"):
        path = match["Location"]["Path"] or []
        where = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
        found[Path(match["Filename"]).stem].add((match["Rule"]["Id"], where))
    return {"cfn-lint": found}
