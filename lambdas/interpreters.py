"""The Pythons of this machine: one to compile the functions' packages with, and one to make ``.venv`` from.

A version that is kept beside the path, or stands on it as a shim that refuses to start, is found where pyenv, uv,
Homebrew, python.org and the distributions put it.

The Makefile runs this file before there is a ``.venv``, with any Python 3 that it finds: it needs the standard library
alone, and nothing newer than Python 3.8.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PYTHON", "candidates", "find"]

PYTHON = "3.13"
"""The Python that the functions are deployed on."""

_TELL = "import sys, {modules}; print(sys.implementation.cache_tag, sys.version_info.releaselevel, sys.abiflags)"
_ANSWER_SECONDS = 10
_FOR_VENV = "ensurepip, ssl, venv"


def find(version: str = PYTHON, modules: str = "sys") -> str | None:
    """Find a released CPython of a version that starts.

    Parameters
    ----------
    version
        Its first two numbers: ``3.13``.
    modules
        What it must be able to import, separated by commas.

    Returns
    -------
    str or None
        Its path; None if there is none.
    """
    wanted = ["cpython-" + version.replace(".", ""), "final"]  # and no flag: not one without the GIL, nor for debugging
    for python in candidates(version):
        line = [python, "-ISB", "-c", _TELL.format(modules=modules)]
        try:
            told = subprocess.run(line, capture_output=True, text=True, check=False, timeout=_ANSWER_SECONDS)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            continue
        if told.returncode == 0 and told.stdout.split() == wanted:
            return python
    return None


def candidates(version: str) -> Iterator[str]:
    """Yield the files that may be a version's interpreter: this process's, the path's, then those beside the path."""
    if version == "{}.{}".format(*sys.version_info[:2]):
        yield sys.executable
    for folder in _folders(version):
        file = folder / f"python{version}"
        if os.access(file, os.X_OK):
            yield str(file)


def _folders(version: str) -> Iterator[Path]:
    environment = os.environ
    yield from map(Path, filter(None, environment.get("PATH", os.defpath).split(os.pathsep)))
    for home in _homes():
        # https://github.com/pyenv/pyenv#environment-variables
        yield from _newest(Path(environment.get("PYENV_ROOT") or home / ".pyenv", "versions"), f"{version}*/bin")
        # https://docs.astral.sh/uv/reference/storage/#python-versions
        data = Path(environment.get("XDG_DATA_HOME") or home / ".local/share", "uv/python")
        yield from _newest(Path(environment.get("UV_PYTHON_INSTALL_DIR") or data), f"cpython-{version}[.-]*/bin")
        yield home / ".local/bin"
    # https://docs.brew.sh/Installation
    for prefix in (environment.get("HOMEBREW_PREFIX"), "/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"):
        if prefix:
            yield Path(prefix, "bin")
            yield Path(prefix, "opt", f"python@{version}", "bin")
    yield Path("/Library/Frameworks/Python.framework/Versions", version, "bin")
    yield Path("/usr/bin")


def _homes() -> list[Path]:
    """Return the home folder of the environment, and the account's, if HOME is another (as under ``make up``)."""
    homes = [os.environ.get("HOME", "")]
    with contextlib.suppress(KeyError):  # a container's user need not be in the database
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    return [Path(home) for home in dict.fromkeys(homes) if home]


def _newest(folder: Path, pattern: str) -> list[Path]:
    def numbers(path: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", path.parent.name)]

    return sorted(folder.glob(pattern), key=numbers, reverse=True)


def main() -> int:
    """Print the Python to make ``.venv`` from: the functions' own if it is here; 1 if none is new enough."""
    found = (find(version, _FOR_VENV) for version in (PYTHON, "3.12", "3.11", "3.14"))
    python = next(filter(None, found), sys.executable if sys.version_info >= (3, 11) else None)
    if python:
        sys.stdout.write(python + "\n")
    return 0 if python else 1


if __name__ == "__main__":
    sys.exit(main())
