"""A background service of the local deployment: what it is started from, and how it is brought up to date."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local import ports, processes, typed
from local.failure import LocalError
from local.state import ROOT, State

_READY_SECONDS = 30.0
_UNDO_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is started.

    Parameters
    ----------
    name
        Its name, such as `aws`.
    command
        The command line.
    environment
        The whole environment.
    port
        The loopback port that it listens on.
    sources
        Glob patterns below `local/` of what it runs: a change there restarts it.
    also
        Anything else that it was started for; a change restarts it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    sources: tuple[str, ...]
    also: str = ""

    @property
    def version(self) -> str:
        """What it is started from, as one hash: program, requirements, command and environment."""
        files = {path for pattern in self.sources for path in (ROOT / "local").glob(pattern)}
        files |= {ROOT / "local" / "requirements.txt", ROOT / "requirements.txt"}
        total = hashlib.sha256(json.dumps([self.command, dict(self.environment), self.also]).encode())
        for path in sorted(files):
            total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
        return total.hexdigest()


def ensure(state: State, service: Service) -> tuple[processes.Process, bool]:
    """Return the running service, started anew when it is not there, was changed or hangs; and whether it was.

    Raises
    ------
    LocalError
        It did not come up, or its port is somebody else's.
    """
    version = service.version
    found = processes.find(state, service.name)
    if found and found.alive and found.version == version and found.port == service.port and ports.accepts(found.port):
        return found, False
    if found:
        processes.stop(state, found)
    if ports.accepts(service.port):
        raise LocalError(
            f"port {service.port} of {service.name} is taken by {ports.holder(service.port)}",
            next_command=f"rm {typed.place(state.directory / 'ports.json')} && make up",
        )
    _rotate(state.logs / f"{service.name}.log")
    process = processes.start(state, service.name, service.command, service.environment, version, service.port)
    try:
        processes.wait(process, lambda: ports.accepts(service.port), _READY_SECONDS)
        refuse_exposed(process)
    except (processes.ProcessError, LocalError) as error:
        with contextlib.suppress(processes.ProcessError):
            processes.stop(state, process)
        log = processes.tail(state, service.name)
        raise LocalError(str(error), log=log, next_command="make up") from error
    except KeyboardInterrupt:  # whoever asked for it does not know it yet, and cannot end it
        with contextlib.suppress(processes.ProcessError):
            processes.stop(state, process, _UNDO_SECONDS)
        raise
    return process, True


def refuse_exposed(*running: processes.Process) -> None:
    """Make sure that everything that these processes listen on is loopback.

    Raises
    ------
    LocalError
        Another machine could reach one of the sockets.
    """
    exposed = ports.exposed(process.pid for process in running)
    if exposed:
        found = ", ".join(map(str, exposed))
        raise LocalError(f"can be reached from outside this machine: {found}", next_command="make down")


def _rotate(log: Path) -> None:
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
