"""Guarantees: the process itself holds no text where others look: its output, environment, command line and files.

Whatever a person may set to see more, and however it is ended in the middle of a stream.
"""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.canary import Canary, Finder, made
from tests.waiting import LONG, until

from ..support.authority import Authority
from ..support.environment import Environment, running
from ..support.tls_server import Handler, Peer, Request
from ..world import KMS, World, ask, chat, chat_events, refusing, world
from .test_answers import plainly
from .watch import KEY, signing

CALLER, MODEL = made("caller"), made("model")
#: What people set when they look for a fault, in Python, in Lambda and in TLS.
DEBUG = {
    "PYTHONDEVMODE": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONTRACEMALLOC": "5",
    "PYTHONVERBOSE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONWARNINGS": "always",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONPROFILEIMPORTTIME": "1",
    "PYTHONMALLOCSTATS": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "0",
    "AWS_LAMBDA_LOG_LEVEL": "TRACE",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "LOG_LEVEL": "DEBUG",
    "DEBUG": "1",
    "OPENAI_LOG": "debug",
    "SSLKEYLOGFILE": "keys",
    "LC_ALL": "C",
}


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as one:
        one.mantle, one.kms = plainly, signing
        yield one


@pytest.fixture(autouse=True)
def _no_core() -> Iterator[None]:
    """What the bootstrap says to the kernel (``test_bootstrap``), since these processes are not started by it."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.fixture
def finder() -> Finder:
    """Knows what the caller and the model write."""
    found = Finder()
    for name, canary in (("caller", CALLER), ("model", MODEL)):
        found.add(name, canary.word)
        found.add(name, canary.text)
    return found


def body(canary: Canary, **more: Any) -> dict[str, Any]:
    """A request with a canary in much of it."""
    tool = {"name": canary.word, "description": canary.text, "parameters": {canary.text: canary.text}}
    messages = [
        {"role": "system", "content": canary.text, canary.word: canary.text},
        {"role": "user", "content": canary.word},
    ]
    return chat(canary.text, user=canary.text, **more) | {
        "messages": messages,
        "tools": [{"type": "function", "function": tool}],
        "metadata": {canary.word: canary.text},
        canary.word: None,
    }


def seen(one: Environment, root: Path, before: set[Path]) -> dict[str, bytes]:
    """What others may see of a process that runs, or has run."""
    found = {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file() and path not in before}
    found["names of files"] = "\n".join(found).encode()
    if one.process.poll() is None:
        for name in ("environ", "cmdline", "comm", "status"):
            found[name] = Path(f"/proc/{one.process.pid}/{name}").read_bytes()
        # A thread, a file or a child may end between the list and the look; the process itself may not.
        for task in Path(f"/proc/{one.process.pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found[f"name of {task.name}"] = (task / "comm").read_bytes()
        for link in Path(f"/proc/{one.process.pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found[f"open file {link.name}"] = str(link.readlink()).encode()
        for child in Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children").read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):
                found[f"child {child}"] = Path(f"/proc/{child}/cmdline").read_bytes()
        assert {f"name of {one.process.pid}", "open file 0"} <= found.keys(), "the process was looked at"
    return found


def leaks(finder: Finder, found: dict[str, bytes]) -> list[object]:
    """What of it holds a canary."""
    return [leak for place, data in found.items() for leak in finder.search(data, place)]


def files(root: Path) -> set[Path]:
    """What is there before anybody asks: the package."""
    return {path for path in root.rglob("*") if path.name not in ("out", "err")}


def part(started: threading.Event, release: threading.Event) -> Handler:
    """A model that writes a part of its answer, and then waits."""

    def serve(peer: Peer, _: Request) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        pieces = b"".join(chat_events([f"{MODEL.text} {MODEL.word}. ", "And more. "] * 20)[:-2])
        peer.send(head + b"%x\r\n%b\r\n" % (len(pieces), pieces))
        started.set()
        release.wait(LONG)

    return serve


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_nothing_of_a_process_shows_a_text(
    authority: Authority, here: World, finder: Finder, tmp_path: Path, number: signal.Signals
) -> None:
    """Every setting for debugging is made, and the home, the temporary and the working folder are watched."""
    folder = tmp_path / "task"
    folder.mkdir()
    settings = dict(DEBUG, HOME=str(folder), TMPDIR=str(folder), CLOISTER_SIGNING_KEY=KEY, CLOISTER_DIGEST_KEY=KEY)
    with running(here, authority, folder, cwd=str(folder), **settings) as one:
        before = files(folder)
        if number == signal.SIGKILL:
            _requests(one, here)
        started, release = threading.Event(), threading.Event()
        here.mantle = part(started, release)
        one.invoke("/chat/completions", request=body(CALLER), stream=True)
        assert started.wait(LONG)
        try:
            assert leaks(finder, seen(one, folder, before)) == []
            one.process.send_signal(number)
            assert one.process.wait(LONG) != 0
        finally:
            release.set()
        found = seen(one, folder, before)
        assert leaks(finder, found) == []
        told = {
            str(number): each.body for number, each in enumerate(here.server.requests) if each.headers["host"] == KMS
        }
        assert leaks(finder, told) == []
        assert found.keys() == {str(folder / "out"), str(folder / "err"), "names of files"}, "no other file is made"
        assert len(one.lines()) > 1


def _requests(one: Environment, here: World) -> None:
    """By either route, whole and streamed, by paths that there are not, and refused by the model."""
    one.invoke("/chat/completions", request=body(CALLER), headers={CALLER.word: CALLER.text}).wait()
    one.invoke("/responses", request=ask(CALLER.text, instructions=CALLER.text), stream=True).wait()
    one.invoke(f"/{CALLER.word}", request=body(CALLER), queryStringParameters={"q": CALLER.text}).wait()
    here.mantle = refusing("400 No", MODEL.text.encode())
    one.invoke("/chat/completions", request=body(CALLER), stream=True).wait()
    one.record_count()


CRASHES = {
    # In the middle of a request, and in a thread that nobody waits for.
    "request": "from _thread import start_new_thread\nfrom proxy import app\nfind = app.routes.find\n"
    "app.routes.find = lambda *of: (start_new_thread(crash, ()), find(*of))[1]\napp._dump = crash",
    # Where nothing catches it: the process ends.
    "runtime": "from proxy.runtime import loop\nloop.Reply.end = crash\nloop.Reply.fail = crash",
}


@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_of_the_process_shows_no_text(
    authority: Authority, here: World, finder: Finder, tmp_path: Path, where: str
) -> None:
    seed = tmp_path / "seed.py"  # what is in the code itself would be on the command line
    seed.write_text(f"def crash(*_, **__): raise LookupError({CALLER.text!r}, {MODEL.word!r})\n{CRASHES[where]}")
    folder = tmp_path / "task"
    reading = f"exec(open({str(seed)!r}).read())"
    with running(here, authority, folder, before=reading, errors="retention crash") as one:
        before = files(folder)
        one.invoke("/chat/completions", request=body(CALLER))
        until(lambda: crashes(folder) >= 2 if where == "request" else one.process.poll() is not None)
        found = seen(one, folder, before)
    assert leaks(finder, found) == []
    assert crashes(folder), "it says that it has crashed"


def crashes(folder: Path) -> int:
    """How often it has said that it crashed."""
    return sum((folder / name).read_text().count('"type":"LookupError"') for name in ("out", "err"))
