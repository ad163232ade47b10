"""A clock that stands still while anybody works, and jumps to whoever wakes next when all sleep."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from typing import Any


class VirtualTime:
    """Stands for the module ``time``, and for what starts threads and joins them.

    Threads that are started by it count as working until they sleep by it, wait for a `Queue` of it, or end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0.0
        self._working = 0
        self._sleeping: list[tuple[float, int, threading.Event]] = []
        self._count = 0

    def monotonic(self) -> float:
        """The seconds that have passed."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Sleep; nobody's real time is spent."""
        wake = threading.Event()
        with self._lock:
            self._count += 1
            heapq.heappush(self._sleeping, (self._now + max(0.0, seconds), self._count, wake))
            self.rest()
        assert wake.wait(60), "nobody wakes this thread"

    def start(self, work: Callable[..., object], arguments: tuple[Any, ...] = ()) -> threading.Thread:
        """Start a thread."""

        def run() -> None:
            try:
                work(*arguments)
            finally:
                with self._lock:
                    self.rest()

        with self._lock:
            self._working += 1
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def run(self, *jobs: Callable[[], object]) -> None:
        """Run some jobs at once, to their ends."""
        with self._lock:
            self._working += 1  # nobody is woken before all have begun
        threads = [self.start(job) for job in jobs]
        with self._lock:
            self.rest()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()

    def rest(self) -> None:
        """Stop to work, the lock being held."""
        self._working -= 1
        if not self._working and self._sleeping:
            self._now, _, wake = heapq.heappop(self._sleeping)
            self._working += 1
            wake.set()

    def queue(self) -> Queue:
        """Stands for a ``SimpleQueue``."""
        return Queue(self)


class Queue:
    """A queue; who waits for it does not work meanwhile."""

    def __init__(self, clock: VirtualTime) -> None:
        self._clock = clock
        self._items: deque[Any] = deque()
        self._waiting: deque[threading.Event] = deque()

    def put(self, item: object) -> None:
        """Add an item."""
        with self._clock._lock:
            self._items.append(item)
            if self._waiting:
                self._clock._working += 1
                self._waiting.popleft().set()

    def get(self) -> Any:
        """Take an item, when there is one."""
        wake = threading.Event()
        with self._clock._lock:
            if self._items:
                return self._items.popleft()
            self._waiting.append(wake)
            self._clock.rest()
        assert wake.wait(60), "nobody puts what this thread waits for"
        with self._clock._lock:
            return self._items.popleft()
