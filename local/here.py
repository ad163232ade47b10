"""The deployment that runs here, for commands that need one."""

from __future__ import annotations

from local import deployment, embedded
from local.deployment import Deployment
from local.failure import LocalError
from local.state import State
from local.terminal import Terminal


def running(state: State, terminal: Terminal) -> Deployment | None:
    """Return what runs here; None, when nothing does or its settings have mistakes, which the terminal has said then.

    Parameters
    ----------
    state
        Where everything of it is kept.
    terminal
        Is told what is wrong, and what to type.
    """
    if embedded.running(state) is None:
        terminal.say("nothing runs here; start it with: make up")
        return None
    try:
        return deployment.find(state)
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return None
