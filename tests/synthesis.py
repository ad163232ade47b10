"""The suite's deployment, synthesised by the product's own ways: ``app.py``, as the CDK runs it, and ``make up``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clone import local_command, make_clone
from tests.sharing import once

__all__ = ["prepared", "run", "synthesised", "warmed"]

_CHECKED = Path("build", "templates.json")


def run(
    root: Path, outdir: Path, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the app of a clone to its end, whatever that is; it writes to ``outdir``."""
    # jsii unpacks aws-cdk-lib into a cache below the home folder unless told where: half a gigabyte for each home.
    cache = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path.home() / ".cache/aws/jsii/package-cache"))
    kept = {"PATH": os.environ["PATH"], "JSII_RUNTIME_PACKAGE_CACHE_ROOT": cache, "HOME": str(Path.home())}
    return subprocess.run(
        [sys.executable, str(root / "app.py")],
        cwd=cwd,
        env=kept | {"CDK_OUTDIR": str(outdir)} | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=600,
    )


#: The part of ``make up`` that depends on nothing but the clone: it is known by its content, and not made again.
_PREPARE = """
from local import assembly, verdict
from local.state import State
state = State.find().make()
digest, made = assembly.current(state, print)
assert made
print(verdict.reached(state, digest))
"""


def _made(factory: pytest.TempPathFactory) -> Path:
    """A clone in which the product was synthesised and reviewed as by ``make up``, once for all workers."""

    def make(folder: Path) -> None:
        make_clone(folder / "clone")
        command = local_command(folder / "clone")
        command["args"] = [*command["args"][: command["args"].index("-m")], "-c", _PREPARE]
        done = subprocess.run(**command, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr

    return once(factory, "make up's synthesis and review", make) / "clone"


def synthesised(factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """Return a clone in which ``make up`` ran the app, what the app wrote there, and what it said; only to be read."""
    local = _made(factory) / ".local"
    return local.parent, local / "cdk.out", (local / "logs" / "synth.log").read_text(encoding="utf-8")


def warmed(factory: pytest.TempPathFactory, root: Path) -> Path:
    """Copy the product into a folder that is not there yet, with what a synthesis there remembers of templates.

    CDK's own check of them takes seconds to start: a template that it has seen as it is now is not shown to it again.
    """
    made = _made(factory)
    make_clone(root)
    (root / _CHECKED).parent.mkdir()
    shutil.copy(made / _CHECKED, root / _CHECKED)
    return root


def prepared(factory: pytest.TempPathFactory, root: Path) -> Path:
    """Copy the product into a folder that is not there yet, synthesised and reviewed as by an earlier ``make up``.

    What is copied is made once for all workers. Whatever else is changed in the copy has it made anew there.
    """
    made = _made(factory) / ".local"
    warmed(factory, root)
    (root / ".local").mkdir(mode=0o700)
    for name in ("cdk.out", "review"):
        shutil.copytree(made / name, root / ".local" / name)
    for name in ("synth.json", "review.json"):
        shutil.copy(made / name, root / ".local" / name)
    return root
