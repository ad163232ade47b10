"""What is asked of the machine: a core for each side, and what a process has used."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

__all__ = ["GENERATOR", "SUBJECT", "cpu", "memory", "on", "pinned"]

_CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
#: The core of what is measured, and that of the load generator and the services.
SUBJECT, GENERATOR = (_CORES[0], _CORES[1]) if len(_CORES) > 1 else (None, None)
#: Whether the two sides run on cores of their own.
pinned = SUBJECT is not None


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """Run on one core; a process that is started meanwhile stays on it."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used, ended threads included."""
    if sys.platform == "linux":
        # The process's own clock, in nanoseconds (CPUCLOCK_SCHED, include/linux/posix-timers.h); /proc counts in 10 ms.
        return time.clock_gettime((~pid << 3) | 2)
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def memory(pid: int) -> float:
    """Return the megabytes of memory that a process holds now."""
    return psutil.Process(pid).memory_info().rss / 1e6
