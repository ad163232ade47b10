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

__all__ = ["prepared", "run", "synthesised"]


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
        timeout=120,
    )


def synthesised(factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """Run the app once for all workers: its clone, what it wrote when it was run there, and what it said."""

    def make(folder: Path) -> None:
        root = make_clone(folder / "root")
        result = run(root, folder / "here", root)
        assert result.returncode == 0, result.stderr
        (folder / "said").write_text(result.stderr, encoding="utf-8")

    folder = once(factory, "app.py on the suite's settings", make)
    return folder / "root", folder / "here", (folder / "said").read_text(encoding="utf-8")


#: The part of ``make up`` that depends on nothing but the clone: it is known by its content, and not made again.
_PREPARE = """
from local import assembly, verdict
from local.state import State
state = State.find().make()
digest, made = assembly.current(state, print)
assert made
print(verdict.reached(state, digest))
"""


def prepared(factory: pytest.TempPathFactory, root: Path) -> Path:
    """Copy the product into a folder that is not there yet, synthesised and reviewed as by an earlier ``make up``.

    What is copied is made once for all workers. Whatever else is changed in the copy has it made anew there.
    """

    def make(folder: Path) -> None:
        make_clone(folder / "clone")
        command = local_command(folder / "clone")
        command["args"] = [*command["args"][: command["args"].index("-m")], "-c", _PREPARE]
        done = subprocess.run(**command, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr

    made = once(factory, "make up's synthesis and review", make) / "clone" / ".local"
    make_clone(root)
    (root / ".local").mkdir(mode=0o700)
    for name in ("cdk.out", "review"):
        shutil.copytree(made / name, root / ".local" / name)
    for name in ("synth.json", "review.json"):
        shutil.copy(made / name, root / ".local" / name)
    return root
