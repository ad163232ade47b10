"""Guarantees: whatever ends a request leaves its record, or, if nobody could write one, that it began."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lambdas.proxy.audit import record as audit

from ..support import environment, runtime_server
from ..support.authority import Authority
from ..support.environment import Environment, running
from ..support.faults import right
from ..support.tls_server import Peer, Request
from ..world import MANTLE, World, chat, world

#: Seconds that nothing here needs on any machine, and that a test would wait for if something did not come.
LONG = 60


class Holding(runtime_server.RuntimeServer):
    """Takes every byte of a reply, and does not say that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def _stream(self, sock: Any, file: Any, answer: runtime_server.Answer) -> None:
        super()._stream(sock, file, answer)
        answer.complete.set()
        self.release.wait(LONG)


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        made.mantle = right
        yield made


def lines(one: Environment, kind: str) -> list[dict[str, Any]]:
    return [line for line in one.lines() if line["record"] == kind]


def until(there: Callable[[], bool]) -> None:
    """Wait for something that comes in its own time."""
    last = time.monotonic() + LONG
    while not there():
        assert time.monotonic() < last, "it does not come"
        time.sleep(0.02)


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_that_lambda_does_not_acknowledge_has_its_record_before_the_deadline(
    authority: Authority, here: World, tmp_path: Path, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "RuntimeServer", Holding)
    with running(here, authority, tmp_path) as one:
        answer = one.invoke("/chat/completions", stream=stream, seconds=5)
        assert answer.complete.wait(LONG)
        until(lambda: bool(lines(one, "inference")))
        (record,) = lines(one, "inference")
        assert (record["status"], record["error"]) == (499, "client_closed")
        assert record["duration_ms"] < 5000, "before Lambda ends the process"
        one.api.release.set()  # type: ignore[attr-defined]  # it is one of those above


def stalled(started: threading.Event, release: threading.Event) -> Callable[[Peer, Request], None]:
    """A model that begins to answer, and goes on when it is told to."""

    def serve(peer: Peer, _: Request) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        started.set()
        release.wait(LONG)

    return serve


@pytest.mark.parametrize(
    ("number", "records"), [(signal.SIGTERM, ["terminated"]), (signal.SIGKILL, []), (signal.SIGSEGV, [])]
)
def test_a_process_that_is_ended_leaves_a_record_or_that_the_request_began(
    authority: Authority, here: World, tmp_path: Path, number: signal.Signals, records: list[str]
) -> None:
    started, release = threading.Event(), threading.Event()
    here.mantle = stalled(started, release)
    with running(here, authority, tmp_path) as one:
        one.invoke("/chat/completions", stream=True)
        assert started.wait(LONG)
        one.process.send_signal(number)
        assert one.process.wait(LONG) != 0
        release.set()
        assert [record["error"] for record in lines(one, "inference")] == records
        (began,) = lines(one, "began")
    assert (began["request_id"], began["route"], began["team"]) == (
        "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "chat.completions",
        "atlas",
    )


#: Hears SIGTERM from the second on, as if the first had come while the process was on its way into a call that waits.
OVERLOOKING = """
import signal
from proxy.runtime import loop
listen, heard = loop._listen, []
def overlook(interrupted):
    listen(interrupted)
    handler = signal.getsignal(signal.SIGTERM)
    def second(*args):
        heard.append(args)
        if len(heard) > 1:
            handler(*args)
    signal.signal(signal.SIGTERM, second)
loop._listen = overlook
"""


def test_sigterm_that_python_overlooks_as_it_begins_to_wait_is_heard(
    authority: Authority, here: World, tmp_path: Path
) -> None:
    with running(here, authority, tmp_path, before=OVERLOOKING) as one:
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(LONG) == 128 + signal.SIGTERM


def test_what_keeps_the_process_past_its_deadline_is_written_down_before_it(
    authority: Authority, here: World, tmp_path: Path
) -> None:
    spin = "def spin(*_): [0 for _ in iter(int, 1)]"
    with running(here, authority, tmp_path, before=f"{spin}\nfrom proxy import app\napp.put_all = spin") as one:
        one.invoke("/chat/completions", request=chat("x"), seconds=4)
        until(lambda: bool(lines(one, "inference")))
        (record,) = lines(one, "inference")
    assert (record["error"], record["cause"]) == ("deadline_reached", "upstream")
    assert record["duration_ms"] < 4000


def test_that_a_request_began_is_written_before_anybody_is_called(here: World) -> None:
    seen: list[int] = []

    def guardrail(peer: Peer, request: Request) -> None:
        seen.append(len(here.began))
        peer.reply(b"", status="400 Bad Request")

    here.guardrail = guardrail
    assert here.call("/chat/completions", chat("secret prompt")).status == 424
    (began,) = here.began
    assert "secret" not in str(began)
    assert here.call("/models", {}, method="GET").status == 200
    assert len(here.began) == 1, "what asks nobody has nothing to lose"


def test_a_record_is_written_once_whoever_writes_it(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.call("/chat/completions", chat("x"))
    audit.interrupted("terminated")
    assert capsys.readouterr().out == ""
    assert MANTLE and len(here.records) == 1
