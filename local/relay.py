"""`make relay TEAM=… LOCAL=1`: the relay of `client`, before the front door of what `make up` has started."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from client import relay
from local import shell, usage
from local.failure import LocalError
from local.here import called, running
from local.state import State
from local.terminal import Terminal


def run(arguments: Sequence[str] | None = None) -> int:
    """Serve a team's API as the team's first caller; return the exit status, 2 when nothing runs here."""
    parser = argparse.ArgumentParser("python -m local.relay", description="Serve a local team's API on loopback.")
    parser.add_argument("--team", required=True)
    parser.add_argument("--port", type=int, default=relay.PORT)
    options = parser.parse_args(arguments)
    state, terminal = State.find(), Terminal(0)
    here = running(state, terminal)
    if here is None:
        return 2
    try:
        team = called(here, options.team)
        stack = here.team_stack(team.name)
        url = here.base_url(here.aws.outputs([stack])[stack]["ApiId"])
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 2
    shell.end_with_make()
    shell.leave()  # the person's own credentials are for elsewhere
    os.environ.update(
        {name: value for name, value in usage.mint_environment(here, team).items() if name.startswith("AWS_")}
    )
    return relay.main(["--url", url, "--region", here.region, "--access", team.access, "--port", str(options.port)])


if __name__ == "__main__":
    sys.exit(run())
