"""Copies of the product with the suite's own settings, for tests that run its commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["DEPLOYMENT", "LIVE", "ROOT", "copy_settings", "local_command", "make_clone", "run_local"]

ROOT = Path(__file__).parent.parent

DEPLOYMENT = Path(__file__).parent / "deployment"
"""The suite's deployment: its ``cloister.yaml``, and its ``teams/``."""

LIVE = frozenset({"cloister.yaml", "teams", "deployments"})
"""What a company writes: the live settings."""

#: What is made here, what a company writes, and what no command of the product reads.
_LEFT_OUT = frozenset({".git", ".venv", ".local", ".hypothesis", "build", "cdk.out", "docs", "tests"} | LIVE)


def make_clone(folder: Path) -> Path:
    """Copy what the product is made from, with the suite's settings, into a folder that is not there yet; return it.

    Bytecode goes along, as in a clone that is in use: what is copied has its time, so it is known to be current.
    """

    def left_out(directory: str, names: list[str]) -> list[str]:
        top = Path(directory) == ROOT
        return [name for name in names if name.endswith("_cache") or (top and name in _LEFT_OUT)]

    shutil.copytree(ROOT, folder, ignore=left_out)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    shutil.copytree(DEPLOYMENT, folder, dirs_exist_ok=True)
    settings = folder / "cloister.yaml"
    # As the live one has it; the suite's own is without, so that the smallest deployment is tested too.
    more = "audit:\n  sign_records: true\n  digest_requests: true\n"
    settings.write_text(settings.read_text().replace("audit:\n", more, 1))
    return folder


def local_command(root: Path, *words: str, **variables: str) -> dict[str, Any]:
    """Return how `python -m local …` is started in a clone, as its Makefile does: arguments of `subprocess.Popen`.

    Parameters
    ----------
    variables
        What the shell's environment holds besides.
    """
    # What would lead it to another state directory, or to a model, stays outside.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CLOISTER", "LOCAL"))}
    command = [sys.executable, "-E", "-s", "-X", "utf8", "-m", "local", *words]
    return {"args": command, "cwd": root, "env": {**environment, **variables}}


def run_local(root: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m local …` in a clone to its end, whatever that is."""
    return subprocess.run(
        **local_command(root, *words, **variables), capture_output=True, text=True, check=False, timeout=600
    )


def copy_settings(folder: Path) -> Path:
    """Copy the suite's settings alone, with the catalogue, into a folder that is there; return it."""
    shutil.copytree(DEPLOYMENT, folder, dirs_exist_ok=True)
    (folder / "stacks").mkdir()
    shutil.copy(ROOT / "stacks" / "catalogue.yaml", folder / "stacks")
    return folder
