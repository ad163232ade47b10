"""Starts the stand-ins: `python -m local.bedrock`.

Reads `CLOISTER_LOCAL` (the state directory), `AWS_REGION`, and `LOCAL_MODEL_URL` with `LOCAL_MODEL_NAME`
and, where they are needed, `LOCAL_MODEL_KEY` and `LOCAL_MODEL_STOP`, a JSON list. Once it
listens it writes `hosts.json`, by which the functions' interpreter finds it, and `control` into `ports.json`.
"""

from __future__ import annotations

import asyncio
import os
import ssl

import aiohttp

from local import ca, ports, root
from local.bedrock import control, model, server, voice
from local.bedrock.embedded import Embedded
from local.bedrock.projects import Projects
from local.keys import Keys
from local.serving import serve
from local.state import State


async def run(state: State, region: str, stopped: asyncio.Event) -> None:
    """Serve until `stopped` is set.

    Parameters
    ----------
    state
        The state directory; the ports in it are used, and the files named above written.
    region
        The Region that the endpoints stand in.
    """
    chosen = ports.choose(state)
    aws = f"http://{ports.HOST}:{chosen['aws']}"
    names = server.hosts(region)
    certificate, key = ca.issue(state, sorted(names), "bedrock")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    told = control.Control()
    async with aiohttp.ClientSession() as session:
        url = os.environ.get("LOCAL_MODEL_URL")
        engine = model.from_environment(session, os.environ) if url else voice.speak
        owner = root.key(state)
        projects = Projects(aws, region, owner)
        embedded = Embedded(session, aws, region, owner)
        door = f"http://{ports.HOST}:{chosen['door']}"
        endpoints = server.Endpoints(region, Keys(state.keys), told, engine, projects, embedded, door)
        main_runner, port = await server.listen(endpoints.application(), chosen["bedrock"], tls)
        stored = state.read("ports.json") or {}
        admin_runner, admin = await server.listen(control.application(told, state), int(stored.get("control", 0)))
        try:
            state.write("ports.json", {**stored, "control": admin})
            state.write("hosts.json", {name: [ports.HOST, port] for name in names})
            await stopped.wait()
        finally:
            await admin_runner.cleanup()
            await main_runner.cleanup()


if __name__ == "__main__":
    serve(run)
