"""Server-sent events, read from and written to bytes."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Event(NamedTuple):
        """One event: its name (None if the stream gave none) and its data lines joined by ``\\n``."""

        event: str | None
        data: bytes
else:
    Event = namedtuple("Event", ("event", "data"))

COMMENT = b":\n\n"


class SseError(Exception):
    """The stream is not what a client could read; the message holds no payload."""


class Reader:
    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        raise NotImplementedError

    def feed(self, chunk: bytes) -> list[Event]:
        raise NotImplementedError

    def end(self) -> list[Event]:
        raise NotImplementedError


def frame(data: bytes, event: str | None = None) -> bytes:
    """Return one event as it goes on the wire."""
    raise NotImplementedError
