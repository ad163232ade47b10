"""A log for servers that handle prompts: what failed and where, never with what.

aiohttp's own log quotes the bytes that it could not parse, and an exception's message may quote a value. After a
wrong Content-Length the bytes of a body stand where the next request should, so either may be a prompt.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from pathlib import Path


class _Bare(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        kind, _, where = record.exc_info or (None, None, None)
        frames = traceback.extract_tb(where) if where else []
        place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        return f"{record.levelname.lower()}: {kind.__name__ if kind else 'a request could not be handled'}{place}"


def say(text: str) -> None:
    """Write a line to stderr, where that is possible: nothing that is served fails because a log cannot be written."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")


def logger(name: str) -> logging.Logger:
    """Give a logger that writes the types of exceptions and their places to stderr, and no message.

    Example
    -------
    >>> logger("example").handlers[0].format(logging.makeLogRecord({"levelname": "ERROR", "msg": "a prompt"}))
    'error: a request could not be handled'
    """
    made = logging.getLogger(f"cloister.{name}")
    if not made.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Bare())
        made.addHandler(handler)
    # Said every time: whoever configures logging for the whole process may have let it through again.
    made.propagate = False
    made.setLevel(logging.WARNING)
    return made
