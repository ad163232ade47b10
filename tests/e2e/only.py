"""Environments that hold what a page says to install, and nothing else; made of what `.venv` has, so offline."""

from __future__ import annotations

import re
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

__all__ = ["closure", "environment"]


def closure(*names: str) -> dict[str, Distribution]:
    """Return what `pip install` of these packages brings, by name."""
    found: dict[str, Distribution] = {}
    wanted = list(names)
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name in found:
            continue
        found[name] = distribution(name)
        for line in found[name].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(requirement.name)
    return found


def environment(folder: Path, *names: str) -> Path:
    """Make an environment in a folder that is not there yet; return its Python.

    Parameters
    ----------
    names
        What the page says to install.
    """
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    for found in closure(*names).values():
        for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}:
            link = packages / top
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))))
    return folder / "bin" / "python"
