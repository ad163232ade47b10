"""What cfn-lint says of templates: an outside opinion, from a program of its own.

https://github.com/aws-cloudformation/cfn-lint
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from review.assembly import Template
from review.packs import PacksError

Json = Any
_SECONDS = 900


def opinion(folder: Path, templates: Iterable[Template]) -> Json:
    """Return what cfn-lint found in templates, as `review.packs` has the opinions of others.

    Parameters
    ----------
    folder
        Where the files of the templates are.
    templates
        The templates; each is held to what its Region has, or `us-east-1` where it names none.

    Raises
    ------
    PacksError
        If cfn-lint is not installed, or does not answer.
    """
    try:
        found = version("cfn-lint")
    except PackageNotFoundError:
        raise PacksError("cfn-lint is not installed: `pip install -r review/requirements.txt`") from None
    stacks: dict[str, dict[str, str]] = {}
    for template in templates:
        stacks.setdefault(template.region or "us-east-1", {})[str(folder / template.file)] = template.stack
    findings = [each for region, files in sorted(stacks.items()) for each in _found(region, files)]
    return {
        "tool": "cfn-lint",
        "version": found,
        "findings": sorted(findings, key=lambda f: (f["rule"], f["where"], f["said"])),
    }


def _found(region: str, files: dict[str, str]) -> list[Json]:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--regions", region, "--", *files]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
        if said.stderr or (not said.stdout and said.returncode):
            raise PacksError(f"cfn-lint ended with {said.returncode}: {said.stderr.strip()[-500:]}")
        matches = json.loads(said.stdout or "[]")
        return [
            {
                "rule": match["Rule"]["Id"],
                "where": "/".join([files[match["Filename"]], *_resource(match["Location"]["Path"])]),
                "said": match["Message"],
                "accepted": False,
            }
            for match in matches
        ]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as wrong:
        raise PacksError(f"cfn-lint gave no answer that can be read: {wrong!r}") from None


def _resource(path: list[str | int] | None) -> list[str]:
    return [str(path[1])] if path and len(path) > 1 and path[0] == "Resources" else []
