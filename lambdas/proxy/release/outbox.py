"""What waits to be released in a stream: events in their order, and texts between them that the guardrail must clear.

An event leaves when everything before it has left. A text leaves piece by piece, as it is cleared; what comes after it
waits until the text is complete and all of it has left.
"""

from __future__ import annotations

from collections import deque

from ..core.jsontext import Json
from ..core.team import DELAY
from ..request.texts import sound
from .disguises import reach
from .masks import Spans
from .windows import Windows, at_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .verdict import Verdict

#: A time that does not come.
NEVER = float("inf")


class Channel:
    """One text of a stream: an answer, a refusal, the arguments of a tool call.

    Parameters
    ----------
    delta
        Makes the event that releases a piece of it; None if it is released as a whole, by a later event.
    windows
        Its own, or those of the text that it goes on with.
    json
        Whether its reader will take it for JSON.
    """

    __slots__ = ("_end", "_next", "_pieces", "_ready", "delta", "json", "windows")

    def __init__(
        self,
        delta: Callable[[str], bytes] | None,
        windows: Windows,
        *,
        json: bool = False,
        after: Channel | None = None,
    ) -> None:
        self.delta = delta
        self.windows = windows
        self.json = json
        self._pieces: list[str] = []
        self._ready: list[str] = []
        self._end: int | None = None  # where the next text begins, in the same windows
        self._next: Channel | None = None  # that text; none refers back, so that a stream is gone when it ends
        if after is not None:
            after._end = windows.limit()
            after._next = self

    @property
    def cleared(self) -> str:
        """All of it that was cleared so far."""
        return "".join(self._pieces)

    @property
    def finished(self) -> bool:
        """Whether all of it was released."""
        return self.windows.finished or (self._end is not None and self.windows.released >= self._end)

    def feed(self, text: str) -> None:
        """Add what was written."""
        if text:
            self.windows.feed(sound(text))

    def close(self) -> None:
        """Say that the text is complete, and none goes on with it."""
        self.windows.close()

    def due(self, now: float) -> str | None:
        """Return the window to show to the guardrail, or None if none is due."""
        window = self.windows.due(now)
        return Json(window) if window is not None and self.json else window

    def settle(self, masked: str | None, matches: Spans) -> str:
        """Take the verdict on its window; return what may be released."""
        before = self.windows.released
        piece = rest = self.windows.settle(masked, matches)
        whose = self
        while rest:
            while whose._next is not None and whose._end is not None and whose._end <= before:
                whose = whose._next
            # What goes on into the next text has no mark in it, so that its letters can be counted.
            own = whose._end is not None and whose._end < self.windows.released
            size = whose._end - before if own and whose._end is not None else len(rest)
            whose._pieces.append(rest[:size])
            whose._ready.append(rest[:size])
            before, rest = before + size, rest[size:]
        return piece

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
    disguises
        Whether what is not seen of a text counts for nothing where it is cut into windows.
    arguments
        Whether a mask may stand in the arguments of a tool call.
    """

    __slots__ = ("_asked", "_channels", "_delay", "_entries", "_left", "_reach", "arguments", "texts_released")

    def __init__(self, delay: float = DELAY, *, disguises: bool = True, arguments: bool = True) -> None:
        self._delay = delay
        self._reach = reach if disguises else at_end
        self.arguments = arguments
        self._entries: deque[Channel | Callable[[], bytes]] = deque()
        self._channels: list[Channel] = []
        self._asked: list[Channel] = []
        self._left: list[bytes] = []
        self.texts_released = False

    @property
    def empty(self) -> bool:
        """Whether everything has left."""
        return not self._entries

    @property
    def held(self) -> int:
        """How many characters of texts came and were not released yet."""
        return sum(windows.held for windows in {channel.windows for channel in self._channels})

    def event(self, make: Callable[[], bytes]) -> None:
        """Add an event; it is made when its turn comes, so that it can tell what was cleared before it."""
        self._entries.append(make)

    def open(
        self, delta: Callable[[str], bytes] | None, *, json: bool = False, after: Channel | None = None
    ) -> Channel:
        """Add a text, of which nothing is known yet.

        Parameters
        ----------
        delta, json
            As for `Channel`.
        after
            The text that this one goes on with, without anything between for who reads them; it is not closed.
        """
        windows = Windows(delay=self._delay if delta else None, reach=self._reach) if after is None else after.windows
        channel = Channel(delta, windows, json=json, after=after)
        self._entries.append(channel)
        self._channels.append(channel)
        return channel

    def whole(self, text: str, *, json: bool = False) -> Channel:
        """Add a complete text that no event of its own releases."""
        channel = self.open(None, json=json)
        channel.feed(text)
        channel.close()
        return channel

    def due(self, now: float) -> list[str]:
        """Return the windows to show to the guardrail next, one of each text that has one due."""
        shown = []
        for channel in self._channels:
            window = channel.due(now)
            if window is not None:
                self._asked.append(channel)
                shown.append(window)
        return shown

    def next(self) -> float:
        """Return the monotonic time from which a window is due without more text; infinity if none will be."""
        return min((at for channel in self._channels if (at := channel.windows.next()) is not None), default=NEVER)

    def settle(self, verdict: Verdict) -> list[str]:
        """Take the verdict on the windows that were shown; return what of them may be released as it was masked."""
        shown = zip(self._asked, verdict.texts, strict=True)
        spans = Spans(verdict.matches)
        pieces = [(channel.settle(masked, spans), masked) for channel, masked in shown]
        self._asked.clear()
        self._channels = [channel for channel in self._channels if not channel.finished]
        return [piece for piece, masked in pieces if masked is not None]

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
                if not entry.finished:
                    break
            else:
                out.append(entry())
            self._entries.popleft()
        return self.left()

    def left(self) -> bytes:
        """Return what may leave and has not."""
        out, self._left = self._left, []
        return b"".join(out)
