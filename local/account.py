"""`make retention LOCAL=1` and `make versions LOCAL=1`: commands for an account, at what `make up` has started."""

from __future__ import annotations

import sys

from local import here

MODULES = {"retention": "preflight.retention", "versions": "tools.versions"}
"""What runs, by the name that the Makefile has for it."""


def run(name: str, *words: str) -> int:
    """Run one of the commands; return its exit status, 2 when nothing runs here.

    Parameters
    ----------
    name
        One of `MODULES`.
    words
        Its arguments.
    """
    return here.ask(MODULES[name], [*words, "--typed", f"make {name} LOCAL=1"])


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
