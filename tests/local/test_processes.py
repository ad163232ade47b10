"""Background processes: found again, ended with their children, never mistaken for somebody else's.

Guarantees: a stopped process and its children are gone; a pid that was given to another process since is left alone;
what is left of a session whose leader crashed is found; nothing of the caller's environment is handed on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from local import processes
from local.state import State
from tests.waiting import LONG

CHILDREN = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path).make()
    yield state
    for process in processes.every(state):
        processes.stop(state, process)


def start(state: State, code: str, name: str = "one") -> processes.Process:
    environment = {"CLOISTER_LOCAL": str(state.directory), "PATH": "/usr/bin:/bin"}
    process = processes.start(state, name, [sys.executable, "-c", code], environment, "v1", 0)
    processes.wait(process, lambda: "up" in processes.tail(state, name), LONG)
    return process


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_process_is_found_again_and_ended_with_its_children(own: State) -> None:
    process = start(own, CHILDREN)
    assert processes.find(own, "one") == process
    assert process.alive
    children = [child.pid for child in psutil.Process(process.pid).children()]
    assert len(children) == 1
    processes.stop(own, process)
    assert not process.alive
    assert not alive(children[0])
    assert processes.every(own) == []


def test_a_process_that_ignores_the_request_is_killed(own: State) -> None:
    process = start(own, STUBBORN)
    processes.stop(own, process, patience=0.1)
    assert not process.alive


def test_a_recycled_pid_is_left_alone(own: State) -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        mine = processes.Process("one", other.pid, "another boot/1", "v1", 0)
        assert not mine.alive
        processes.stop(own, mine)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_what_a_crashed_leader_left_behind_is_ended(own: State) -> None:
    process = start(own, CHILDREN)
    (child,) = (item.pid for item in psutil.Process(process.pid).children())
    os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + LONG
    while process.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    # Reaped, as by the system when its parent is gone: only the session tells now whose child it was.
    processes._children[process.pid].wait()
    assert alive(child)
    processes.stop(own, process)
    assert not alive(child)


def test_somebody_elses_session_under_an_old_number_is_left_alone(own: State, tmp_path: Path) -> None:
    # A session without its leader, which was never ours: no trace of the clone or of the state directory in it.
    script = "sleep 60 & echo $!"
    leader = subprocess.Popen(
        ["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True, cwd="/", env={}, text=True
    )
    assert leader.stdout is not None
    orphan = int(leader.stdout.readline())
    leader.stdout.close()
    leader.wait()
    try:
        processes.stop(own, processes.Process("one", leader.pid, "some boot/1", "v1", 0))
        assert alive(orphan)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)


def test_nothing_is_inherited(own: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "somebody's own")
    process = start(own, CHILDREN)
    assert "AWS_SECRET_ACCESS_KEY" not in psutil.Process(process.pid).environ()


def test_a_process_that_ends_while_starting_is_an_error(own: State) -> None:
    process = processes.start(own, "one", [sys.executable, "-c", "raise SystemExit(4)"], {}, "v1", 0)
    with pytest.raises(processes.ProcessError, match="ended while starting"):
        processes.wait(process, lambda: False, LONG)


def test_a_process_that_does_not_become_ready_is_an_error(own: State) -> None:
    process = start(own, CHILDREN)
    with pytest.raises(processes.ProcessError, match="not ready"):
        processes.wait(process, lambda: False, 0.2)


def test_the_pid_file_and_the_log_are_the_owners_alone(own: State) -> None:
    start(own, CHILDREN)
    assert (own.pids / "one.pid").stat().st_mode & 0o077 == 0
    assert (own.logs / "one.log").stat().st_mode & 0o077 == 0


def test_the_start_time_tells_two_processes_apart(own: State) -> None:
    first = start(own, CHILDREN, "one")
    time.sleep(0.05)
    second = start(own, CHILDREN, "two")
    assert first.started != second.started
    assert not replace(first, started=second.started).alive
    assert processes.start_time(first.pid) == first.started
    with pytest.raises(psutil.NoSuchProcess):
        processes.start_time(2**22 + 1)
