"""The stand-ins of one Region, served from a thread of the test process, with an embedded AWS that is not there."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import httpx
import openai
import pytest
from aiohttp import web

from local import ca
from local.bedrock import control, model, server, voice
from local.bedrock.embedded import Embedded
from local.keys import Key, Keys
from local.state import State
from tests.local.bedrock.client import Loopback, Signed
from tests.waiting import LONG

T = TypeVar("T")
REGION = "us-east-1"
MANTLE = f"https://bedrock-mantle.{REGION}.api.aws"
KEY = Key(
    "ASIATEST", "secret", "session", "arn:aws:sts::000000000000:assumed-role/atlas/run", "000000000000", "AROA:run"
)


class Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and give its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def close(self) -> None:
        """Stop the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@dataclass
class Standins:
    """Running stand-ins and how to reach them."""

    state: State
    port: int
    control: control.Control
    keys: Keys
    region: str = REGION

    def transport(self) -> Loopback:
        return Loopback(self.state.directory / "ca.pem", dict.fromkeys(server.hosts(self.region), self.port))

    def http(self, key: Key | None = KEY, service: str = "bedrock-mantle") -> httpx.Client:
        auth = None if key is None else Signed(key, service, self.region)
        return httpx.Client(transport=self.transport(), auth=auth, timeout=LONG)

    def openai(self, **options: Any) -> openai.OpenAI:
        base = f"{MANTLE}/openai/v1"
        # The SDK's own HTTP library is httpx under another name; it takes this client all the same.
        http: Any = self.http()
        return openai.OpenAI(api_key="unused", base_url=base, http_client=http, max_retries=0, **options)


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    running = Loop()
    yield running
    running.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> State:
    state = State(tmp_path_factory.mktemp("state")).make()
    ca.issue(state, sorted({**server.hosts(REGION), **server.hosts("eu-west-1")}), "bedrock")
    return state


@pytest.fixture
def serve(loop: Loop, authority: State) -> Iterator[Callable[..., Standins]]:
    """Starts stand-ins: `serve(aws=…, model_url=…, region=…)`."""
    ends: list[Callable[[], Coroutine[Any, Any, None]]] = []

    async def start(aws: str, model_url: str | None, region: str) -> Standins:
        keys = Keys(authority.keys)
        keys.add(KEY)
        told = control.Control()
        session = aiohttp.ClientSession()
        engine = model.engine(session, model_url, "tiny") if model_url else voice.speak

        async def projects(name: str) -> bool:
            return name == "proj_atlas"

        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(authority.directory / "bedrock.pem", authority.directory / "bedrock.key")
        endpoints = server.Endpoints(region, keys, told, engine, projects, Embedded(session, aws, region, KEY))
        runner, port = await server.listen(endpoints.application(), 0, tls)

        async def end() -> None:
            await runner.cleanup()
            await session.close()

        ends.append(end)
        return Standins(authority, port, told, keys, region)

    def make(aws: str = "http://127.0.0.1:9", model_url: str | None = None, region: str = REGION) -> Standins:
        return loop.run(start(aws, model_url, region))

    yield make
    for end in ends:
        loop.run(end())


@pytest.fixture
def standins(serve: Callable[..., Standins]) -> Standins:
    """Stand-ins with the deterministic voice."""
    return serve()


@pytest.fixture
def listen(loop: Loop) -> Iterator[Callable[[web.Application], int]]:
    """Serves an application over plain HTTP on loopback, and gives its port."""
    runners: list[web.AppRunner] = []

    def start(app: web.Application) -> int:
        runner, port = loop.run(server.listen(app, 0))
        runners.append(runner)
        return port

    yield start
    for runner in runners:
        loop.run(runner.cleanup())
