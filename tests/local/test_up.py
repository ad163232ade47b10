"""`make up`, `make status` and `make down` on a copy of the clone: what they do again, after a change, after a crash.

Guarantees: a second run keeps what runs, and synthesises, bootstraps and deploys nothing; a crash is mended; a change
is deployed, a removed team's stack with it; a mistake stops it with its reason and the next command, and what ran keeps
serving; the file to source works in the shells at hand; at the end no process and no listener is left.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from local import lock, ports, processes
from local.embedded import Embedded
from local.failure import LocalError
from local.state import State
from tests.clone import local_command, make_clone, run_local
from tests.waiting import LONG, until

SHELLS = [shell for shell in ("sh", "bash", "zsh", "dash") if shutil.which(shell)]


@dataclass(frozen=True)
class Clone:
    """A copy of the clone, with the local deployment's commands."""

    root: Path

    @property
    def state(self) -> State:
        return State(self.root / ".local")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return run_local(self.root, command)

    def up(self) -> str:
        done = self.run("up")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in processes.every(self.state) if process.alive}

    def stacks(self) -> set[str]:
        return set(Embedded(self.state, self.state.read("ports.json")["aws"], "us-east-1").stacks())


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A copy that was brought up once; brought down at the end, with a look at what is left."""
    root = make_clone(tmp_path_factory.mktemp("copy") / "cloister")
    made = Clone(root)
    try:
        told = made.up()
        assert "content_filter" in told and "{EMAIL}" in told, "the tour shows what the guardrail does"
        yield made
    finally:
        running = processes.every(made.state)
        listening = ports.listeners(process.pid for process in running if process.alive)
        done = made.run("down")
    assert done.returncode == 0, done.stdout
    assert "no process and no listener of it is left" in done.stdout
    assert listening, "the look at what is left saw nothing to begin with"
    assert [process.name for process in running if process.alive] == []
    assert [listener for listener in listening if ports.accepts(listener.port)] == []


def test_a_second_run_keeps_what_runs_and_does_none_of_the_long_work_again(clone: Clone) -> None:
    before = clone.pids()
    logs = {name: (clone.state.logs / f"{name}.log").stat().st_mtime_ns for name in ("synth", "bootstrap", "deploy")}
    told = clone.up()
    assert clone.pids() == before
    assert "unchanged, and all there" in told
    assert {name: (clone.state.logs / f"{name}.log").stat().st_mtime_ns for name in logs} == logs


@pytest.mark.parametrize("name", ["door", "bedrock"])
def test_a_crashed_process_is_started_again_and_the_others_are_kept(clone: Clone, name: str) -> None:
    before = clone.pids()
    os.kill(before[name], signal.SIGKILL)
    clone.up()
    after = clone.pids()
    assert after.keys() == before.keys()
    assert {key for key in after if after[key] != before[key]} == {name}


def test_every_listener_is_loopback(clone: Clone) -> None:
    found = ports.listeners(clone.pids().values())
    assert len(found) >= len(ports.NAMES)
    assert [str(listener) for listener in found if not listener.loopback] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_file_to_source_mints_a_key_and_leaves_the_shells_own_credentials(clone: Clone, shell: str) -> None:
    script = f'. {clone.state.environment} && printf \'%s\\n\' "$OPENAI_BASE_URL" "$OPENAI_API_KEY" "$AWS_PROFILE"'
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "AWS_PROFILE": "mine"}
    done = subprocess.run([shell, "-c", script], cwd="/", env=environment, capture_output=True, text=True, check=True)
    base, key, profile = done.stdout.splitlines()
    assert base.startswith("http://127.0.0.1:") and base.endswith("/v1")
    assert key.startswith("cloister-")
    assert profile == "mine"


def test_what_is_secret_is_readable_by_its_owner_only(clone: Clone) -> None:
    secret = [clone.state.environment, clone.state.directory / "credentials", clone.state.directory / "ca.key"]
    secret += [*clone.state.keys.iterdir(), *clone.state.logs.glob("*.log")]
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == []


def test_status_tells_what_runs_where(clone: Clone) -> None:
    done = clone.run("status")
    assert done.returncode == 0
    for name, pid in clone.pids().items():
        assert str(pid) in done.stdout, name
    for team in ("atlas", "beacon"):
        assert team in done.stdout
    assert "does not answer" not in done.stdout and "ended" not in done.stdout


def test_a_mistake_in_the_settings_stops_it_and_what_runs_keeps_serving(clone: Clone) -> None:
    before = clone.pids()
    settings = clone.root / "cloister.yaml"
    text = settings.read_text()
    settings.write_text(text + "colour: blue\n")
    try:
        done = clone.run("up")
    finally:
        settings.write_text(text)
    assert done.returncode == 1
    assert "colour" in done.stdout and "next: make up" in done.stdout
    assert clone.pids() == before


def test_two_commands_do_not_work_on_one_deployment_at_the_same_time(clone: Clone) -> None:
    with lock.held(clone.state, "make up"):
        done = clone.run("down")
    assert done.returncode == 1
    assert f"make up, pid {os.getpid()}" in done.stdout
    assert clone.pids(), "nothing was ended"


def test_the_lock_is_let_go(tmp_path: Path) -> None:
    state = State(tmp_path).make()
    with lock.held(state, "one"), pytest.raises(LocalError), lock.held(state, "two"):
        pass
    with lock.held(state, "three"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_begun_is_undone_when_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    root = make_clone(tmp_path / "clone")
    state = State(root / ".local")
    with subprocess.Popen(**local_command(root, "up"), stdout=subprocess.PIPE, text=True) as running:
        until(lambda: (state.logs / "synth.log").exists() and len(psutil.Process(running.pid).children()) > 1)
        begun = psutil.Process(running.pid).children(recursive=True)
        (aws,) = processes.every(state)
        assert aws.alive
        running.send_signal(number)
        told, _ = running.communicate(timeout=2 * LONG)
    assert running.returncode == 130
    assert "interrupted" in told
    assert not aws.alive
    _, left = psutil.wait_procs(begun, timeout=LONG)
    assert [process.pid for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
    assert processes.every(state) == []


def test_a_removed_team_goes_with_its_stack(clone: Clone) -> None:
    assert "Cloister-Team-beacon" in clone.stacks()
    before = clone.pids()
    (clone.root / "teams" / "beacon.yaml").unlink()
    clone.up()
    assert "Cloister-Team-beacon" not in clone.stacks()
    assert "Cloister-Team-atlas" in clone.stacks()
    assert clone.pids()["aws"] == before["aws"], "the embedded AWS is updated, not started anew"


def test_down_and_status_say_so_when_there_is_nothing(tmp_path: Path) -> None:
    root = make_clone(tmp_path / "clone")
    for command, status in (("down", 0), ("status", 1)):
        done = run_local(root, command)
        assert done.returncode == status
        assert "nothing" in done.stdout
