"""A team's API on loopback that does what a test says, and a relay before it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from botocore.credentials import ReadOnlyCredentials

from client.api import Api
from client.credentials import Credentials
from client.relay import Relay

ROLE = ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE00", "secret/Key", "session+Token/==")
KEY = "relay-key"


class Role(Credentials):
    """A role's credentials, whatever the machine has."""

    def __init__(self) -> None:
        super().__init__(None)
        self.given: ReadOnlyCredentials = ROLE
        self.problem: Exception | None = None

    def now(self) -> ReadOnlyCredentials:
        if self.problem:
            raise self.problem
        return self.given


@dataclass
class Request:
    """What came to the API."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answers = Callable[[http.server.BaseHTTPRequestHandler], None]


@dataclass
class Upstream:
    """A team's API."""

    port: int
    requests: list[Request] = field(default_factory=list)
    answer: Answers | None = None


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """The API: it answers 200 with `{}`, or as `answer` does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.requests.append(Request(self.command, self.path, dict(self.headers.items()), body))
            if found.answer:
                found.answer(self)
                return
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            """Write no access log."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Upstream(server.server_port)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture
def role() -> Role:
    return Role()


@pytest.fixture(params=["token"])
def relay(request: pytest.FixtureRequest, upstream: Upstream, role: Role) -> Iterator[Relay]:
    """A relay before the API, of the access that a test asks for."""
    called = Api(f"http://127.0.0.1:{upstream.port}/a1b2c3d4e5/v1", "a1b2c3d4e5", "us-east-1", request.param)
    with Relay(0, called, role, KEY) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
