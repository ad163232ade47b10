"""`python -m review`: decides requests, and reviews what will be deployed."""

from __future__ import annotations

import argparse
import sys

from review.commands import check, decide, diff


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return what the process ends with: 2 if it could not run."""
    parser = argparse.ArgumentParser(prog="python -m review", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (check, decide, diff):
        module.add(commands)
    chosen = parser.parse_args(arguments)
    return int(chosen.run(chosen))


if __name__ == "__main__":
    sys.exit(main())
