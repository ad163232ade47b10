"""Three other companies' settings, and the suite with each of them in place of the live ones.

It takes minutes, so it is no part of the test run: ``python -m tests.others [word…]`` runs all, or the sets whose names
hold one of the words.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.clone import LIVE, ROOT

__all__ = ["SETS", "prepare", "run", "write"]

_GUARDRAIL = {
    "content": dict.fromkeys(("hate", "insults", "sexual", "violence", "misconduct"), "medium"),
    "words": [],
    "pii": {"NAME": "mask"},
    "topics": [],
}
_TEAM = {
    "owner": "Somebody",
    "contact": "somebody@example.org",
    "callers": [{"role": "somebody"}],
    "tiers": ["default"],
}


def _deployment(name: str, region: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "region": region,
        "network": {"cidr": "10.1.0.0/20", "zones": [f"{region}a", f"{region}b"]},
        "audit": {"retention_days": 30, "data_events": False},
        "guardrail": _GUARDRAIL,
        **more,
    }


def _team(name: str, access: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "access": access, "models": ["google.gemma-4-e2b"], **_TEAM, **more}


#: Files by their paths, by what is different of a set.
SETS: Mapping[str, Mapping[str, Any]] = {
    "another Region, name and account": {
        "cloister.yaml": _deployment("Prompts", "eu-central-1", account="444455556666", administrators=["security"]),
        "teams/legal.yaml": _team("legal", "iam", project="proj_legal"),
    },
    "one more team, and others by the names of the sample's": {
        "cloister.yaml": _deployment("Acme", "us-east-1"),
        "teams/atlas.yaml": _team("atlas", "iam"),
        "teams/beacon.yaml": _team("beacon", "token"),
        "teams/comet.yaml": _team("comet", "token"),
    },
    "no team at all": {"cloister.yaml": _deployment("Empty", "us-west-2"), "teams/.keep": ""},
}


def prepare(folder: Path, name: str) -> Path:
    """Copy the clone, tests and documents included, with a set of settings in place of the live ones."""

    def left_out(directory: str, names: list[str]) -> list[str]:
        top = LIVE | {".git", ".venv", ".local", "build", "cdk.out"} if Path(directory) == ROOT else frozenset()
        return [name for name in names if name in top or name.endswith("_cache")]

    shutil.copytree(ROOT, folder, ignore=left_out)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    write(folder, name)
    return folder


def write(folder: Path, name: str) -> None:
    """Write a set of settings into a folder."""
    for path, content in SETS[name].items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(content if isinstance(content, str) else yaml.safe_dump(content))


def run(root: Path, *arguments: str) -> None:
    """Run tests of a clone.

    Raises
    ------
    AssertionError
        One fails; with what pytest wrote.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={root}.tests", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def main(words: list[str]) -> int:
    """Run the suite with each chosen set; 1 unless it passes with all of them."""
    chosen = [name for name in SETS if not words or any(word in name for word in words)]
    failed = 0
    for name in chosen:
        sys.stdout.write(f"{name}: ")
        sys.stdout.flush()
        with tempfile.TemporaryDirectory() as folder:
            try:
                run(prepare(Path(folder) / "clone", name), "--numprocesses", "auto")
                sys.stdout.write("passed\n")
            except AssertionError as error:
                failed += 1
                sys.stdout.write(f"failed\n{error}\n")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
