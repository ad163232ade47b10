"""What is slow to make is made once in a run of the suite, for all of its worker processes.

It is kept in the run's own temporary folder: no run sees what another made, from what may have been other files.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["once"]


def once(factory: pytest.TempPathFactory, what: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that `make` filled, in this worker or another; whoever comes meanwhile waits.

    Parameters
    ----------
    factory
        pytest's own, which knows the run's folder.
    what
        All that decides what is made, but for the project's files, which are the same for the whole run.
    make
        Fills the folder, which is there and empty. What fails leaves nothing, and the next one tries again.
    """
    base = factory.getbasetemp()
    # A worker's folder lies in that of the run
    # (https://pytest-xdist.readthedocs.io/en/stable/how-to.html#making-session-scoped-fixtures-execute-only-once).
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = run / "shared" / hashlib.sha256(what.encode()).hexdigest()[:16]
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.with_suffix(".made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            folder.with_suffix(".made").touch()
    return folder
