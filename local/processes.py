"""The processes of a local deployment: started in the background, found again, ended, never mistaken for others.

A process is known by its pid together with its start time: a pid alone may have been given to somebody else's
process since, and that one must not be ended. Each is the leader of a session of its own, so that it outlives the
terminal and its whole group can be ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local.state import ROOT, State

_STOP_SECONDS = 10.0

_MODULES = {
    "local.launcher": "aws",
    "local.bedrock": "bedrock",
    "local.door": "door",
    str(ROOT / "local" / "gemma" / "serve.py"): "gemma",  # it runs in an environment that has no package `local`
}

# Held so that those which this interpreter started are reaped when they end, and not reported as forgotten.
_children: dict[int, subprocess.Popen[bytes]] = {}


class ProcessError(Exception):
    """A process did not come up, or would not end."""


@dataclass(frozen=True, slots=True)
class Process:
    """A background process.

    Parameters
    ----------
    name
        Its name here, such as `aws`; its log is `.local/logs/{name}.log`.
    pid
        Its process id, and that of its session and group.
    started
        When it started, in the platform's own clock; with the pid it names one process for all time.
    version
        What it was started from, so that a changed program or setting is noticed.
    port
        The loopback port that it listens on.
    """

    name: str
    pid: int
    started: str
    version: str
    port: int

    @property
    def alive(self) -> bool:
        """Whether this very process runs."""
        try:
            return _runs(psutil.Process(self.pid)) and start_time(self.pid) == self.started
        except psutil.NoSuchProcess:
            return False


def start_time(pid: int) -> str:
    """Return when a process started, in a form that no later process with the same pid repeats.

    On Linux that is the clock tick since boot, with the boot's own id: the wall clock, which other ways are computed
    from, moves when the time is set.

    Raises
    ------
    psutil.NoSuchProcess
        There is no such process.
    """
    stat = Path(f"/proc/{pid}/stat")
    if not stat.parent.parent.joinpath("self").exists():
        return str(psutil.Process(pid).create_time())
    try:
        # The second field, the program's name, may hold blanks and parentheses; field 22 is counted from its end.
        ticks = stat.read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}/{ticks}"


def find(state: State, name: str) -> Process | None:
    """Return what was started under this name, alive or not; None when nothing was."""
    record = state.read(f"pids/{name}.pid")
    try:
        process = Process(**record)
    except TypeError:
        return None
    right = isinstance(process.pid, int) and isinstance(process.port, int) and process.pid > 0
    return process if right and process.name == name and 0 <= process.port < 65536 else None


def every(state: State) -> list[Process]:
    """Return all that was started and not yet ended by :func:`stop`."""
    names = sorted(path.stem for path in state.pids.glob("*.pid"))
    return [process for name in names if (process := find(state, name))]


def strays(state: State) -> list[Process]:
    """Return the processes of this deployment that no file tells of: the file was removed, damaged, or never written.

    A process of the deployment has the state directory in its environment, which this user alone can read.
    """
    known = {process.pid for process in every(state) if process.alive}
    found = []
    for item in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            module = next((part for part in item.cmdline() if part in _MODULES), None)
            if module and item.pid not in known and item.environ().get("CLOISTER_LOCAL") == str(state.directory):
                found.append(Process(_MODULES[module], item.pid, start_time(item.pid), "", 0))
    return found


def start(
    state: State, name: str, command: Sequence[str], environment: Mapping[str, str], version: str, port: int
) -> Process:
    """Start a command in the background, in a session of its own, with its output in a log.

    Parameters
    ----------
    environment
        The whole environment: nothing is inherited.
    """
    log = state.logs / f"{name}.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    log.chmod(0o600)
    _children[child.pid] = child
    process = Process(name, child.pid, start_time(child.pid), version, port)
    state.write(f"pids/{name}.pid", asdict(process))
    return process


def stop(state: State, process: Process, patience: float = _STOP_SECONDS) -> None:
    """End the process and its descendants: politely first, for certain after a while.

    Parameters
    ----------
    patience
        Seconds that they may take to end politely.

    Raises
    ------
    ProcessError
        Something of it is still there.
    """
    doomed = _tree(state, process)
    if process.alive:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    else:  # what a crash left behind is asked too: it is not to be waited for in vain
        for item in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                item.terminate()
    left = _outlive(doomed, patience)
    for straggler in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            straggler.kill()
    left = _outlive(left, _STOP_SECONDS)
    if left:
        raise ProcessError(f"{process.name}: still running: {', '.join(f'pid {item.pid}' for item in left)}")
    if child := _children.pop(process.pid, None):
        child.wait()
    recorded = find(state, process.name)
    if recorded is None or recorded.pid == process.pid:
        state.remove(f"pids/{process.name}.pid")


def tail(state: State, name: str, lines: int = 15) -> str:
    """Return the last lines of a process's log."""
    try:
        text = (state.logs / f"{name}.log").read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _outlive(doomed: list[psutil.Process], patience: float) -> list[psutil.Process]:
    """Wait for the processes to end, and return those that do not in time.

    A zombie has ended: where the first process of a container reaps nobody, it stays one for ever.
    """
    deadline = time.monotonic() + patience
    while (left := [item for item in doomed if _runs(item)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _tree(state: State, process: Process) -> list[psutil.Process]:
    """The process with its descendants, or what is left of its session when the process itself has died."""
    if process.alive:
        leader = psutil.Process(process.pid)
        return [leader, *leader.children(recursive=True)]
    if psutil.pid_exists(process.pid):
        # A pid is not given out again while its session lives: this is somebody else's, and ours is all gone.
        return []
    left = []
    for item in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getsid(item.pid) == process.pid and _ours(state, item):
                left.append(item)
    return left


def _ours(state: State, process: psutil.Process) -> bool:
    traces = (*process.cmdline(), process.environ().get("CLOISTER_LOCAL", ""), process.cwd())
    return any(str(place) in trace for place in (state.directory, ROOT) for trace in traces)


def wait(process: Process, ready: Callable[[], bool], seconds: float) -> None:
    """Wait until `ready()` is true.

    Raises
    ------
    ProcessError
        The process ended, or was not ready in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.alive:
            raise ProcessError(f"{process.name} ended while starting")
        if ready():
            return
        time.sleep(0.05)
    raise ProcessError(f"{process.name} was not ready after {seconds:.0f} s")
