"""The execution environments of one function: as many as there are invocations at a time, up to a limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from local.door.deployed import Function
from local.door.invocation import FunctionError, Invocation
from local.door.sandbox import Place, Sandbox

MOST = 10
"""Environments at a time; further invocations wait."""


class Pool:
    """The environments of one version of a function."""

    def __init__(self, function: Function, place: Place, most: int = MOST) -> None:
        self.function = function
        self._place = place
        self._slots = asyncio.Semaphore(most)
        self._sandboxes: set[Sandbox] = set()
        self._closed = False

    @property
    def size(self) -> int:
        """Environments that are alive."""
        return sum(sandbox.alive for sandbox in self._sandboxes)

    @asynccontextmanager
    async def invoke(self, event: bytes) -> AsyncIterator[Invocation]:
        """Invoke the function; the environment is given back when the block is left and the function is done.

        Raises
        ------
        FunctionError
            When no environment could be started. Later failures come out of the invocation's pieces.
        """
        async with self._slots:
            sandbox = await self._environment()
            invocation = Invocation(event, self.function.timeout)
            await sandbox.invoke(invocation)
            try:
                yield invocation
            finally:
                invocation.leave()
                await self._release(sandbox)

    async def _environment(self) -> Sandbox:
        for sandbox in self._sandboxes:
            if sandbox.alive and not sandbox.busy:
                sandbox.busy = True
                return sandbox
        sandbox = Sandbox(self.function, self._place, self._sandboxes.discard)
        sandbox.busy = True
        self._sandboxes.add(sandbox)
        try:
            await sandbox.start()
        except BaseException:
            self._sandboxes.discard(sandbox)
            await sandbox.close()
            raise
        return sandbox

    async def _release(self, sandbox: Sandbox) -> None:
        """A function that runs on after its client has gone keeps its slot until it is done, as on Lambda."""
        await sandbox.idle.wait()
        if self._closed:
            await sandbox.close()

    async def close(self) -> None:
        """End all environments at once."""
        self._closed = True
        for sandbox in list(self._sandboxes):
            await sandbox.close()

    async def retire(self) -> None:
        """End the idle environments now, and the busy ones as they finish: a new version has taken over."""
        self._closed = True
        for sandbox in list(self._sandboxes):
            if not sandbox.busy:
                await sandbox.close()


__all__ = ["MOST", "FunctionError", "Pool"]
