"""Verify the records of this clone's deployment: ``python -m tools.audit verify``, as ``make audit-verify`` does.

Or find those of a request: ``confirm``, as ``make audit-confirm`` does. It adds the deployment's name and Region from
the settings to ``python -m audit``, unless it is told of files.
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
    # Files are verified without an account; a request is confirmed by its KMS, wherever the files are.
    alone = {"--deployment", "--help", "-h"} | ({"--from"} if given[:1] == ["verify"] else set())
    if not alone & set(given):
        try:
            deployment = load(root).deployment
        except SettingsError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        given += ["--region", deployment.region]
        if not {"--bucket", "--from"} & set(given):
            given += ["--deployment", deployment.name]
    return audit(given)


if __name__ == "__main__":
    sys.exit(main())
