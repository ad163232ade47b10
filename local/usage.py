"""Writes `.local/env`: what a shell needs to be sourced with to use a team's API from any OpenAI client."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping

from local import callers, cdk, ports, root, typed
from local.deployment import Deployment
from local.failure import LocalError
from local.state import ROOT
from stacks.settings import Team


def token_team(here: Deployment) -> Team | None:
    """Return the first team that is called with a token by somebody of this account; None when there is none."""
    able = {caller.team for caller in callers.known(here.state)}
    return next((team for team in here.settings.teams if team.access == "token" and team.name in able), None)


def mint_environment(here: Deployment, team: Team) -> dict[str, str]:
    """Return the whole environment in which a token for the team is minted: as the team's first caller."""
    caller = next(caller for caller in callers.known(here.state) if caller.team == team.name)
    # The key itself is in the file that is named: a command line can be read by everybody on the machine.
    environment = cdk.credentials(root.key(here.state), here.ports["aws"], here.region)
    del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    return {
        **environment,
        "PATH": "/usr/bin:/bin",
        "HOME": str(here.state.home),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "AWS_SHARED_CREDENTIALS_FILE": str(here.state.directory / "credentials"),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_PROFILE": caller.profile,
    }


def mint_command(team: Team) -> list[str]:
    """Return the command that prints a token for the team."""
    return [sys.executable, "-m", "tools.token", "--team", team.name]


def write(here: Deployment, outputs: Mapping[str, Mapping[str, str]]) -> str:
    """Write the file, readable by its owner only; return what to say about it.

    The API key is minted when the file is sourced, since it lives 15 minutes at most; the shell's own AWS
    credentials are neither used nor changed.
    """
    team = token_team(here)
    target = here.state.environment
    here.state.remove(target.name)
    if team is None:
        return "no team is called with a token, so there is nothing to source"
    api = outputs[here.team_stack(team.name)].get("ApiId")
    if not api:
        raise LocalError(f"the stack of {team.name} has no output ApiId", next_command="make down up")
    minted = shlex.join(["env", "-i", *(f"{name}={value}" for name, value in mint_environment(here, team).items())])
    text = f"""\
# Written by `make up`. Source it, in sh, bash or zsh, from any directory:
#
#     {typed.source(target)}
#
# The key is good for 15 minutes; source the file again for a new one. It is for team {team.name}: for any other team
# with callers here, `make relay TEAM=NAME LOCAL=1` serves its API with a key that holds until the relay is ended, and
# `make token TEAM=NAME LOCAL=1` prints a key where the team has 'access: token'.
OPENAI_BASE_URL={shlex.quote(here.base_url(api))}
OPENAI_API_KEY="$({minted} {shlex.join(mint_command(team))} 2>/dev/null)" ||
  echo "no key was made: make status says what runs; a caller's session lasts 12 hours, and make up renews it" >&2
# A proxy that this shell goes through must see neither the key nor a prompt: this machine is reached without it.
NO_PROXY="${{NO_PROXY:+$NO_PROXY,}}{ports.HOST}"
no_proxy="${{no_proxy:+$no_proxy,}}{ports.HOST}"
export OPENAI_BASE_URL OPENAI_API_KEY NO_PROXY no_proxy
"""
    here.state.write_text(target.name, text)
    return f"for team {team.name}"
