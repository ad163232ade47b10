"""What is measured within one process: the proxy's own code, between a request's bytes and the bytes that it sends."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, cast

from benchmarks import payloads, services
from benchmarks.subjects import Ground
from lambdas.proxy.app import App
from lambdas.proxy.audit import record
from lambdas.proxy.audit.digest import Digests
from lambdas.proxy.audit.log import log
from lambdas.proxy.audit.record import Record
from lambdas.proxy.core import catalogue
from lambdas.proxy.core.team import Team
from lambdas.proxy.http.sse import Reader
from lambdas.proxy.ledger.ledger import Ledger
from lambdas.proxy.openai import chat
from lambdas.proxy.release.outbox import Outbox
from lambdas.proxy.release.verdict import Verdict
from lambdas.proxy.request.prepared import Prepared
from lambdas.proxy.runtime.loop import Invocation
from lambdas.proxy.services.credentials import from_environment
from lambdas.proxy.services.guardrail import Guardrail
from lambdas.proxy.services.kms import Kms
from lambdas.proxy.services.mantle import Upstream
from lambdas.proxy.services.s3 import Objects

__all__ = ["Inside", "inside"]

_LINES = 20  # requests whose lines are written in one measurement: each takes microseconds


@dataclass(slots=True)
class Inside:
    """Seconds; each list has an item for each round.

    Parameters
    ----------
    body, reference
        Handling the large request, and ``json.loads`` plus SHA-256 of its body.
    event
        Handling one event of a stream of reasoning and of usage, once it was cut out of the bytes.
    record, chain, digest
        Writing both lines of a small request, as links of the chain; what their being links takes of that; and making
        the digest that confirms the request, once its environment has its key.
    """

    body: list[float]
    reference: list[float]
    event: list[float]
    record: list[float]
    chain: list[float]
    digest: list[float]


class _Unguarded(Guardrail):
    def check(self, source: str, texts: Sequence[str], *_: Any, **__: Any) -> Verdict:
        del source
        return Verdict(None, [None] * len(texts))


class _Keys(Kms):
    """Gives an environment its key at once."""

    def mac(self, *_: Any, **__: Any) -> bytes:
        return b"k" * 32


class _Response:
    """An answer that is here already."""

    def __init__(self) -> None:
        self.status, self.headers = 200, [("content-type", "application/json")]
        self._data = services.completion()

    def header(self, name: str) -> str | None:
        del name
        return None

    def starting(self, prefix: str) -> list[tuple[str, str]]:
        del prefix
        return []

    def read(self, limit: int) -> bytes:
        del limit
        return self._data

    def close(self) -> None:
        """Do nothing."""


class _Client:
    """Takes the pieces of a request and answers at once."""

    def request(self, *_: Any, **__: Any) -> _Response:
        return _Response()


class _Reply:
    started = False

    def start(self, status: int, headers: object) -> None:
        del headers
        if status != 200:
            raise ValueError(f"the proxy answered {status}")

    def finish(self, data: bytes = b"") -> None:
        """Do nothing."""


def inside(ground: Ground, rounds: int = 30) -> Inside:
    """Measure, in turns."""
    models = catalogue.read((ground.task / "catalogue.json").read_bytes())
    team, keys = Team(ground.environment), from_environment(ground.environment)
    client: Any = _Client()
    called = _Unguarded(client, team, keys), Upstream(client, team, keys), Objects(client, team, keys)
    app = App(team, models, *called, Ledger(client, team, keys))
    body = payloads.picture()
    event = payloads.event(body)
    stream = list(_events())

    def handle() -> None:
        reply: Any = _Reply()
        with redirect_stdout(io.StringIO()):  # the record
            app(Invocation("bench", time.monotonic() + 100, "arn", event, False), reply)

    def refer() -> None:
        json.loads(body)
        hashlib.sha256(body).hexdigest()

    def relay() -> None:
        taker = chat.Events(Prepared(models[services.MODEL], "default"), Outbox())
        for data in stream:
            taker.take(data)

    def write() -> None:
        for _ in range(_LINES):
            lines._written = False
            lines.began(out)
            lines.write(out)

    def alone() -> None:
        chain, log.id = log.id, ""
        try:
            write()
        finally:
            log.id = chain

    digests = Digests(team, _Keys(client, team, keys))
    digests.prepare(time.monotonic() + 100)
    small = json.loads(payloads.chat())

    def confirm() -> None:
        for _ in range(_LINES):
            if digests.of("chat.completions", "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", small) is None:
                raise ValueError("there is no key, so nothing was measured")

    with redirect_stdout(io.StringIO()):
        log.begin({})
        app(
            Invocation("bench", time.monotonic() + 100, "arn", payloads.event(payloads.chat()), False),
            cast(Any, _Reply()),
        )
    lines, out = cast(Record, record._open), io.StringIO()
    found = Inside([], [], [], [], [], [])
    for _ in range(rounds):
        found.reference.append(_seconds(refer))
        found.body.append(_seconds(handle))
        found.event.append(_seconds(relay) / len(stream))
        found.record.append(_seconds(write) / _LINES)
        found.chain.append(found.record[-1] - _seconds(alone) / _LINES)
        found.digest.append(_seconds(confirm) / _LINES)
    return found


def _events() -> Iterator[bytes]:
    """The events of a long stream of reasoning, with usage in the end: none of them carries text for the client."""
    raw = b"".join(services.events(1000, 0))
    lines = b"".join(part for part in raw.split(b"\r\n") if part.startswith(b"data: "))
    yield from Reader().feed(lines)


def _seconds(what: Callable[[], None]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
