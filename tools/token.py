"""Print a short-lived bearer token for a team of this clone's settings: ``python -m tools.token --team atlas``.

The token itself is made by `client.mint`, which installs without a clone: see ``docs/tokens.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from client import token
from client.errors import AccessError, MintError
from client.mint import MAXIMUM, PREFIX, mint
from stacks.settings import SettingsError, load
from tools.teams import unknown

__all__ = ["MAXIMUM", "PREFIX", "MintError", "main", "mint", "stack_of"]

ROOT = Path(__file__).parent.parent


def stack_of(root: Path, name: str) -> tuple[str, str, str]:
    """Return the name of a team's stack, its Region and its access, from the settings of a clone.

    Raises
    ------
    AccessError
        There is no such team.
    SettingsError
        The settings are wrong.
    """
    settings = load(root)
    if why := unknown(settings, name):
        raise AccessError(why)
    team = next(team for team in settings.teams if team.name == name)
    return f"{settings.deployment.name}-Team-{team.name}", settings.deployment.region, team.access


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print a token; return 1, with the reason on standard error, when none can be made."""
    parser = argparse.ArgumentParser("python -m tools.token", description="Print a bearer token for a team's API.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--team", help="a team with 'access: token'; its API is looked up in the outputs of its stack")
    which.add_argument("--api-id", help="the API's id itself: nothing is looked up")
    parser.add_argument("--region", help="the API's Region (default: the one in cloister.yaml)")
    parser.add_argument("--profile", help="an AWS profile (default: the usual chain of credentials)")
    parser.add_argument("--expires", type=int, default=MAXIMUM, help="seconds that it is valid (default and most: 900)")
    options = parser.parse_args(arguments)
    try:
        region = options.region
        if options.team:
            stack, usual, access = stack_of(root, options.team)
            if access == "iam":
                raise MintError(token.SIGNED.format(stack))
            region, which_api = region or usual, ["--stack", stack]
        else:
            region, which_api = region or load(root).deployment.region, ["--api-id", options.api_id]
    except (AccessError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    profile = ["--profile", options.profile] if options.profile else []
    return token.main([*which_api, "--region", region, *profile, "--expires", str(options.expires)])


if __name__ == "__main__":
    sys.exit(main())
