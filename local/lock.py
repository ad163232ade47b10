"""Keeps two commands from changing the same local deployment at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from local.failure import LocalError
from local.state import State


@contextlib.contextmanager
def held(state: State, name: str) -> Iterator[None]:
    """Hold the deployment's lock while the block runs; the system lets go of it however the process ends.

    Raises
    ------
    LocalError
        Another command holds it.
    """
    path = state.directory / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise LocalError(f"another command is at work here: {file.read().strip()}", next_command=name) from None
        file.seek(0)
        file.truncate()
        file.write(f"{name}, pid {os.getpid()}")
        file.flush()
        yield
