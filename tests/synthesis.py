"""``app.py``, run as the CDK runs it, on a copy of the product with the suite's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clone import make_clone
from tests.sharing import once

__all__ = ["run", "synthesised"]


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
