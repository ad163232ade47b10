"""`make audit-verify LOCAL=1` and `make audit-confirm LOCAL=1`: the records of what `make up` has started.

They are the commands that look at a real account, with credentials that are worth nothing elsewhere.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from local import cdk, command, root
from local.here import running
from local.state import ROOT, State
from local.terminal import Terminal


def run(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m tools.audit` at the embedded AWS; return its exit status, 2 when nothing runs here.

    Parameters
    ----------
    arguments
        The command's own: ``verify``, or ``confirm`` and what it takes.
    """
    state, terminal = State.find(), Terminal(0)
    here = running(state, terminal)
    if here is None:
        return 2
    shown = {name: os.environ[name] for name in ("TERM", "COLUMNS", "NO_COLOR") if os.environ.get(name)}
    credentials = cdk.credentials(root.key(state), here.ports["aws"], here.region)
    done = subprocess.run(
        [sys.executable, "-m", "tools.audit", *(sys.argv[1:] if arguments is None else arguments)],
        cwd=ROOT,
        env=command.environment(state, {**credentials, **shown}),
        check=False,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(run())
