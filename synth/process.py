"""A process that makes a share of the stacks: started, waited for until it ends or its time is over, and ended."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from synth.share import Order

__all__ = ["Share", "ShareError"]

#: Seconds that a process may take, and more for each team: a hundred times what one takes on a quiet machine.
_STARTING, _A_TEAM = 300.0, 15.0
_LOOK = 0.05  # seconds between two looks at who has ended


class ShareError(Exception):
    """A process ended before its share was made, or did not end. The message says how."""


class Share:
    """A process that carries an order out; leaving the block ends it, whatever it is doing.

    Parameters
    ----------
    order
        What it is to do.
    said
        The file that takes what it says, so that two of them do not speak at once.
    """

    def __init__(self, order: Order, said: Path) -> None:
        self._order = order
        self._said = said
        self._deadline = time.monotonic() + _STARTING + _A_TEAM * len(order.teams)
        with said.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, *([] if order.team_code else ["-O"]), "-m", "synth.share"],
                cwd=order.root,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
            )
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(OSError):  # it has ended already, which is seen where it is waited for
            self._process.stdin.write(order.line())
            self._process.stdin.flush()

    def __enter__(self) -> Self:
        """Go on while it runs."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it, if it has not ended: its standard input ends, and it with that."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    @property
    def said(self) -> str:
        """What it has said until now."""
        return self._said.read_text("utf-8", "replace")

    @staticmethod
    def wait(shares: Sequence[Share]) -> None:
        """Wait until all of some have made their share.

        Raises
        ------
        ShareError
            As soon as one has ended otherwise, or its time is over.
        """
        running = list(shares)
        while running:
            for share in list(running):
                status = share._process.poll()
                if status == 0:
                    running.remove(share)
                elif status is not None:
                    raise ShareError(f"The process that made {share._named} ended with status {status}: see above.")
                elif time.monotonic() > share._deadline:
                    raise ShareError(f"The process that makes {share._named} has not ended in time, and was stopped.")
            time.sleep(_LOOK if running else 0)

    @property
    def _named(self) -> str:
        teams = self._order.teams
        return f"the stacks of {teams[0]} to {teams[-1]}" if len(teams) > 1 else f"the stack of {', '.join(teams)}"
