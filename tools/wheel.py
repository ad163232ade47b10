"""The callers' wheel: ``client/`` as a package that installs by itself, with botocore and no part of the kit.

A wheel is a zip file with four files about it (https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
It is written as the functions' packages are, so that the same commit gives the same bytes;
what builds wheels in general compresses, and needs a network to be installed first.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from importlib.metadata import version
from pathlib import Path

from lambdas.package import archive, sources

__all__ = ["NAME", "build"]

NAME = "cloister_client"
_COMMANDS = {"cloister-relay": "relay", "cloister-token": "token"}


def build(root: Path, destination: Path) -> Path:
    """Write the wheel; return where.

    Parameters
    ----------
    root
        The project's folder, which holds ``client/`` and ``pyproject.toml``.
    destination
        The folder to write it into, which is there; other versions of the wheel in it are removed.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    release = f"{NAME}-{project['version']}"
    files = {f"{NAME}/{name.partition('/')[2]}": data for name, data in sources(root / "client").items()}
    # What a token is made with is not botocore's public interface, so the wheel asks for what it was tried with.
    about = {
        "METADATA": f"""\
Metadata-Version: 2.1
Name: {NAME.replace("_", "-")}
Version: {project["version"]}
Summary: Bearer tokens for a team's API of Cloister, and a relay for agents that need a key for hours
Requires-Python: {project["requires-python"]}
Requires-Dist: botocore (>={version("botocore")},<2)
""",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: cloister\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": "[console_scripts]\n"
        + "".join(f"{command} = {NAME}.{module}:main\n" for command, module in sorted(_COMMANDS.items())),
    }
    files |= {f"{release}.dist-info/{name}": text.encode() for name, text in about.items()}
    record = f"{release}.dist-info/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in sorted(files.items())]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    for old in destination.glob(f"{NAME}-*.whl"):
        old.unlink()
    made = destination / f"{release}-py3-none-any.whl"
    archive(made, files)
    return made


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
