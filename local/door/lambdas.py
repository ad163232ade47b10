"""The Lambda service in small: finds a function's environments, and makes them from what is deployed now."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from local.door import code
from local.door.deployed import Account, Function
from local.door.invocation import FunctionError, Invocation
from local.door.logs import Logs
from local.door.pool import Pool
from local.door.sandbox import Place
from local.keys import Key, Keys

_FRESH_SECONDS = 2700.0
"""How long a role's credentials are handed out; they are valid for an hour."""


class Lambdas:
    """Runs deployed functions.

    Parameters
    ----------
    account
        The embedded AWS.
    keys
        Where the credentials of the functions' roles are made known.
    interpreter, authority
        What the functions run on, and whom they trust.
    directory
        Where packages are unpacked.
    logs
        Where output goes.
    region
        The deployment's Region.
    """

    def __init__(
        self,
        account: Account,
        keys: Keys,
        interpreter: Path,
        authority: Path,
        directory: Path,
        logs: Logs,
        region: str,
    ) -> None:
        self._account = account
        self._keys = keys
        self._interpreter = interpreter
        self._authority = authority
        self._directory = directory
        self._logs = logs
        self._region = region
        self._pools: dict[str, Pool] = {}
        self._credentials: dict[str, tuple[float, Key]] = {}
        self._lock = asyncio.Lock()

    async def invoke(self, function: Function, event: bytes) -> AbstractAsyncContextManager[Invocation]:
        """Invoke a function: a context manager that gives the invocation.

        Parameters
        ----------
        function
            As it is deployed now; environments of another version are ended.
        event
            The event's JSON.

        Raises
        ------
        FunctionError
            So much of the function's output could not be written that it does not run until it has been.
        """
        if self._logs.stuck(function):
            # What it would do could not be recorded. What waits is not lost: it is written when there is room.
            if (stopped := self._pools.pop(function.name, None)) is not None:
                await stopped.retire()
            raise FunctionError("Sandbox.OutputNotWritten")
        async with self._lock:
            pool = self._pools.get(function.name)
            if pool is None or pool.function.version != function.version:
                if pool is not None:
                    await pool.retire()
                pool = self._pools[function.name] = Pool(function, await self._place(function))
        return pool.invoke(event)

    def sizes(self) -> dict[str, int]:
        """Environments alive, by function."""
        return {name: pool.size for name, pool in self._pools.items()}

    async def close(self) -> None:
        """End everything."""
        for pool in self._pools.values():
            await pool.close()

    async def _place(self, function: Function) -> Place:
        unpacked = await asyncio.to_thread(code.fetch, self._account, function, self._directory)

        async def key() -> Key:
            return await self._key(function)

        return Place(unpacked, self._interpreter, self._authority, self._region, key, self._logs.write)

    async def _key(self, function: Function) -> Key:
        made, key = self._credentials.get(function.role, (0.0, None))
        if key is None or time.monotonic() - made > _FRESH_SECONDS:
            found = await asyncio.to_thread(self._account.assume, function.role, function.name[:64])
            key = Key(
                access_key=found["AccessKeyId"],
                secret_key=found["SecretAccessKey"],
                session_token=found["SessionToken"],
                arn=found["Arn"],
                account=found["Arn"].split(":")[4],
                user_id=found["UserId"],
                role=function.role,
            )
            self._keys.add(key)
            self._credentials[function.role] = (time.monotonic(), key)
        return key
