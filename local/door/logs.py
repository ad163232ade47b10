"""Where the functions' output goes: a file for each function, and the log group on the embedded AWS."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import quiet
from local.door.deployed import Function
from local.door.records import Records
from review.words import many

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
        self._records: dict[str, Records] = {}
        self._waiting: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._streams: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def write(self, function: Function, stream: str, line: str) -> None:
        """Take a line: into the file at once, to CloudWatch soon."""
        self._records_of(function).add(line)
        with self._lock:
            events = self._waiting.setdefault((function.log_group, stream), [])
            if len(events) < _MOST_WAITING:
                events.append({"timestamp": int(time.time() * 1000), "message": line})

    def stuck(self, function: Function) -> bool:
        """Whether so much of a function's output could not be written that it must not run until it has been."""
        records = self._records_of(function)
        if records.stuck:
            records.retry()
        return records.stuck

    def _records_of(self, function: Function) -> Records:
        with self._lock:
            if function.name not in self._records:
                self._records[function.name] = Records(self._directory / f"{function.name}.log")
            return self._records[function.name]

    async def run(self) -> None:
        """Write and send what is waiting, for ever."""
        while True:
            await asyncio.sleep(_PAUSE)
            await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        """Write and send what is waiting, now. What fails waits on; it is said on stderr, without the lines."""
        with self._lock:
            records = list(self._records.values())
            taken, self._waiting = self._waiting, {}
        for file in records:
            file.retry()
        for place, events in taken.items():
            while events:
                try:
                    self._send(*place, events[:_MOST_EVENTS])
                except (BotoCoreError, ClientError, OSError) as problem:
                    quiet.say(f"log group {place[0]}: {type(problem).__name__}, waiting: {many(len(events), 'line')}")
                    with self._lock:
                        # The newest are left out when there are too many: the file has them all.
                        self._waiting[place] = [*events, *self._waiting.get(place, [])][:_MOST_WAITING]
                    break
                del events[:_MOST_EVENTS]

    def close(self) -> None:
        """Write and send what is waiting, for the last time; say what had to be left."""
        self.flush()
        for name, file in self._records.items():
            if file.waiting:
                quiet.say(f"{name}: {file.waiting} bytes of its output could not be written")

    def _send(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        client = self._client()
        if (group, stream) not in self._streams:
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(logGroupName=group, logStreamName=stream)
            self._streams.add((group, stream))
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
