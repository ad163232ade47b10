"""`make start TEAM=… FUNCTION=…`: a function of a team's own, run once as its clock would on AWS.

Nothing here has a clock: a rule of EventBridge is deployed, and starts nothing.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

from local import ports, root, typed
from local.deployment import Deployment
from local.here import running
from local.state import State
from local.terminal import Terminal

#: Seconds that Lambda lets a function have at the most.
_LONGEST = 900
#: What every team's stack has: they are called by the team's API alone.
_KITS = ("Proxy", "Authorizer")


def run(team: str, function: str) -> int:
    """Run it, and print what it returns.

    Parameters
    ----------
    team, function
        The team's name, and what its class calls the function: ``self.function(NAME, …)``.

    Returns
    -------
    int
        The exit status: 1 when it failed, 2 when there is none.
    """
    state, terminal = State.find(), Terminal(0)
    here = running(state, terminal)
    if here is None:
        return 2
    teams = [each.name for each in here.settings.teams]
    if team not in teams:
        return _none(f"no team {team!r}: it is one of {', '.join(teams)}")
    named = own(here, team)
    if function not in named:
        there = f"it has {', '.join(named)}" if named else "it has none: make up, once its class makes one"
        return _none(f"team {team} has no function {function!r} of its own; {there}")
    name = f"{here.team_stack(team)}-{function}"
    url = f"http://{ports.HOST}:{here.ports['door']}/_invoke/{name}"
    asked = urllib.request.Request(url, b"{}", dict(root.control(state)), method="POST")  # loopback
    try:
        with urllib.request.urlopen(asked, timeout=_LONGEST) as answer:  # noqa: S310
            status, said = 0, answer.read().decode()
    except urllib.error.HTTPError as failed:
        status, said = 1, failed.read().decode()
    sys.stdout.write(f"{said}\n")
    sys.stderr.write(f"what it wrote is in {typed.place(state.records / f'{name}.log')}\n")
    return status


def _none(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2


def own(here: Deployment, team: str) -> list[str]:
    """Return the names of a team's own functions, as they are deployed."""
    start = f"{here.team_stack(team)}-"
    pages = here.aws.client("lambda").get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    found = [name.removeprefix(start) for name in names if name.startswith(start)]
    # What has a hyphen is of a team whose name begins with this one's.
    return sorted(name for name in found if name not in _KITS and "-" not in name)
