"""How a process of the embedded deployment ends: when it is told to, with everything closed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

from local.state import State

Run = Callable[[State, str, asyncio.Event], Awaitable[None]]
"""Serves for a state directory and a Region until the event is set."""


def serve(run: Run) -> None:
    """Serve until SIGTERM or SIGINT, in the Region that the environment names.

    Parameters
    ----------
    run
        What serves.

    Raises
    ------
    SystemExit
        ``AWS_REGION`` is not set.
    """
    os.umask(0o077)  # what is written here is for its owner
    region = os.environ.get("AWS_REGION")
    if not region:
        sys.exit("AWS_REGION is not set: what is served here belongs to the deployment of one Region")
    asyncio.run(_serve(run, region))


async def _serve(run: Run, region: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await run(State.find().make(), region, stopped)
