"""`make down`: ends everything that `make up` started, and makes sure that nothing of it is left."""

from __future__ import annotations

from local import lock, ports, processes, root
from local.failure import LocalError
from local.state import State
from local.terminal import Terminal


def run(terminal: Terminal | None = None) -> int:
    """End every process of the deployment; return 1 when something of it is left."""
    terminal = terminal or Terminal(1)
    state = State.find()
    if not state.directory.is_dir():
        terminal.say("nothing was started here")
        return 0
    try:
        with lock.held(state, "make down"), terminal.step("End what make up started") as step:
            step.done(_down(state))
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 1
    return 0


def _down(state: State) -> str:
    known = processes.every(state)
    listening = ports.listeners(process.pid for process in known if process.alive)
    problems = []
    # The last started first: the door needs the stand-ins, and both need the embedded AWS.
    for process in sorted(known, key=lambda item: _ORDER.get(item.name, 0)):
        try:
            processes.stop(state, process)
        except processes.ProcessError as error:
            problems.append(str(error))
    problems += [
        f"port {listener.port} still takes connections: {ports.holder(listener.port)}"
        for listener in listening
        if ports.accepts(listener.port)
    ]
    if problems:
        raise LocalError("; ".join(problems), next_command="make down")
    for name in _FORGOTTEN:
        (state.directory / name).unlink(missing_ok=True)
    for key in state.keys.glob("*.json"):
        key.unlink()
    ended = f"{len(known)} processes ended" if known else "nothing was running"
    return f"{ended}; no process and no listener of it is left"


_FORGOTTEN = (
    "bootstrap.json",
    "callers.json",
    "credentials",
    "deployed.json",
    "env",
    "hosts.json",
    "outputs.json",
    root.FILE,
)
_ORDER = {"door": -3, "bedrock": -2, "aws": -1}
