"""`make up` that is ended before its end: by Ctrl-C, by a kill, by a kill of the `make` above it.

Guarantees: nothing that it started goes on; when it could not end it itself, what goes on is known to the next command,
and the lock is free; it says what to type.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import ports, processes, service
from local.state import State
from tests.clone import local_command, make_clone, run_local
from tests.waiting import LONG, until

# Stands for a `make` that is killed, and can pass no signal on.
_MAKE = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
_SIGNALS = {"Ctrl-C": signal.SIGINT, "kill": signal.SIGTERM}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell that runs the tests in the background has SIGINT ignored, and so would have all that they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("how", ["Ctrl-C", "kill", "kill -9", "kill -9 of make"])
def test_what_was_begun_ends_with_it(tmp_path: Path, how: str) -> None:
    root = make_clone(tmp_path / "clone")
    state = State(root / ".local")
    started = local_command(root, "up", MAKELEVEL="1")
    if how == "kill -9 of make":
        started["args"] = [sys.executable, "-c", _MAKE, *started["args"]]
    with subprocess.Popen(**started, stdout=subprocess.PIPE, text=True) as running:
        until(lambda: (state.logs / "synth.log").exists() and (state.logs / "bootstrap.log").exists())
        begun = psutil.Process(running.pid).children(recursive=True)
        (aws,) = processes.every(state)
        assert aws.alive and begun
        running.send_signal(_SIGNALS.get(how, signal.SIGKILL))
        told, _ = running.communicate(timeout=2 * LONG)
    _, left = psutil.wait_procs([process for process in begun if process.pid != aws.pid], timeout=LONG)
    assert [process.pid for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
    if how == "kill -9":
        # Nobody was left to undo it; what was started is known, and the lock is free.
        assert aws.alive
        assert run_local(root, "down").returncode == 0
    else:
        assert "interrupted" in told and "next: make up" in told
    assert not aws.alive
    assert processes.every(state) == []


def test_a_service_that_is_waited_for_ends_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path / ".local").make()
    begun: list[processes.Process] = []

    def interrupted(process: processes.Process, *_: object) -> None:
        begun.append(process)
        assert process.alive
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "wait", interrupted)
    command = (sys.executable, "-c", "import time; time.sleep(600)")
    with pytest.raises(KeyboardInterrupt):
        service.ensure(state, service.Service("aws", command, {}, ports.choose(state)["aws"], sources=()))
    assert [process.alive for process in begun] == [False]
    assert processes.every(state) == []
