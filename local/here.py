"""The deployment that runs here, for commands that need one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from local import callers, command, deployment, embedded
from local.deployment import Deployment
from local.failure import LocalError
from local.state import ROOT, State
from local.terminal import Terminal
from stacks.settings import Team


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


def called(here: Deployment, name: str) -> Team:
    """Return a team that can be called here, by its name.

    Raises
    ------
    LocalError
        It has no callers here; the message says which have.
    """
    able = {caller.team for caller in callers.known(here.state)}
    team = next((team for team in here.settings.teams if team.name == name), None)
    if team is not None and name in able:
        return team
    if team is not None and all(caller.is_extension for caller in team.callers):
        reason = f"team '{name}' is called by functions of its own class alone, which have no session here"
        raise LocalError(reason, next_command=f"make start TEAM={name} FUNCTION=…")
    those = f"those that have are {', '.join(sorted(able))}" if able else "none has"
    if team is not None:
        raise LocalError(f"team '{name}' has no callers here yet; {those}", next_command="make up")
    raise LocalError(f"no team '{name}' has callers here; {those}", next_command="make status")


def ask(module: str, words: Sequence[str]) -> int:
    """Run a command that is for a real account at the embedded AWS; return its status, 2 when nothing runs here.

    Its credentials are worth nothing elsewhere.

    Parameters
    ----------
    module
        The command: what ``python -m`` runs.
    words
        Its arguments.
    """
    state = State.find()
    here = running(state, Terminal(0))
    if here is None:
        return 2
    shown = {name: os.environ[name] for name in ("TERM", "COLUMNS", "NO_COLOR") if os.environ.get(name)}
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=command.environment(state, {**here.administrator, **shown}),
        check=False,
    )
    return done.returncode
