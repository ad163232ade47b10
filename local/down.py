"""`make down`: ends everything that `make up` started, and makes sure that nothing of it is left."""

from __future__ import annotations

import time

from local import lock, ports, processes
from local.failure import LocalError
from local.state import State
from local.terminal import Terminal
from review.words import many


def run(terminal: Terminal | None = None) -> int:
    """End every process of the deployment; return 1 when something of it is left."""
    terminal = terminal or Terminal(1)
    state = State.find()
    if not state.directory.is_dir() and not processes.strays(state):
        terminal.say("nothing was started here")
        return 0
    state.make()
    try:
        with lock.held(state, "make down"), terminal.step("End what make up started") as step:
            step.done(_down(state))
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 1
    return 0


def _down(state: State) -> str:
    known = [*processes.every(state), *processes.strays(state)]
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
        if _still(listener.port)
    ]
    if problems:
        raise LocalError("; ".join(problems), next_command="make down")
    for entry in state.directory.iterdir():
        if entry.name not in _KEPT:
            state.remove(entry.name)
    ended = f"{many(len(known), 'process', 'processes')} ended" if known else "nothing was running"
    return f"{ended}; no process and no listener of it is left"


def _still(port: int) -> bool:
    """Whether a port takes connections although its process has ended; its last threads may take a moment to go."""
    deadline = time.monotonic() + _PORT_SECONDS
    while ports.accepts(port):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.05)
    return False


# What the next `make up` may go on with: each is checked, or written anew, before it is used. Everything else goes, so
# that nothing that was damaged or belonged to another account or Region stays.
_KEPT = frozenset({"cdk.out", "lock", "logs", "ports.json", "synth.json"})
_ORDER = {"door": -3, "bedrock": -2, "aws": -1}
_PORT_SECONDS = 5.0
