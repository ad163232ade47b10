"""What the files of a folder hold, while others write there: a file that goes between the list and the look is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["contents"]


def contents(root: Path, since: float = 0.0) -> Iterator[tuple[Path, bytes]]:
    """Read each regular file in a folder and the folders below it, but those that end meanwhile.

    Parameters
    ----------
    root
        The folder.
    since
        In seconds since 1970: a file that was last written before is left out.

    Yields
    ------
    A file, and all that it holds.
    """
    for path in root.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since:
                yield path, path.read_bytes()
