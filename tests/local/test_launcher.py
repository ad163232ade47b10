"""The launcher of the embedded AWS: its environment, its sockets, its version.

Guarantees: nothing of the caller's environment reaches ministack; every socket is loopback, and the process ends itself
when one is not; another ministack is refused.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local import launcher, ports, processes
from local.embedded import Embedded
from local.state import ROOT, State
from local.types import emulator
from tests.local import confined
from tests.waiting import LONG


def test_every_socket_of_the_running_emulator_is_loopback(embedded_process: processes.Process) -> None:
    found = ports.listeners([embedded_process.pid])
    assert {item.address for item in found} == {"127.0.0.1"}
    assert [item.port for item in found] == [embedded_process.port], "one listener, and no other"


def test_its_environment_is_built_from_nothing(
    state: State, embedded_process: processes.Process, aws: Embedded
) -> None:
    running = psutil.Process(embedded_process.pid).environ()
    wanted = launcher.environment(state, embedded_process.port, aws.region)
    assert {name: value for name, value in running.items() if name not in launcher._HARMLESS} == wanted


def test_started_by_hand_it_scrubs_its_environment_itself(tmp_path: Path) -> None:
    state = State(tmp_path).make()
    port = ports.choose(state)["aws"]
    theirs = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "CLOISTER_LOCAL": str(tmp_path),
        "AWS_SECRET_ACCESS_KEY": "somebody's own",
        "BIND_HOST": confined.EVERYWHERE,
        "MINISTACK_REGION": "eu-west-1",
        "PERSIST_STATE": "1",
    }
    process = processes.start(state, "aws", [sys.executable, "-m", "local.launcher"], theirs, "v", port)
    try:
        processes.wait(process, lambda: ports.accepts(port), LONG)
        running = psutil.Process(process.pid).environ()
        assert "AWS_SECRET_ACCESS_KEY" not in running
        assert (running["BIND_HOST"], running["PERSIST_STATE"]) == ("127.0.0.1", "0")
        assert running["MINISTACK_REGION"] == "eu-west-1"
        assert ports.exposed([process.pid]) == []
    finally:
        processes.stop(state, process)


def test_the_watch_ends_a_process_with_an_exposed_socket() -> None:
    code = (
        "import os, threading, time; from local import launcher; from tests.local import confined;"
        "threading.Thread(target=launcher.watch, args=(os.getpid(),), daemon=True).start();"
        "time.sleep(1.5); s = confined.bound(); time.sleep(120)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=2 * LONG, check=False
    )
    assert done.returncode == launcher.EXPOSED
    assert f"{confined.EVERYWHERE}:" in done.stderr and "can be reached from outside this machine" in done.stderr


def test_the_watch_leaves_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class LookedError(Exception):
        pass

    def look_once(_seconds: float) -> None:
        raise LookedError

    monkeypatch.setattr("local.launcher.time.sleep", look_once)
    with socket.create_server(("127.0.0.1", 0)), pytest.raises(LookedError):
        launcher.watch(psutil.Process().pid, leave=lambda status: pytest.fail(f"left with {status}"))


def test_another_ministack_is_refused() -> None:
    launcher.check_version(emulator.VERSION)
    with pytest.raises(SystemExit, match=r"ministack 1\.5\.34 is installed.*1\.5\.33"):
        launcher.check_version("1.5.34")


def test_the_pinned_version_is_the_one_that_the_types_are_written_for() -> None:
    pins = (ROOT / "local" / "requirements.txt").read_text().splitlines()
    assert [line.split()[0] for line in pins if line.startswith("ministack")] == [f"ministack=={emulator.VERSION}"]


def test_the_other_listeners_and_docker_are_off(state: State) -> None:
    environment = launcher.environment(state, 1, "us-east-1")
    assert environment["IOT_MTLS_ENABLED"] == environment["SFTP_ENABLED"] == environment["USE_SSL"] == "0"
    assert not Path(environment["DOCKER_HOST"].removeprefix("unix://")).exists()
    assert environment["HOME"].startswith(str(state.directory)) and environment["TMPDIR"].startswith(
        str(state.directory)
    )
