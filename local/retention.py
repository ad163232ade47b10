"""Zero data retention on the teams' Projects, set as an administrator does on AWS: with `make retention`."""

from __future__ import annotations

import sys

from local import command, processes
from local.deployment import Deployment
from local.terminal import Step

_NOTE = "retention.json"


def ensure(here: Deployment, deployed: str, step: Step) -> None:
    """Run the command, unless it was run for what is deployed and for the stand-ins that run now: they forget it.

    Parameters
    ----------
    here
        The deployment, its stand-ins running.
    deployed
        What is deployed, by its hash.

    Raises
    ------
    LocalError
        A Project could not be given the mode.
    """
    if not here.settings.teams:
        step.done("no team has a file yet")
        return
    standins = processes.find(here.state, "bedrock")
    projects = processes.find(here.state, "aws")
    # Their Projects are the embedded AWS's, and the modes are the stand-ins': either begins anew without the other.
    wanted = {
        "standins": standins and f"{standins.pid} {standins.started}",
        "projects": projects and f"{projects.pid} {projects.started}",
        "deployed": deployed,
    }
    if here.state.read(_NOTE) == wanted:
        step.done("'none', as before")
        return
    command.run(
        here.state,
        "retention",
        [sys.executable, "-m", "preflight.retention", "--apply"],
        command.environment(here.state, here.administrator),
        line=step.doing,
        next_command="make down up",
    )
    here.state.write(_NOTE, wanted)
    step.done("'none', set as `make retention APPLY=1` does")
