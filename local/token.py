"""`make token TEAM=… LOCAL=1`: a key for any team of what `make up` has started, minted as the team's first caller."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from local import usage
from local.failure import LocalError
from local.here import called, running
from local.state import ROOT, State
from local.terminal import Terminal


def run(arguments: Sequence[str] | None = None) -> int:
    """Print a token; return the exit status, 2 when nothing runs here or no such team is called."""
    parser = argparse.ArgumentParser("python -m local.token", description="Print a bearer token for a local team.")
    parser.add_argument("--team", required=True)
    options = parser.parse_args(arguments)
    # The token goes alone to standard output, so that a shell can take it.
    state, terminal = State.find(), Terminal(0, errors=True)
    here = running(state, terminal)
    if here is None:
        return 2
    try:
        team = called(here, options.team)
        if team.access == "iam":
            reason = f"team '{team.name}' has 'access: iam': its callers sign their requests, and there is no token"
            raise LocalError(reason, next_command=f"make relay TEAM={team.name} LOCAL=1")
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 2
    done = subprocess.run(usage.mint_command(team), cwd=ROOT, env=usage.mint_environment(here, team), check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(run())
