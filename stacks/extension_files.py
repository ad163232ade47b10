"""Finds the teams' own classes, ``teams/<team>.py``: no file of the platform's names one."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import traceback
from collections.abc import Callable, Collection
from pathlib import Path

from stacks.extension import TeamExtension
from stacks.team import TeamStack

__all__ = ["ExtensionError", "find"]


class ExtensionError(Exception):
    """A team's own class cannot be used. The message begins with its file and line, and says what would be right."""


def find(folder: Path, label: str, teams: Collection[str]) -> dict[str, Callable[[TeamStack], object]]:
    """Read the extensions beside the teams' files.

    Parameters
    ----------
    folder
        The folder of the teams' files. What begins with ``_`` is for the others to import; ``.`` is nobody's.
    label
        What the folder is called in messages.
    teams
        Names of the teams.

    Returns
    -------
    dict
        By team, what adds to its stack. It raises an `ExtensionError` too, when the class's own code fails.

    Raises
    ------
    ExtensionError
        When a file has no team, cannot be read, or has no class or several.
    """
    found: dict[str, Callable[[TeamStack], object]] = {}
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith(("_", ".")):
            continue
        file = f"{label}/{path.name}"
        if path.stem not in teams:
            raise ExtensionError(f"{file}: there is no {path.stem}.yaml beside it; needs the name of a team's file")
        found[path.stem] = _extending(_read(path, file), path, file)
    return found


def _read(path: Path, file: str) -> type[TeamExtension]:
    """Run a file, and return the class in it."""
    name = f"teams_{path.stem.replace('-', '_')}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None and specification.loader is not None  # noqa: S101 - it is a Python file
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except SyntaxError as error:
        line = error.lineno if error.filename == str(path) else _line(error, path)
        raise ExtensionError(f"{file}:{line}: it is no Python ({error.msg})") from None
    except (Exception, SystemExit) as error:  # whatever its code raises; to leave is no success
        raise ExtensionError(f"{file}:{_line(error, path)}: {_said(error)}") from error
    own = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == name]
    classes = [each for each in own if issubclass(each, TeamExtension)]
    if len(classes) == 1:
        return classes[0]
    right = "needs one class that extends the team: class Legal(TeamExtension), of stacks.extension"
    if classes:
        raise ExtensionError(
            f"{file}:{_begins(path, classes[1])}: found {len(classes)} of them, {_names(classes)}; {right}"
        )
    if own:
        raise ExtensionError(f"{file}:{_begins(path, own[0])}: found {_names(own)}, which is no TeamExtension; {right}")
    raise ExtensionError(f"{file}: found no class; {right}")


def _extending(extension: type[TeamExtension], path: Path, file: str) -> Callable[[TeamStack], object]:
    def extend(stack: TeamStack) -> object:
        try:
            return extension(stack)
        except (Exception, SystemExit) as error:  # whatever its code raises, CDK's own refusals among it
            line = _line(error, path) or _begins(path, extension)
            raise ExtensionError(f"{file}:{line}: {_said(error)}") from error

    return extend


def _line(error: BaseException, path: Path) -> int | None:
    """The last line of a file that an error came through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None


def _begins(path: Path, cls: type) -> int:
    """The line that a class of a file begins on."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return next(node.lineno for node in nodes if isinstance(node, ast.ClassDef) and node.name == cls.__name__)


def _said(error: BaseException) -> str:
    """What an error says, without the stack of CDK's own process that comes below it."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def _names(classes: list[type]) -> str:
    return ", ".join(each.__name__ for each in classes)
