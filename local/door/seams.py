"""What the gateway needs of the two services behind it, so that either can be tried without the other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from local.door.deployed import Api, Function
from local.door.invocation import Invocation


class Deployed(Protocol):
    """The deployed APIs."""

    async def api(self, id: str) -> Api | None:
        """Give an API, or None when there is none with this id."""

    async def all(self) -> Mapping[str, Api]:
        """Give all APIs, by their ids."""


class Functions(Protocol):
    """The Lambda service."""

    async def invoke(self, function: Function, event: bytes) -> AbstractAsyncContextManager[Invocation]:
        """Invoke a function: a context manager that gives the invocation."""

    def sizes(self) -> dict[str, int]:
        """Execution environments alive, by function."""
