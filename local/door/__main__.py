"""Starts the front door: `python -m local.door`.

Reads `CLOISTER_LOCAL` (the state directory) and `AWS_REGION`; ports come from `ports.json`, and what the functions
may reach from `hosts.json`, which the stand-ins write.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from local import ca, ports, quiet, root, shim
from local.door.authorize import Gate
from local.door.deployed import Account
from local.door.gateway import Gateway
from local.door.lambdas import Lambdas
from local.door.logs import Logs
from local.door.map import Map
from local.keys import Keys
from local.serving import serve
from local.state import State

_LONGEST_HEADER = 16 * 1024


async def run(state: State, region: str, stopped: asyncio.Event) -> None:
    """Serve until `stopped` is set.

    Parameters
    ----------
    state
        The state directory.
    region
        The deployment's Region.
    """
    chosen = ports.choose(state)
    account = Account(f"http://{ports.HOST}:{chosen['aws']}", region, root.key(state))
    keys = Keys(state.keys)
    logs = Logs(state.records, lambda: account.client("logs"))
    # Unpacked anew: what lies there may be of another run, or damaged.
    state.remove("functions")
    interpreter = shim.install(state.directory / "bin" / "python3", state.directory / "hosts.json")
    lambdas = Lambdas(account, keys, interpreter, ca.ensure(state), state.directory / "functions", logs, region)
    gateway = Gateway(
        Map(account),
        Gate(keys, lambdas),
        lambdas,
        lambda said: root.controls(state, said),
        lambda name: asyncio.to_thread(account.function, name),
    )
    runner = web.AppRunner(
        gateway.application(),
        access_log=None,
        logger=quiet.logger("door"),
        shutdown_timeout=0.2,
        handler_cancellation=True,  # a client that leaves is noticed at once, and so is the function
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
    )
    await runner.setup()
    sending = asyncio.create_task(logs.run())
    try:
        await web.TCPSite(runner, ports.HOST, chosen["door"]).start()
        await stopped.wait()
    finally:
        await runner.cleanup()
        await lambdas.close()
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        await asyncio.to_thread(logs.close)


if __name__ == "__main__":
    serve(run)
