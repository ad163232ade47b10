"""A function's file of output, which loses no line: what cannot be written now is written when it can be.

A disk may be full, or the process may have no descriptor left, for a while. Lines wait then, in their order, and the
rest of one that was written in part comes before the next.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

MOST_WAITING = 8 * 1024 * 1024
"""Bytes that may wait; with more, the function is not run."""


class Records:
    """One function's file.

    Parameters
    ----------
    path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = bytearray()
        self._lock = threading.Lock()

    @property
    def stuck(self) -> bool:
        """Whether more waits than may."""
        return len(self._rest) > MOST_WAITING

    @property
    def waiting(self) -> int:
        """Bytes that wait."""
        return len(self._rest)

    def add(self, line: str) -> None:
        """Take a line, and write it if that is possible now."""
        with self._lock:
            self._rest += line.encode() + b"\n"
            self._write()

    def retry(self) -> None:
        """Write what waits, as far as that is possible now."""
        with self._lock:
            if self._rest:
                self._write()

    def _write(self) -> None:
        try:
            # Opened each time: a file that was moved away or removed is followed by a new one.
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            while self._rest:
                del self._rest[: os.write(file, self._rest)]
        except OSError:
            return
        finally:
            os.close(file)
