"""What waits to be released in a stream: events in their order, and texts between them that the guardrail must clear.

An event leaves when everything before it has left. A text leaves piece by piece, as it is cleared; what comes after it
waits until the text is complete and all of it has left.
"""

from __future__ import annotations

from collections import deque

from ..core.team import DELAY
from ..request.texts import sound
from .windows import Windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .masks import Match
    from .verdict import Verdict

#: A time that does not come.
NEVER = float("inf")


class Channel:
    """One text of a stream: an answer, a refusal, the arguments of a tool call.

    Parameters
    ----------
    delta
        Makes the event that releases a piece of it; None if it is released as a whole, by a later event.
    delay
        Seconds between two windows of it.
    """

    __slots__ = ("_pieces", "_ready", "delta", "windows")

    def __init__(self, delta: Callable[[str], bytes] | None, delay: float = DELAY) -> None:
        self.delta = delta
        self.windows = Windows(delay=delay if delta else None)
        self._pieces: list[str] = []
        self._ready: list[str] = []

    @property
    def cleared(self) -> str:
        """All of it that was cleared so far."""
        return "".join(self._pieces)

    def feed(self, text: str) -> None:
        """Add what was written."""
        if text:
            self.windows.feed(sound(text))

    def close(self) -> None:
        """Say that the text is complete."""
        self.windows.close()

    def settle(self, masked: str | None, matches: Sequence[Match]) -> None:
        """Take the verdict on its window."""
        piece = self.windows.settle(masked, matches)
        if piece:
            self._pieces.append(piece)
            self._ready.append(piece)

    def take(self) -> bytes:
        """Return the event that releases what is ready; nothing if there is nothing."""
        piece = "".join(self._ready)
        self._ready.clear()
        return self.delta(piece) if piece and self.delta else b""


class Outbox:
    """The order of a stream's events and texts.

    Parameters
    ----------
    delay
        Seconds between two windows of a text.
    """

    __slots__ = ("_asked", "_channels", "_delay", "_entries", "_left", "texts_released")

    def __init__(self, delay: float = DELAY) -> None:
        self._delay = delay
        self._entries: deque[Channel | Callable[[], bytes]] = deque()
        self._channels: list[Channel] = []
        self._asked: list[Channel] = []
        self._left: list[bytes] = []
        self.texts_released = False

    @property
    def empty(self) -> bool:
        """Whether everything has left."""
        return not self._entries

    def event(self, make: Callable[[], bytes]) -> None:
        """Add an event; it is made when its turn comes, so that it can tell what was cleared before it."""
        self._entries.append(make)

    def open(self, delta: Callable[[str], bytes] | None) -> Channel:
        """Add a text, of which nothing is known yet."""
        channel = Channel(delta, self._delay)
        self._entries.append(channel)
        self._channels.append(channel)
        return channel

    def whole(self, text: str) -> Channel:
        """Add a complete text that no event of its own releases."""
        channel = self.open(None)
        channel.feed(text)
        channel.close()
        return channel

    def due(self, now: float) -> list[str]:
        """Return the windows to show to the guardrail next, one of each text that has one due."""
        shown = []
        for channel in self._channels:
            window = channel.windows.due(now)
            if window is not None:
                self._asked.append(channel)
                shown.append(window)
        return shown

    def next(self) -> float:
        """Return the monotonic time from which a window is due without more text; infinity if none will be."""
        return min((at for channel in self._channels if (at := channel.windows.next()) is not None), default=NEVER)

    def settle(self, verdict: Verdict) -> None:
        """Take the verdict on the windows that were shown."""
        for channel, masked in zip(self._asked, verdict.texts, strict=True):
            channel.settle(masked, verdict.matches)
        self._asked.clear()
        self._channels = [channel for channel in self._channels if not channel.windows.finished]

    def take(self) -> bytes:
        """Return all that may leave now; should an event raise, what comes before it is not lost (`left`)."""
        out = self._left
        while self._entries:
            entry = self._entries[0]
            if isinstance(entry, Channel):
                piece = entry.take()
                if piece:
                    self.texts_released = True
                    out.append(piece)
                if not entry.windows.finished:
                    break
            else:
                out.append(entry())
            self._entries.popleft()
        return self.left()

    def left(self) -> bytes:
        """Return what may leave and has not."""
        out, self._left = self._left, []
        return b"".join(out)
