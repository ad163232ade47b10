"""Serve a team's API of this clone's settings on loopback: ``python -m tools.relay --team atlas``.

The relay itself is `client.relay`, which installs without a clone: see ``docs/tokens.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from client import relay
from client.errors import AccessError
from stacks.settings import SettingsError
from tools.token import stack_of

__all__ = ["main"]

ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Serve until interrupted; return 1, with the reason on standard error, when that cannot be."""
    parser = argparse.ArgumentParser("python -m tools.relay", description="Serve a team's API on loopback.")
    parser.add_argument("--team", required=True, help="a team; its API is looked up in the outputs of its stack")
    parser.add_argument("--profile", help="an AWS profile (default: the usual chain of credentials)")
    parser.add_argument(
        "--port", type=int, default=relay.PORT, help=f"loopback port (default: {relay.PORT}; 0 for any)"
    )
    options = parser.parse_args(arguments)
    try:
        stack, region, _ = stack_of(root, options.team)
    except (AccessError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    profile = ["--profile", options.profile] if options.profile else []
    return relay.main(["--stack", stack, "--region", region, *profile, "--port", str(options.port)])


if __name__ == "__main__":
    sys.exit(main())
