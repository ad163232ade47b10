"""One invocation on its way through: the event in, the response out, piece by piece."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

_AHEAD = 64
"""Chunks that may wait for a slow client before the function is made to wait."""


class FunctionError(Exception):
    """The invocation failed: the function said so, died, or ran out of time.

    Attributes
    ----------
    kind
        Such as `Function.Timeout`, or what the runtime reported.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass
class Invocation:
    """An invocation.

    Parameters
    ----------
    event
        The event's JSON.
    timeout
        Seconds that the function may take from the moment it is given the event.
    """

    event: bytes
    timeout: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    streaming: bool = False
    _pieces: asyncio.Queue[bytes | FunctionError | None] = field(default_factory=lambda: asyncio.Queue(_AHEAD))
    _over: bool = False
    _hang_up: Callable[[], None] | None = None
    gone: bool = False

    def deadline(self) -> int:
        """Milliseconds since the epoch at which the time is over, counted from now."""
        return int((time.time() + self.timeout) * 1000)

    async def put(self, data: bytes) -> None:
        """Take a piece of the response, waiting while the client is slow."""
        if not self.gone and data:
            await self._pieces.put(data)

    async def end(self, error: FunctionError | None = None) -> None:
        """Take the end of the response; only the first end counts."""
        if not self._over:
            self._over = True
            self._hang_up = None
            if not self.gone:
                await self._pieces.put(error)

    def on_leave(self, hang_up: Callable[[], None] | None) -> None:
        """Set what breaks the function's response connection when the client has gone."""
        self._hang_up = hang_up
        if self.gone and hang_up is not None:
            hang_up()

    def leave(self) -> None:
        """The client has gone: nobody reads any more, and the function is to notice it."""
        self.gone = True
        while not self._pieces.empty():
            self._pieces.get_nowait()
        if self._hang_up is not None:
            self._hang_up()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Give the response as it comes.

        Raises
        ------
        FunctionError
            When the response does not end well.
        """
        while (piece := await self._pieces.get()) is not None:
            if isinstance(piece, FunctionError):
                raise piece
            yield piece
