"""The deployed APIs as of now: read again when a stack has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from local import quiet
from local.door.deployed import Account, Api

_PAUSE = 1.0
"""Seconds between two looks at the stacks."""


class Map:
    """What is deployed, by API id.

    A change that did not come by CloudFormation is not noticed.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._apis: Mapping[str, Api] = {}
        self._seen = ""
        self._looked = -_PAUSE
        self._lock = asyncio.Lock()

    async def api(self, id: str) -> Api | None:
        """Give an API, or None when there is none with this id."""
        return (await self.all()).get(id)

    async def all(self) -> Mapping[str, Api]:
        """Give all APIs, looked up when the last look was over a second ago."""
        async with self._lock:
            if time.monotonic() - self._looked >= _PAUSE:
                try:
                    await asyncio.to_thread(self._look)
                except (BotoCoreError, ClientError) as problem:
                    # What is known is served on, as on AWS, where calls do not need the control plane.
                    quiet.say(f"the embedded AWS does not answer: {type(problem).__name__}")
                self._looked = time.monotonic()
        return self._apis

    def _look(self) -> None:
        now = self._account.fingerprint()
        if now != self._seen:
            self._apis = self._account.apis()
            self._seen = now
