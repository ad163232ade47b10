"""A function that is watched: who says what to it, and everything that it writes, sorted by who may read it."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from lambdas.proxy.audit.log import log
from lambdas.proxy.audit.signing import Signing
from lambdas.proxy.runtime import loop
from lambdas.proxy.runtime.loop import Invocation
from lambdas.proxy.services.credentials import Credentials
from lambdas.proxy.services.kms import Kms
from tests.canary import Canary, Finder, Found, made
from tests.waiting import until

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import BIG, DYNAMODB, KMS, MANTLE, RUNTIME, S3, SMALL, Collected, World, world

#: How many requests in turn have canaries of their own: what one leaves behind is seen in the answers to the others.
TURNS = 4
CANARIES = tuple(made(f"turn {turn}") for turn in range(TURNS))
PRINCIPAL = "arn:aws:sts::123456789012:assumed-role/atlas-developer/someone"
ID = "5f0c1c3e-7b61-41e6-9a41-93e8deadbeef"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SETTINGS: dict[str, Any] = {
    "CLOISTER_IMAGES": "pictures/atlas/,others",
    "CLOISTER_PRICES": {
        "models": {BIG: {"default": [140, 400], "flex": [70, 200]}, SMALL: {"default": [40, 80], "flex": [20, 40]}},
        "guardrail": {"content": 0, "words": 0},
    },
    "CLOISTER_BUDGET": {"month": 10**15},
    "CLOISTER_LEDGER_TABLE": "ledger",
    "CLOISTER_SIGNING_KEY": KEY,
    "CLOISTER_DIGEST_KEY": KEY,
}
_CRLF = b"\r\n"


def signing(peer: Peer, request: Request) -> None:
    """AWS KMS, as far as anybody reads what it signs and makes."""
    del request
    made = {"Signature": b"signature", "Mac": bytes(range(32))}
    peer.reply(json.dumps({name: base64.b64encode(value).decode() for name, value in made.items()}).encode())


class Watched:
    """The function of a team, and what it wrote.

    Attributes
    ----------
    here
        Its services.
    errors
        Types of the errors that requests have ended in.
    """

    def __init__(self, here: World) -> None:
        self.here = here
        self.turn = 0
        self.asked = 0
        self.opened: list[str] = []
        self.under_way: list[None] = []  # one for each thread of the function's
        here.kms = signing
        team = here.app._team
        # The one place that a text may rest in, of a team that has asked for it; for any other team there is none.
        self.archive = f"{team.archive[0]}.{S3}" if team.archive else None
        kms = Kms(here.client, team, Credentials("AKIDEXAMPLE", "secret", "token"))
        whose = {"deployment": "Cloister", "team": "atlas", "function_version": "1", "log_stream": "s"}
        self.signing = Signing(log, team, kms, whose)
        self.finder = Finder()
        for turn, canary in enumerate(CANARIES):
            self.finder.add(f"{turn} word", canary.word)
            self.finder.add(f"{turn} text", canary.text)
        self._written = io.StringIO()
        # What a turn's own canary may be in: answers to it, and calls made for it.
        self._answers: list[list[bytes]] = [[] for _ in CANARIES]
        self._calls: list[list[bytes]] = [[] for _ in CANARIES]
        self._nobodys: list[bytes] = []  # what none may be in
        self._seen = 0

    def start(self, what: Callable[..., None], arguments: tuple[Any, ...] = ()) -> int:
        """Start a thread, and know of its end."""

        def run() -> None:
            try:
                what(*arguments)
            finally:
                self.under_way.pop()

        self.under_way.append(None)
        return start_new_thread(run, ())

    @property
    def canary(self) -> Canary:
        """Of this turn."""
        return CANARIES[self.turn]

    def next(self) -> Canary:
        """Begin another turn."""
        self.turn = (self.turn + 1) % TURNS
        return self.canary

    def call(self, method: str, path: str, body: object = None, *, seconds: float = 30, **event: Any) -> Collected:
        """Make a request of this turn; ``event`` is put over what API Gateway's event has."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        whole = {
            "httpMethod": method,
            "path": path,
            "headers": {},
            "body": None if raw is None else raw.decode("utf-8", "surrogateescape"),
            "isBase64Encoded": False,
            "requestContext": {"requestId": ID, "identity": {"userArn": PRINCIPAL}},
            **event,
        }
        return self.invoke(json.dumps(whole).encode(), seconds=seconds)

    def invoke(self, event: bytes, *, seconds: float = 30, reply: Collected | None = None) -> Collected:
        """Hand an event over, as the runtime does, and take note of all that follows."""
        self.asked += 1
        if self.asked % 16 == 0:
            self.finder.hashed(f"{self.turn} event", event)
        found = reply or Collected()
        invocation = Invocation(f"{self.asked:08x}{ID[8:]}", time.monotonic() + seconds, "arn", event, False)
        with self.writing():
            try:
                self._run(invocation, found)
                self.signing.settle(time.monotonic() + seconds)
            except Exception as error:  # which ends the process
                loop.uncaught(error)
        until(lambda: not self.under_way)  # what its threads do belongs to this turn
        self._heard()
        head = f"{found.status} {json.dumps(found.headers)}".encode()
        self._answers[self.turn] += [head, found.body]
        for request in self.here.server.requests[self._seen :]:
            self._sort(request)
        self._seen = len(self.here.server.requests)
        return found

    def _heard(self) -> None:
        """Wait until the services have read all that was sent to them in this turn, whoever has left meanwhile."""
        server, idle = self.here.server, self.here.client._idle
        kept = {connection._sock for some in idle.values() for connection in some}
        for sock in list(server.dialled):
            if sock not in kept:  # a crash may have left it open
                sock.close()
        ports = {sock.getsockname()[1] for sock in kept}
        until(lambda: server.served <= ports, "a service still reads what was sent to it")

    def _run(self, invocation: Invocation, reply: Collected) -> None:
        try:
            self.here.app(invocation, reply)  # type: ignore[arg-type]  # it has the part of Reply that is used
        except Exception as error:
            loop.report("invocation", error, invocation.request_id)

    def _sort(self, request: Request) -> None:
        """Put what a call says where it may be said: the closed list is in ``docs/canary.md``."""
        host = request.headers["host"]
        line = f"{request.method} {request.path}".encode()
        head = "\n".join(f"{name}: {value}" for name, value in request.headers.items()).encode()
        mine = self._calls[self.turn]
        if host in (MANTLE, RUNTIME) or (request.method == "PUT" and host == self.archive):
            mine.append(request.body)
            self._nobodys += [line, head]
        elif host.endswith(S3):
            mine.append(line)
            self._nobodys += [head, request.body]
        else:
            assert host in (DYNAMODB, KMS), f"{host} is called, and nothing says what it may be told"
            self._nobodys += [line, head, request.body]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Take note of what is written meanwhile."""
        with redirect_stdout(self._written), redirect_stderr(self._written):
            yield

    def lines(self) -> list[dict[str, Any]]:
        """Every line that was written."""
        return [json.loads(line) for line in self._written.getvalue().splitlines()]

    def leaks(self) -> list[Found]:
        """Everything that stands where it may not."""
        found = list(self.finder.search(self._written.getvalue().encode("utf-8", "surrogateescape"), "log"))
        found += self.finder.search(_CRLF.join([*self._nobodys, *(path.encode() for path in self.here.looks)]), "heads")
        found += self.finder.search(json.dumps(self.here.memory.items).encode(), "table")
        found += self.finder.search(repr(dict(os.environ)).encode(), "environment")
        found += self.finder.search("\n".join(self.opened).encode(), "files")
        for place, turns in (("answers", self._answers), ("calls", self._calls)):
            for turn, pieces in enumerate(turns):
                of = self.finder.search(_CRLF.join(pieces), f"{place} of turn {turn}")
                found += [each for each in of if not each.label.startswith(f"{turn} ")]
        return found


_listening: list[Watched] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what leaves the process by another way than a socket or its output; an audit hook stays for good."""
    if not _listening:
        return
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _listening[-1].opened.append(f"open {arguments[0]!r}")
    elif event.startswith(("subprocess.", "os.", "tempfile.", "shutil.", "syslog.")) and event not in _HARMLESS:
        _listening[-1].opened.append(f"{event} {arguments!r}")


_HARMLESS = frozenset(("os.listdir", "os.scandir", "os.walk"))
sys.addaudithook(_listen)


@contextmanager
def watched(authority: Authority, **changes: Any) -> Iterator[Watched]:
    """A function that is watched, with a chain of its own; ``changes`` to its team's document."""
    settings = {name: value for name, value in {**SETTINGS, **changes}.items() if value is not None}
    with world(authority, **settings) as here:
        one = Watched(here)
        before = vars(log).copy()
        with redirect_stdout(one._written):
            log.begin({"deployment": "Cloister", "team": "atlas", "function_version": "1", "log_stream": "s",
                       "code": None, "chained": "signed", "key": KEY})  # fmt: skip
            here.app.warm()
            until(lambda: here.app._upstream.retention.mode == "none")
        _listening.append(one)
        changed = [module for name, module in sys.modules.items() if name.startswith("lambdas.proxy.")]
        changed = [module for module in changed if vars(module).get("start_new_thread") is start_new_thread]
        for module in changed:
            vars(module)["start_new_thread"] = one.start
        hook, sys.unraisablehook = sys.unraisablehook, loop._unraisable  # as the runtime does
        try:
            yield one
        finally:
            sys.unraisablehook = hook
            for module in changed:
                vars(module)["start_new_thread"] = start_new_thread
            _listening.remove(one)
            vars(log).update({name: before[name] for name in ("id", "start", "seq", "hash")})
