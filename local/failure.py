"""How a command of the local deployment fails: with a reason, the end of the log, and what to type next."""

from __future__ import annotations


class LocalError(Exception):
    """A step failed.

    Parameters
    ----------
    reason
        What went wrong, where.
    log
        The last lines of the log that says more.
    next_command
        What a person should type next.
    """

    def __init__(self, reason: str, *, log: str = "", next_command: str = "make status") -> None:
        super().__init__(reason)
        self.reason = reason
        self.log = log
        self.next_command = next_command
