"""Where the functions' output goes: a file for each function, and the log group on the embedded AWS."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.door.deployed import Function

_PAUSE = 0.3
_MOST_EVENTS = 500
_MOST_WAITING = 20_000


class Logs:
    """Takes lines of output.

    Parameters
    ----------
    directory
        Where the files are, one a function.
    client
        Makes a client of CloudWatch Logs.
    """

    def __init__(self, directory: Path, client: Callable[[], Any]) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._client = client
        self._waiting: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._streams: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def write(self, function: Function, stream: str, line: str) -> None:
        """Take a line: into the file at once, to CloudWatch soon."""
        with (self._directory / f"{function.name}.log").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        with self._lock:
            events = self._waiting.setdefault((function.log_group, stream), [])
            if len(events) < _MOST_WAITING:
                events.append({"timestamp": int(time.time() * 1000), "message": line})

    async def run(self) -> None:
        """Send what is waiting, for ever."""
        while True:
            await asyncio.sleep(_PAUSE)
            await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        """Send what is waiting, now. A failure is said on stderr, without the lines; the files have them."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        for (group, stream), events in taken.items():
            for start in range(0, len(events), _MOST_EVENTS):
                try:
                    self._send(group, stream, events[start : start + _MOST_EVENTS])
                except (BotoCoreError, ClientError) as problem:
                    sys.stderr.write(f"log group {group}: {type(problem).__name__}, {len(events)} lines not sent\n")
                    return

    def _send(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        client = self._client()
        if (group, stream) not in self._streams:
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(logGroupName=group, logStreamName=stream)
            self._streams.add((group, stream))
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
