"""Deploy to an AWS account with the CDK CLI of this clone: ``python -m tools.deploy``, or one team with ``--team``.

A team's stack stands beside the others': its change is synthesised, reviewed and deployed by itself, while the other
teams' stacks are not even made. All settings are read and checked either way.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from client.credentials import Credentials
from client.errors import CredentialsError
from stacks.settings import Settings, SettingsError, load
from tools.teams import unknown

_CLI = Path(".venv/cdk/node_modules/aws-cdk/bin/cdk")


def command(settings: Settings, team: str | None, more: Sequence[str] = ()) -> list[str]:
    """Return what is run after ``node cdk``.

    Parameters
    ----------
    settings
        The deployment.
    team
        The only team that is deployed; `None` for everything.
    more
        Arguments for the CLI beside these.

    Raises
    ------
    SettingsError
        When no team has that name.

    Examples
    --------
    >>> command(load(Path(".")), "atlas")
    ['deploy', 'Cloister-Team-atlas', '--exclusively', '--context', 'team=atlas']
    >>> command(load(Path(".")), None)
    ['deploy', '--all']
    """
    if settings.chosen(team) is None:
        return ["deploy", "--all", *more]
    name = settings.deployment.name
    (own,) = (each for each in settings.teams if each.name == team)
    # A guardrail of its own is made by the platform's stacks, and let through by their endpoint.
    platform = [f"{name}-Guardrails", f"{name}-Network"] if own.guardrail.any else []
    return ["deploy", *platform, f"{name}-Team-{team}", "--exclusively", "--context", f"team={team}", *more]


def run(arguments: Sequence[str], environment: Mapping[str, str], root: Path) -> int:
    """Become the CDK CLI; return 1 when there is nothing to deploy, or nobody to do it as."""
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("--team", help="the team whose stack alone is deployed")
    parser.add_argument("--profile", help="the profile of your AWS configuration")
    parser.add_argument("more", nargs="*", help="arguments for cdk deploy, after --")
    options = parser.parse_args(arguments)
    more = [*(["--profile", options.profile] if options.profile else []), *options.more]
    try:
        settings = load(root)
        if options.team is not None and (why := unknown(settings, options.team)):
            sys.stderr.write(f"{why}\n")
            return 1
        words = command(settings, options.team, more)
        Credentials(options.profile).now()  # the CLI asks for them when all is synthesised and reviewed
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except CredentialsError as error:
        sys.stderr.write(f"{error}\nTo deploy to the embedded AWS of this machine instead: make up\n")
        return 1
    sys.stderr.write(f"cdk {shlex.join(words)}\n")
    os.chdir(root)
    return _become(["node", str(_CLI), *words], environment)


def _become(words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    os.execvpe(words[0], list(words), dict(environment))  # noqa: S606 - it takes this one's place


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], os.environ, Path.cwd()))
