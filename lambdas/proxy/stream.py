"""Relaying a stream: read, guard, release. One loop in one thread; what blocks is done in two others.

The reader takes bytes from bedrock-mantle, the checker asks the guardrail; both report into one queue, and the loop
alone touches the outbox and the reply. So the next window fills while the last one is being checked, a silent model is
bridged by comments, and the deadline is met whatever is silent.
"""

from __future__ import annotations

import time
from _queue import Empty, SimpleQueue
from _thread import start_new_thread

from .errors import DeadlineReachedError, ProxyError
from .guardrail import BlockedError
from .http1 import HttpError
from .outbox import NEVER, Outbox
from .runtime import ClientGone
from .sse import COMMENT, Reader, SseError
from .upstream import unreachable
from .windows import DELAY, StuckError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from .guardrail import Guardrail, Tally, Verdict
    from .http1 import Response
    from .prepared import Prepared
    from .runtime import Reply

#: Seconds of silence after which a comment is sent: every limit on the way is longer (API Gateway's is 5 minutes).
HEARTBEAT = 15.0
#: Seconds between two looks at whether the client is still there.
LOOK = 0.25
#: Chunks read ahead of the loop; a slow client slows the reading.
AHEAD = 256


class Stream:
    """One streamed answer.

    Attributes
    ----------
    usage
        What it took, as far as is known.
    error
        Code of what ended it early, or None.
    first
        Monotonic time at which the first piece of text was released, or None.
    """

    def __init__(
        self,
        adapter: ModuleType,
        prepared: Prepared,
        response: Response,
        guardrail: Guardrail,
        tally: Tally,
        delay: float = DELAY,
    ) -> None:
        self._out = Outbox(delay)
        self._events = adapter.Events(prepared, self._out)
        self._response = response
        self._guardrail = guardrail
        self._tally = tally
        self._queue: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._reader = Reader()
        self._ended = False  # bedrock-mantle's stream is read to its end
        self._checking = False
        self._stop = False
        self.usage = self._events.usage
        self.error: str | None = None
        self.first: float | None = None

    def run(self, reply: Reply, deadline: float) -> None:
        """Relay the stream to its end, whatever that is.

        Parameters
        ----------
        deadline
            Monotonic time in seconds at which the stream is ended with an error.

        Raises
        ------
        ClientGone
            If nobody reads; bedrock-mantle's stream is closed then, as it is in every case.
        """
        self._tally.output = "none"
        start_new_thread(self._read, ())
        try:
            self._loop(reply, deadline)
        except BlockedError as blocked:
            self._tally.output = "blocked"
            self.error = "content_filter"
            reply.write(self._events.blocked(blocked.message))
        except StuckError:
            self._tally.output = "blocked"
            self.error = "content_filter"
            reply.write(self._events.blocked("The guardrail's verdict on this answer could not be applied."))
        except ProxyError as error:
            self.error = error.recorded
            if error.code.startswith("guardrail"):
                self._tally.output = "error"
            reply.write(self._events.failed(error))
        finally:
            self._stop = True
            self._response.close()

    def _loop(self, reply: Reply, deadline: float) -> None:
        written = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= deadline:
                raise DeadlineReachedError
            until = min(deadline, written + HEARTBEAT, now + LOOK, NEVER if self._checking else self._out.next())
            try:
                self._handle(*self._queue.get(timeout=max(0.0, until - now)))
                while not self._queue.empty():
                    self._handle(*self._queue.get_nowait())
            except Empty:
                pass
            now = time.monotonic()
            data = self._out.take()
            self._check(now, deadline)
            if data:
                if self.first is None and self._out.texts_released:
                    self.first = now
                reply.write(data)
                written = now
            elif now - written >= HEARTBEAT:
                reply.write(COMMENT)
                written = now
            elif not reply.alive():
                raise ClientGone
            if self._ended and self._out.empty:
                return

    def _handle(self, kind: str, value: Any) -> None:
        if kind == "chunk":
            try:
                for event in self._reader.feed(value):
                    self._events.take(event.data)
            except SseError:
                raise unreachable(HttpError("protocol", "", sent=True)) from None
        elif kind == "verdict":
            self._checking = False
            self._settle(value)
        elif kind == "end":
            for event in self._reader.end():
                self._events.take(event.data)
            self._events.end()
            self._ended = True
        else:
            raise value

    def _settle(self, verdict: Verdict) -> None:
        if verdict.blocked is not None:
            raise BlockedError(verdict.blocked)
        if verdict.word == "masked":
            self._tally.output = "masked"
        self._out.settle(verdict)

    def _check(self, now: float, deadline: float) -> None:
        """Show the guardrail what is due, unless it is looking at something."""
        if self._checking:
            return
        shown = self._out.due(now)
        if shown:
            self._checking = True
            start_new_thread(self._ask, (shown, deadline))

    def _ask(self, shown: list[str], deadline: float) -> None:
        try:
            verdict = self._guardrail.check("OUTPUT", shown, tally=self._tally, deadline=deadline)
            self._queue.put(("verdict", verdict))
        except BaseException as error:
            # The loop must not wait for ever; what is not foreseen ends the request in the loop's own thread.
            self._queue.put(("fault", error))

    def _read(self) -> None:
        try:
            for chunk in self._response.chunks():
                self._queue.put(("chunk", chunk))
                while self._queue.qsize() > AHEAD and not self._stop:
                    time.sleep(0.005)
            self._queue.put(("end", None))
        except HttpError as error:
            self._queue.put(("fault", unreachable(error)))
        except BaseException as error:
            self._queue.put(("fault", error))
