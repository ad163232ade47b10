"""An execution environment: the packaged function as a process, under a Lambda Runtime API of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import LONG

from ..world import PRINCIPAL, RUNTIME, World, ask, chat
from ..world import environment as variables
from .authority import Authority
from .package import built, unpack
from .runtime_server import Answer, RuntimeServer

#: Leads the names to the tests' servers, as the front door does (``*`` is any other name of AWS's), and shortens the
#: waits between attempts.
_SHIM = """
import socket, sys
ports, root = {ports!r}, {root!r}
real = socket.create_connection
def connect(address, *rest, **more):
    name = address[0].decode()
    port = ports.get(name) or (ports["*"] if name.endswith(".amazonaws.com") else None)
    if port == "nowhere":
        raise socket.gaierror(socket.EAI_NONAME, "not known")
    return real(("127.0.0.1", int(port)) if port else address, *rest, **more)
socket.create_connection = connect
sys.path.insert(0, root)
from proxy.__main__ import build, serve
from proxy.services import backoff
backoff.FIRST = 0.01
{before}
serve(build)
"""


def invocation(path: str, body: bytes | dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    """An event of API Gateway's."""
    return {
        "httpMethod": "POST",
        "path": path,
        "headers": {},
        "body": json.dumps(body) if isinstance(body, dict) else body.decode("latin-1"),
        "requestContext": {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "authorizer": {"principal": PRINCIPAL}},
        **changes,
    }


class Environment:
    """A running function.

    Attributes
    ----------
    api
        The Runtime API that it asks.
    process
        Itself.
    """

    def __init__(self, api: RuntimeServer, process: subprocess.Popen[bytes], output: Path) -> None:
        self.api = api
        self.process = process
        self._output = output

    def invoke(
        self,
        path: str,
        *,
        stream: bool = False,
        seconds: float = 30,
        request: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Answer:
        """Ask for something that the model answers, or for ``request``; ``changes`` to the event."""
        make = ask if path == "/responses" else chat
        asked = (request or make("Hi")) | ({"stream": True} if stream else {})
        return self.api.invoke(invocation(path, asked, **changes), seconds=seconds)

    def records(self) -> list[dict[str, Any]]:
        """The audit records so far."""
        return [line for line in self.lines() if line["record"] == "inference"]

    def lines(self) -> list[dict[str, Any]]:
        """All that was written so far; the last line may be under way."""
        return [json.loads(line) for line in self._output.read_text().splitlines(keepends=True) if line[-1] == "\n"]

    def record_count(self) -> int:
        """How many audit records there are, once the function waits for its next invocation."""
        assert self.api.idle.wait(LONG), "the function does not come back"
        return len(self.records())

    def records_after(self, before: int) -> list[dict[str, Any]]:
        """The audit records that came since."""
        self.record_count()
        return self.records()[before:]

    def descriptors(self) -> int:
        """Open files of the process."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def threads(self) -> int:
        """Threads of the process."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def resident(self) -> int:
        """Bytes of memory that the process has."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the process has ended")


@contextmanager
def running(
    here: World,
    authority: Authority,
    root: Path,
    *,
    mantle: str | None = None,
    s3: str | None = None,
    before: str = "",
    cwd: str | None = None,
    errors: str = "retention",
    **changes: Any,
) -> Iterator[Environment]:
    """Start one, and end it; lines of no other kinds than ``errors`` may be on its standard error.

    Parameters
    ----------
    here
        Its guardrail and its model endpoint.
    root
        An empty folder.
    mantle, s3
        Another port for the model endpoint or S3, or ``nowhere`` for a name that does not resolve.
    before
        Code that runs in the process when everything is imported, before it serves.
    cwd
        Its working folder.
    errors
        Kinds of lines, with spaces between.
    changes
        To its environment.
    """
    unpack(built(), root)
    port = str(here.server.port)
    ports = {RUNTIME: port, "bedrock-mantle.us-east-1.api.aws": mantle or port, "*": s3 or port}
    with RuntimeServer() as api, (root / "out").open("wb") as out, (root / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", _SHIM.format(ports=ports, root=str(root), before=before)],
            env={
                **variables(**changes),
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_SESSION_TOKEN": "token",
                "LAMBDA_TASK_ROOT": str(root),
                "SSL_CERT_FILE": str(authority.path),
                "PATH": os.defpath,
            },
            stdout=out,
            stderr=err,
            cwd=cwd,
        )
        try:
            assert api.idle.wait(LONG), (root / "err").read_text()
            yield Environment(api, process, root / "out")
        finally:
            process.kill()
            process.wait(LONG)
    # Where the model endpoint is not there, that its retention could not be read is all that may be said.
    said = [json.loads(line) for line in (root / "err").read_text().splitlines()]
    assert all(line["record"] in errors.split() for line in said), said
