"""Build the functions' packages and the callers' wheel: ``python -m tools.build``."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from lambdas.package import build_all, notice
from review.outputs import OutputError, check_folder
from stacks.settings import SettingsError, load
from tools import wheel

__all__ = ["main"]

ROOT = Path(__file__).parent.parent


def main(root: Path = ROOT) -> int:
    """Write ``build/proxy.zip``, ``build/authorizer.zip`` and the wheel; print the size and SHA-256 of each."""
    try:
        settings = load(root)
        check_folder(root / "build")
    except (OutputError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    packages = build_all(root, root / "build", settings.catalogue.as_json())
    for path in (packages.proxy, packages.authorizer, wheel.build(root, root / "build")):
        data = path.read_bytes()
        name = path.relative_to(root).as_posix()
        sys.stdout.write(f"{name:46} {len(data):>8,} bytes  sha256 {hashlib.sha256(data).hexdigest()}\n")
    sys.stdout.write(f"{notice(packages.kind)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
