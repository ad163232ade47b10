"""Keeps the live settings closed while the tests run: what a company writes is not their input.

These are ``cloister.yaml``, ``teams/``, and ``deployments/`` in a clone that holds several.

A test that reads them passes with the settings that the project ships, and fails with a company's own. So whoever opens
them is told, at once, in words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.clone import ROOT

__all__ = ["TouchedError", "refuse"]

_FILE = str(ROOT / "cloister.yaml")
_FOLDERS = (str(ROOT / "teams"), str(ROOT / "deployments"))
_BELOW = tuple(folder + os.sep for folder in _FOLDERS)
#: The project's own, which no company changes.
_EXAMPLES = str(ROOT / "teams" / "examples")
#: Words of a command that reads the settings of the clone that it is started in.
_COMMANDS = frozenset(
    {"app.py", str(ROOT / "app.py"), "cdk", "local", "make", "preflight", "review"}
    | {f"tools.{name}" for name in ("build", "deploy", "plan", "policies", "project", "token")}
)


class TouchedError(BaseException):
    """A test would read the live settings. It is no `Exception`, so that no code under test takes it for its own."""


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to have the live settings read, here or by a command of the product; a hook for `sys.addaudithook`.

    Raises
    ------
    TouchedError
        They would be read.
    """
    if event in ("open", "os.listdir", "os.scandir"):
        if isinstance(arguments[0], (str, bytes, os.PathLike)):  # not the number of a file that is open
            _refuse_path(os.fsdecode(arguments[0]), listing=event != "open")
    elif event == "subprocess.Popen":
        _, command, directory, _ = arguments
        words = [command] if isinstance(command, (str, bytes, os.PathLike)) else command
        _refuse_command([os.fsdecode(word) for word in words], Path(directory or "."))


def _refuse_path(name: str, *, listing: bool) -> None:
    path = os.path.abspath(name)  # noqa: PTH100 - for every file that is opened: Path.resolve would ask the disk
    # A folder is opened, not listed, by what removes a tree: there its name is that of some other folder's entry.
    if path == _EXAMPLES or path.startswith(_EXAMPLES + os.sep):
        return
    if path == _FILE or path.startswith(_BELOW) or (listing and path in _FOLDERS):
        raise TouchedError(f"{path} is a company's own: read what tests.clone.copy_settings writes")


def _refuse_command(words: Sequence[str], directory: Path) -> None:
    if directory.resolve() == ROOT and (found := _COMMANDS.intersection(words)):
        raise TouchedError(f"{min(found)} reads a company's own settings here: start it in a tests.clone.make_clone")
