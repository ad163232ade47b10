"""Where a command writes what it was asked for: seen to before the work, and refused in a sentence.

``python -m review.outputs FOLDER`` ends with 2, and says why, when nothing can be written to the folder.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["OutputError", "check_file", "check_folder", "main", "refused", "write"]


class OutputError(Exception):
    """Nothing can be written there; the text says what was found, and what would be right."""


def refused(path: Path, error: OSError) -> str:
    """Return why a file or folder cannot be written, in a sentence.

    Examples
    --------
    >>> refused(Path("/dev/null/reports"), NotADirectoryError(20, "Not a directory"))
    '/dev/null/reports cannot be written: /dev/null is a file, and no folder; name another place'
    """
    above = next((place for place in (path, *path.absolute().parents) if os.path.lexists(place)), Path("/"))
    if above != path and not above.is_dir():
        why = f"{shlex.quote(str(above))} is a file, and no folder"
    elif isinstance(error, IsADirectoryError):
        why = "it is a folder"
    elif isinstance(error, FileExistsError | NotADirectoryError):
        why = "it is a file, and no folder"
    elif isinstance(error, FileNotFoundError):
        why = f"there is no folder {shlex.quote(str(path.parent))}"
    elif isinstance(error, PermissionError):
        why = f"you may not write {'to it' if above == path else f'to {shlex.quote(str(above))}'}"
    else:
        why = (error.strerror or type(error).__name__).lower()
    return f"{shlex.quote(str(path))} cannot be written: {why}; name another place"


def check_folder(folder: Path) -> None:
    """Make a folder if it is not there, and see that it takes files.

    Raises
    ------
    OutputError
        It cannot be made, or takes none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(refused(folder, error)) from error


def check_file(path: Path) -> None:
    """See that a file can be written, without writing it.

    Raises
    ------
    OutputError
        It is a folder, or its folder is not there or takes no files.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError
        if path.exists():
            with path.open("ab"):
                return
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OutputError(refused(path, error)) from error


def write(path: Path, text: str) -> None:
    """Write a file in a folder that is there.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(refused(path, error)) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Make each folder that is named; return 2, with the reason on standard error, when one cannot be written to."""
    for name in sys.argv[1:] if arguments is None else arguments:
        try:
            check_folder(Path(name))
        except OutputError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
