"""Keeps two commands from changing the same local deployment at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator

from local.failure import LocalError
from local.state import State

_LOOK_SECONDS = 0.2


@contextlib.contextmanager
def held(state: State, name: str, wait: float = 0.0, waiting: Callable[[str], None] = print) -> Iterator[None]:
    """Hold the deployment's lock while the block runs; the system lets go of it however the process ends.

    Parameters
    ----------
    wait
        Seconds to wait for another command to end.
    waiting
        Called once with whom it waits for.

    Raises
    ------
    LocalError
        Another command holds it.
    """
    path = state.directory / "lock"
    if path.is_dir():
        path.rmdir()
    deadline, told = time.monotonic() + wait, False
    with path.open("a+", encoding="utf-8", errors="replace") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                other = file.read().strip() or "it has not said which"
            if time.monotonic() >= deadline:
                advice = f"{name}, when it is done, or after: kill {other.rpartition('pid ')[2]}"
                raise LocalError(f"another command is at work here: {other}", next_command=advice)
            if not told:
                waiting(f"another command is at work here: {other}; waiting for it")
            told = True
            time.sleep(_LOOK_SECONDS)
        file.seek(0)
        file.truncate()
        file.write(f"{name}, pid {os.getpid()}")
        file.flush()
        yield
