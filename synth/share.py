"""`python -m synth.share`: the process that makes a share of the teams' stacks, beside another with the rest.

It is told what to do in a line of JSON on its standard input, and ends when that input does: whatever ends the process
that started it, by whatever signal, ends it too. It runs every check but the review, which needs all templates, and,
unless it is told to, the start of CDK's engine for templates, which takes more memory than all stacks.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from io import FileIO
from typing import Any

from synth import kernel

__all__ = ["Order", "main"]


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do.

    Parameters
    ----------
    root
        The clone.
    context
        CDK's, of the command line.
    packages
        The functions' packages: files, and which kind they are.
    team_code
        Whether code of a team's own may run: Python then heeds its `assert`. The kit's own has its types checked by
        tests, and is run without jsii's checks of each argument, a quarter of the time that Python takes.
    teams
        Names of the teams whose stacks are made, beside the platform's.
    outdir
        Where the templates go.
    shapes
        Where it writes, as JSON, the shapes of its templates that CDK's engine has not seen, each with a stack of that
        shape; a process that starts the engine, all shapes, which it has seen then.
    starts
        Whether it starts the engine.
    """

    root: str
    context: dict[str, Any]
    packages: dict[str, str]
    team_code: bool
    teams: list[str]
    outdir: str
    shapes: str
    starts: bool = False

    def line(self) -> bytes:
        """The order as it is written to the process."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> int:
    """Carry an order out; 1 when something stops it, which is then said."""
    asked = FileIO(0, closefd=False)  # a thread that reads by a buffer would hold it at the end
    order = Order(**json.loads(asked.readline()))
    threading.Thread(target=_end_with, args=(asked,), daemon=True).start()
    kernel.prepare(os.environ)
    from synth.part import synthesise  # importing CDK starts its process

    return synthesise(order)


def _end_with(asked: FileIO) -> None:
    asked.read()
    os.kill(os.getpid(), signal.SIGKILL)  # Node ends as its own input does


if __name__ == "__main__":
    sys.exit(main())
