"""Starts the embedded AWS: ministack, with the types that it lacks, and with nothing open but one loopback port.

    python -m local.launcher

The environment is built from nothing, and the listeners that ministack opens by default are switched off. Whoever has
no key of this run is refused before ministack sees the request (`local.front`), and it can start no process, a
function's neither, and call nobody (`local.confined`). A watch ends the process when one of its sockets, or of its
children's, can be reached from another machine. The machine's Docker is out of its reach.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from local import confined, front, ports, sensitive, types
from local.state import ACCOUNT, ROOT, State
from local.types import emulator, given

EXPOSED = 3
"""Exit status when a socket was not loopback."""

WATCH_SECONDS = 1.0

# What an interpreter or a platform adds to a process's environment by itself; it says nothing about the user.
_HARMLESS = frozenset({"LC_CTYPE", "PWD", "SHLVL", "_", "__CF_USER_TEXT_ENCODING", "__PYVENV_LAUNCHER__"})


def environment(state: State, port: int, region: str, account: str = ACCOUNT, network: str = "") -> dict[str, str]:
    """Return the whole environment of the embedded AWS: nothing of the caller's is in it.

    Parameters
    ----------
    state
        Where its home and its temporary files go.
    port
        The loopback port that it listens on.
    region
        The Region that it answers for when a request does not say.
    account
        The account that it is.
    network
        The company's network that is there before anything is deployed (`local.types.given`).
    """
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": str(state.home),
        "TMPDIR": str(state.temporary),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "CLOISTER_LOCAL": str(state.directory),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": ports.HOST,
        "MINISTACK_HOST": ports.HOST,
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        "AUTH": "false",
        "USE_SSL": "0",
        "PERSIST_STATE": "0",
        # Listeners that would open beside the port, one of them on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # ministack starts and removes containers when it finds a Docker socket; it is shown one that is not there.
        "DOCKER_HOST": f"unix://{state.directory}/no-docker.sock",
        # Its INFO lines tell what requests did; warnings and errors are what a person looks for in the log.
        "LOG_LEVEL": "WARNING",
        **({given.VARIABLE: network} if network else {}),
    }


def check_version(installed: str) -> None:
    """Refuse every ministack but the one whose private tables are known.

    Raises
    ------
    SystemExit
        Another version is installed.
    """
    if installed != emulator.VERSION:
        raise SystemExit(
            f"ministack {installed} is installed, but the types in local/types are written for {emulator.VERSION} "
            f"exactly; install that one, or review local/types and its tests with {installed} and change "
            "local/types/emulator.py and local/requirements.txt together"
        )


def watch(pid: int, leave: Callable[[int], object] = os._exit) -> None:
    """Look at the sockets of a process and its children for as long as it lives; leave when one is exposed.

    Parameters
    ----------
    pid
        The process to watch.
    leave
        What ends the process: it is handed the exit status. `os._exit` by default, as no handler of the watched
        code may delay it.
    """
    while True:
        open_to_all = ports.exposed([pid])
        if open_to_all:
            found = ", ".join(map(str, open_to_all))
            sys.stderr.write(f"refusing to run: {found} can be reached from outside this machine\n")
            sys.stderr.flush()
            leave(EXPOSED)
            return
        time.sleep(WATCH_SECONDS)


def scrubbed(current: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether the current environment is the wanted one, but for what platforms add by themselves."""
    return {name: value for name, value in current.items() if name not in _HARMLESS} == dict(wanted)


def main() -> None:
    """Run the embedded AWS in this process until it is ended."""
    os.umask(0o077)
    state = State.find().make()
    port = int(os.environ.get("GATEWAY_PORT") or ports.choose(state)["aws"])
    region = os.environ.get("MINISTACK_REGION") or "us-east-1"
    network = os.environ.get(given.VARIABLE, "")
    wanted = environment(state, port, region, os.environ.get("MINISTACK_ACCOUNT_ID") or ACCOUNT, network)
    if not scrubbed(os.environ, wanted):
        os.execve(sys.executable, [sys.executable, "-m", "local.launcher"], wanted)  # noqa: S606 - this very module
    check_version(version("ministack"))
    types.register()
    sensitive.register()
    given.make(network)
    app: Any = importlib.import_module("ministack.app")
    # ministack would run the scripts that it finds under /docker-entrypoint-initaws.d and /etc/localstack.
    app._collect_scripts = lambda *_directories: []
    app.app = front.Front(app.app, state, port)
    threading.Thread(target=watch, args=(os.getpid(),), daemon=True, name="socket-watch").start()
    sys.argv = ["ministack"]
    confined.enter(ports.HOST, port)
    app.main()


if __name__ == "__main__":
    main()
