"""`make preflight LOCAL=1`: the look before a deployment, at the embedded AWS that `make up` has started.

It is the command that looks at a real account, with credentials that are worth nothing elsewhere. The embedded AWS has
no bedrock-mantle and no Service Quotas: what is asked of them could not be asked.
"""

from __future__ import annotations

import os
import subprocess
import sys

from local import cdk, command, root
from local.here import running
from local.state import ROOT, State
from local.terminal import Terminal


def run(*, json: bool = False) -> int:
    """Look at the embedded AWS; return the exit status of `python -m preflight`, 2 when nothing runs here.

    Parameters
    ----------
    json
        Whether to print one JSON document instead of a table.
    """
    state = State.find()
    terminal = Terminal(0)
    here = running(state, terminal)
    if here is None:
        return 2
    shown = {name: os.environ[name] for name in ("TERM", "COLUMNS", "NO_COLOR") if os.environ.get(name)}
    credentials = cdk.credentials(root.key(state), here.ports["aws"], here.region)
    words = ["--json"] if json else []
    done = subprocess.run(
        [sys.executable, "-m", "preflight", *words],
        cwd=ROOT,
        env=command.environment(state, {**credentials, **shown}),
        check=False,
    )
    return done.returncode
