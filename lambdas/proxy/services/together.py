"""Running a few calls at once.

``_thread`` and ``_queue`` are what ``threading`` and ``queue`` are made of; those would be 2 ms more at cold start.
"""

from __future__ import annotations

from _queue import SimpleQueue
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    T = TypeVar("T")

#: Calls under way at once.
WIDTH = 4


def together(jobs: Sequence[Callable[[], T]], width: int = WIDTH) -> list[T]:
    """Return the results of some calls, in their order; the first failure, in that order, is raised.

    Once one has failed, those not yet begun are not begun.

    Examples
    --------
    >>> together([lambda: 1, lambda: 2])
    [1, 2]
    """
    if len(jobs) < 2:
        return [job() for job in jobs]
    results: dict[int, T] = {}
    failures: dict[int, BaseException] = {}
    waiting = iter(enumerate(jobs))
    lock = allocate_lock()
    done: SimpleQueue[None] = SimpleQueue()

    def work() -> None:
        try:
            while not failures:
                with lock:
                    at, job = next(waiting, (-1, None))
                if job is None:
                    return
                try:
                    results[at] = job()
                except BaseException as error:
                    failures[at] = error
        finally:
            done.put(None)

    others = min(width, len(jobs)) - 1
    for _ in range(others):
        start_new_thread(work, ())
    work()
    for _ in range(others + 1):
        done.get()
    if failures:
        raise failures[min(failures)]
    return [results[at] for at in range(len(jobs))]
