"""One execution environment: a process of the function, taking one invocation at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.door.deployed import Function
from local.door.environment import command, variables
from local.door.invocation import FunctionError, Invocation
from local.door.runtime_api import RuntimeApi
from local.keys import Key

INIT_SECONDS = 10.0
"""Longest initialisation, as on Lambda."""

_END_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """What the environments of a function have in common.

    Parameters
    ----------
    code
        Directory of the unpacked package.
    interpreter
        The interpreter with the network of an isolated subnet.
    authority
        Certificate of the local CA.
    region
        The deployment's Region.
    key
        Gives credentials of the function's role.
    output
        Takes each line of output, with function and log stream.
    """

    code: Path
    interpreter: Path
    authority: Path
    region: str
    key: Callable[[], Awaitable[Key]]
    output: Callable[[Function, str, str], None]


class Sandbox:
    """An execution environment.

    Parameters
    ----------
    function
        The deployed function.
    place
        What its environments have in common.
    ended
        Called once, when the process is over.
    """

    def __init__(self, function: Function, place: Place, ended: Callable[[Sandbox], None]) -> None:
        self.function = function
        self.alive = True
        self.busy = False
        self.idle = asyncio.Event()
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        self._place = place
        self._ended = ended
        self._api = RuntimeApi(function.arn, self._next, self._finished, self._init_failed, self._pid)
        self._spawned = asyncio.Event()
        self._ready = asyncio.Event()
        self._waiting: asyncio.Queue[Invocation] = asyncio.Queue(1)
        self._current: Invocation | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._death = "Runtime.ExitError"
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the process and wait until it asks for its first event.

        Raises
        ------
        FunctionError
            When it does not get so far.
        """
        address = await self._api.listen()
        place = self._place
        environment = variables(
            self.function,
            place.code,
            await place.key(),
            region=place.region,
            runtime_api=address,
            log_stream=self.log_stream,
            authority=place.authority,
        )
        try:
            await self._spawn(environment)
            await asyncio.wait_for(self._ready.wait(), INIT_SECONDS)
        except TimeoutError:
            self.kill("Sandbox.InitTimedout")
        except OSError:
            self._over("Runtime.InvalidEntrypoint")
        if not self.alive:
            raise FunctionError(self._death)

    async def _spawn(self, environment: Mapping[str, str]) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *command(self.function, environment, self._place.interpreter),
            cwd=self._place.code,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            process_group=0,  # of its own, so that all of it can be ended; the session stays the door's
        )
        self._spawned.set()
        self._task(self._read(self._process))

    async def _pid(self) -> int:
        # The process may call before its start has been noted here.
        await asyncio.wait_for(self._spawned.wait(), INIT_SECONDS)
        return self._process.pid if self._process is not None else 0

    async def invoke(self, invocation: Invocation) -> None:
        """Hand the process an event. The answer comes through the invocation."""
        self.busy = True
        self.idle.clear()
        self._current = invocation
        await self._waiting.put(invocation)
        if not self.alive:
            self._settle()

    async def _next(self) -> Invocation:
        if self._current is not None and self._waiting.empty():
            # It asks for more without having answered: Lambda would have waited too.
            await self._current.end(FunctionError("Runtime.NoResponse"))
            self._finished(self._current)
        self._ready.set()
        invocation = await self._waiting.get()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.function.timeout, self.kill, "Sandbox.Timedout")
        return invocation

    def _finished(self, invocation: Invocation) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._current is invocation:
            self._current = None
        self.busy = False
        self.idle.set()

    def _init_failed(self, kind: str) -> None:
        self.kill(kind)

    def kill(self, reason: str = "Sandbox.Shutdown") -> None:
        """End the process and everything that it started."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        self._over(reason)

    async def close(self) -> None:
        """End the process and wait for its end."""
        self.kill()
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        for task in list(self._tasks):
            await asyncio.wait({task}, timeout=_END_SECONDS)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        rest = b""
        if process.stdout is not None:
            while chunk := await process.stdout.read(64 * 1024):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._line(line)
        if rest:
            self._line(rest)
        await process.wait()
        self._over("Runtime.ExitError")

    def _line(self, line: bytes) -> None:
        # awslambdaric writes a carriage return for a line end inside of a message.
        text = line.decode("utf-8", "replace").rstrip("\r")
        if text:
            self._place.output(self.function, self.log_stream, text)

    def _over(self, reason: str) -> None:
        if not self.alive:
            return
        self.alive = False
        self._death = reason
        self._ready.set()
        self.idle.set()
        self._settle()
        self._task(self._api.close())
        self._ended(self)

    def _settle(self) -> None:
        current = self._current
        if current is not None:
            self._task(current.end(FunctionError(self._death)))
            self._finished(current)

    def _task(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
