"""Functions written for a test, run as the door runs deployed ones: real processes, real Runtime API, real sockets."""

from __future__ import annotations

import asyncio
import json
import textwrap
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web

from local import ca, root, shim
from local.door import sandbox
from local.door.authorize import Gate
from local.door.deployed import Api, Authorizer, Function
from local.door.gateway import Gateway
from local.door.invocation import FunctionError
from local.door.pool import Pool
from local.door.sandbox import Place
from local.keys import Key, Keys
from local.state import State
from tests.waiting import LONG

T = TypeVar("T")
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
ROLE = Key("ASIAROLE", "s", "t", "arn:aws:sts::000000000000:assumed-role/fn/fn", "000000000000")
CALLER = Key("ASIACALLER", "s", "t", "arn:aws:sts::000000000000:assumed-role/team/dev", "000000000000", "AROA:dev")

# A runtime of its own, as the proxy has one: each reply is streamed in API Gateway's form.
STREAMER = """
    import http.client, json, os, sys, time

    def serve(answer):
        api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        while True:
            api.request("GET", "/2018-06-01/runtime/invocation/next")
            got = api.getresponse()
            id, event = got.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(got.read())
            out = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
            out.putrequest("POST", f"/2018-06-01/runtime/invocation/{id}/response")
            out.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
            out.putheader("Transfer-Encoding", "chunked")
            out.putheader("Trailer", "Lambda-Runtime-Function-Error-Type")
            out.endheaders()
            trailer = b""
            try:
                for piece in answer(event):
                    out.send(b"%x\\r\\n%s\\r\\n" % (len(piece), piece))
            except ValueError as failed:
                trailer = b"Lambda-Runtime-Function-Error-Type: Runtime.Broken\\r\\n"
            except OSError:
                print("client gone", flush=True)
                continue
            out.send(b"0\\r\\n" + trailer + b"\\r\\n")
            out.getresponse().read()
            out.close()

    HEAD = json.dumps({"statusCode": 201, "headers": {"X-Kind": "test"}, "cookies": ["a=1", "b=2"]}).encode() + bytes(8)
"""


HEAD_OF_ALL = json.dumps(
    {"statusCode": 201, "headers": {"X-Kind": "test"}, "cookies": ["a=1", "b=2"]}
).encode() + bytes(8)
"""The metadata that the streamers' `HEAD` holds."""


class Static:
    """The APIs of a test, in place of those read from the embedded AWS."""

    def __init__(self) -> None:
        self.apis: dict[str, Api] = {}

    async def api(self, id: str) -> Api | None:
        return self.apis.get(id)

    async def all(self) -> dict[str, Api]:
        return self.apis


class Workshop:
    """Makes functions, runs them, and puts APIs in front of them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.keys = Keys(state.keys)
        self.keys.add(CALLER)
        self.lines: list[str] = []
        self.deployed = Static()
        self.pools: dict[str, Pool] = {}
        (state.directory / "hosts.json").write_text("{}")
        self._interpreter = shim.install(state.directory / "bin" / "python3", state.directory / "hosts.json")
        self._authority = ca.ensure(state)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner: web.AppRunner | None = None
        self.gate = Gate(self.keys, self)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the door's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def function(self, name: str, source: str, *, timeout: int = 60, most: int = 10, **environment: str) -> Function:
        """Make a managed Python function whose handler is `handler` in this source."""
        code = self.state.directory / name
        code.mkdir()
        (code / "code.py").write_text(textwrap.dedent(source))
        return self._add(name, code, timeout, most, environment)

    def streamer(self, name: str, answer: str, *, timeout: int = 60, most: int = 10) -> Function:
        """Make a function with a runtime of its own, whose replies are what the generator `answer(event)` yields."""
        code = self.state.directory / name
        code.mkdir()
        (code / "own.py").write_text(textwrap.dedent(STREAMER) + textwrap.dedent(answer) + "\nserve(answer)\n")
        wrapper = code / "bootstrap"
        wrapper.write_text('#!/bin/sh\nexec "$1" -S "$LAMBDA_TASK_ROOT/own.py"\n')
        wrapper.chmod(0o755)
        return self._add(name, code, timeout, most, {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"})

    def _add(self, name: str, code: Path, timeout: int, most: int, environment: dict[str, str]) -> Function:
        function = Function(
            name, ARN + name, "code.handler", "python3.13", ROLE.arn, timeout, 512, environment, name, f"/logs/{name}"
        )

        async def key() -> Key:
            return ROLE

        def output(_function: Function, _stream: str, line: str) -> None:
            self.lines.append(line)

        place = Place(code, self._interpreter, self._authority, "us-east-1", key, output)
        self.pools[name] = Pool(function, place, most)
        return function

    async def invoke(self, function: Function, event: bytes) -> Any:
        """What the gate and the gateway call."""
        return self.pools[function.name].invoke(event)

    def sizes(self) -> dict[str, int]:
        return {name: pool.size for name, pool in self.pools.items()}

    def call(self, function: Function, event: Any) -> bytes:
        """Invoke a function and give its whole response."""

        async def work() -> bytes:
            async with self.pools[function.name].invoke(json.dumps(event).encode()) as invocation:
                return b"".join([piece async for piece in invocation.pieces()])

        return self.run(work())

    def failure(self, function: Function, event: Any = None) -> str:
        """Invoke a function that fails, and give the kind of failure."""
        with pytest.raises(FunctionError) as failed:
            self.call(function, event)
        return failed.value.kind

    def api(self, function: Function, authorizer: Function | None = None, **more: Any) -> Api:
        """Put an API in front of a function."""
        invoke = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "execute-api:Invoke", "Resource": "*"}
        values: dict[str, Any] = {
            "id": "abc123",
            "account": "000000000000",
            "region": "us-east-1",
            "stage": "v1",
            "resource_id": "res",
            "resource_path": "/{proxy+}",
            "authorization": "CUSTOM" if authorizer else "AWS_IAM",
            "authorizer": Authorizer(authorizer, 300, "Authorization") if authorizer else None,
            "function": function,
            "streaming": True,
            "policy": {"Statement": [invoke]},
            "endpoint": "vpce-1",
            "responses": {},
        }
        api = Api(**{**values, **more})
        self.deployed.apis[api.id] = api
        return api

    def serve(self) -> str:
        """Open the door, and give the base URL of its root."""

        async def start() -> int:
            gateway = Gateway(self.deployed, self.gate, self, lambda said: root.controls(self.state, said))
            self._runner = web.AppRunner(
                gateway.application(),
                access_log=None,
                handler_cancellation=True,
                shutdown_timeout=0.1,
                max_line_size=16384,
                max_field_size=16384,
            )
            await self._runner.setup()
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
            return int(self._runner.addresses[0][1])

        return f"http://127.0.0.1:{self.run(start())}"

    def close(self) -> None:
        """End the door and every environment."""

        async def end() -> None:
            if self._runner is not None:
                await self._runner.cleanup()
            for pool in self.pools.values():
                await pool.close()
            await asyncio.sleep(0.05)

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A workshop, closed afterwards; an environment has all the time to start that this machine takes."""
    monkeypatch.setattr(sandbox, "INIT_SECONDS", LONG)
    made = Workshop(State(tmp_path).make())
    yield made
    made.close()
