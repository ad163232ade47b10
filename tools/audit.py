"""Verify the records of this clone's deployment: ``python -m tools.audit``, as ``make audit-verify`` does.

It adds the deployment's name and Region from the settings to ``python -m audit verify``, unless it is told of files.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from audit.__main__ import main as audit
from stacks.settings import SettingsError, load

__all__ = ["main"]

ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not {"--from", "--deployment", "--help", "-h"} & set(given):
        try:
            deployment = load(root).deployment
        except SettingsError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        given += ["--region", deployment.region]
        if "--bucket" not in given:
            given += ["--deployment", deployment.name]
    return audit(["verify", *given])


if __name__ == "__main__":
    sys.exit(main())
