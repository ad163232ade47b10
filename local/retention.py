"""Zero data retention on the teams' Projects, set as an administrator does on AWS: with `make retention`."""

from __future__ import annotations

import sys

from local import ca, cdk, command, ports, processes, root
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
    wanted = {"standins": standins and f"{standins.pid} {standins.started}", "deployed": deployed}
    if here.state.read(_NOTE) == wanted:
        step.done("'none', as before")
        return
    place = {
        "AWS_ENDPOINT_URL_BEDROCK_MANTLE": f"https://{ports.HOST}:{here.ports['bedrock']}",
        "AWS_CA_BUNDLE": str(ca.ensure(here.state)),
    }
    command.run(
        here.state,
        "retention",
        [sys.executable, "-m", "preflight.retention", "--apply"],
        command.environment(
            here.state, {**cdk.credentials(root.key(here.state), here.ports["aws"], here.region), **place}
        ),
        line=step.doing,
        next_command="make down up",
    )
    here.state.write(_NOTE, wanted)
    step.done("'none', set as `make retention APPLY=1` does")
