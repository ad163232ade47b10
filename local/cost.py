"""`make cost LOCAL=1`: what the requests of this machine's kit would have cost."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from local.here import running
from local.state import ROOT, State
from local.terminal import Terminal
from tools import cost


def run(arguments: Sequence[str] | None = None) -> int:
    """Print it; return the exit status, 2 when nothing runs here."""
    state, terminal = State.find(), Terminal(0)
    here = running(state, terminal)
    if here is None:
        return 2
    return cost.main(arguments, ROOT, client=here.aws.client)


if __name__ == "__main__":
    sys.exit(run())
