"""Relaying a stream: read, guard, release. One loop in one thread; the guardrail is asked in another.

The loop waits for bytes from bedrock-mantle and for the checker's wakeup, whichever is first, and alone touches the
outbox and the reply. So the next window fills while the last one is being checked, a silent model is bridged by
comments, and the deadline is met whatever is silent. (A thread that reads into a queue would cost CPU.) When the model
has written its last word there is nothing left to wait for but the guardrail, and the loop asks it itself.
"""

from __future__ import annotations

import os
import select
import time
from _thread import allocate_lock, start_new_thread

from .core.errors import DeadlineReachedError, GuardrailUnavailableError, ProxyError
from .http.client import HttpError
from .http.sse import COMMENT, Reader, SseError
from .ledger.received import Received
from .release.outbox import NEVER, Outbox
from .release.verdict import BlockedError
from .release.windows import StuckError
from .runtime.loop import ClientGone
from .services import marks
from .services.mantle import unreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .archiving import Kept
    from .core.team import Team
    from .http.client import Response
    from .http.connection import Kind
    from .openai.adapter import Adapter
    from .release.verdict import Verdict
    from .request.prepared import Prepared
    from .runtime.loop import Reply
    from .services.judge import Judge
    from .services.tally import Tally

#: Seconds of silence after which a comment is sent: every limit on the way is longer (API Gateway's is 5 minutes).
HEARTBEAT = 15.0
#: Seconds between two looks at whether the client is still there.
LOOK = 0.25
#: Reads of what has come already, at the most, before a window that is due is shown.
_MORE = 16
#: Characters that wait for the guardrail, beyond which nothing is read from the model until some of them were shown.
#: Its answers are shorter; who writes faster than the guardrail reads, without an end, is not to fill the memory.
_AHEAD = 1 << 18


class Stream:
    """One streamed answer.

    Attributes
    ----------
    usage
        What it took, as far as is known.
    error, cause
        Code of what ended it early, or None, and whose it is.
    received
        What has come, as far as can be seen from outside.
    first
        Monotonic time at which the first piece of text was released, or None.
    """

    def __init__(
        self,
        adapter: Adapter,
        prepared: Prepared,
        response: Response,
        judge: Judge,
        tally: Tally,
        team: Team,
    ) -> None:
        self._out = Outbox(team.delay, disguises=team.disguises, arguments=team.arguments == "mask")
        self._events = adapter.events(prepared, self._out)
        self._response = response
        self._judge = judge
        self._tally = tally
        self._wakeup: _Wakeup | None = None  # made when another thread is needed
        self._reader = Reader()
        self._ended = False  # bedrock-mantle's stream is read to its end
        self._checking = False
        self._paused = False  # what it sends is not looked at
        self._verdict: Verdict | BaseException | None = None  # the checker's answer
        self.usage = self._events.usage
        self.error: str | None = None
        self.cause = "proxy"
        self.received = Received()
        self.first: float | None = None

    def run(self, reply: Reply | Kept, deadline: float, last: Callable[[bytes], bytes] | None = None) -> None:
        """Relay the stream to its end, whatever that is.

        Parameters
        ----------
        last
            Is shown what an answer ends with before it leaves, and returns what is left to write of it, or raises why
            it may not end so.
        deadline
            Monotonic time in seconds at which the stream is ended with an error.

        Raises
        ------
        ClientGone
            If nobody reads; bedrock-mantle's stream is closed then, as it is in every case.
        """
        self._tally.output = "none"
        try:
            self._loop(reply, deadline, last)
        except BlockedError as blocked:
            self._tally.output = "blocked"
            self.error = "content_filter"
            reply.finish(self._cleared() + self._masked() + self._events.blocked(blocked.message))
        except StuckError:
            self._tally.output = "blocked"
            self.error = "content_filter"
            said = self._events.blocked("The guardrail's verdict on this answer could not be applied.")
            reply.finish(self._cleared() + self._masked() + said)
        except ProxyError as error:
            self.error, self.cause = error.recorded, error.cause
            unanswered = self._checking and isinstance(error, DeadlineReachedError)
            if unanswered or error.code.startswith("guardrail"):
                self._tally.output = "error"
            reply.finish(self._cleared() + self._masked() + self._events.failed(error))
        finally:
            if self._wakeup is not None:
                self._wakeup.close()
            self._response.close()
            # Events and what makes them refer to each other. Taken apart here, they and the texts in them are gone with
            # this stream; otherwise they would wait for the collector of cycles, which seldom comes by.
            vars(self._events).clear()

    def _cleared(self) -> bytes:
        """What may leave before the end: no answer may fail of which the client has not heard that it began."""
        try:
            return self._out.take()
        except (ProxyError, BlockedError):  # which may be what ended it
            return self._out.left()

    def _loop(self, reply: Reply | Kept, deadline: float, last: Callable[[bytes], bytes] | None) -> None:
        poller, number = select.poll(), self._response.fileno()
        if self._response.finished:  # it has no body
            self._read()
        else:
            poller.register(number, select.POLLIN)
        written = last_read = last_probe = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= deadline:
                raise DeadlineReachedError
            if self._full() is not self._paused:
                self._paused = not self._paused
                if self._paused:
                    poller.unregister(number)
                else:
                    poller.register(number, select.POLLIN)
            came: list[int] = []
            if self._checking or not self._ended:
                until = min(deadline, written + HEARTBEAT, now + LOOK, NEVER if self._checking else self._out.next())
                came = self._wait(poller, number, until - now)
                now = time.monotonic()
            if self._wakeup is not None and self._wakeup.fileno() in came:
                self._wakeup.clear()
                self._answered()
            if number in came or self._paused:
                last_read = now
            if number in came:
                if self._read():
                    poller.unregister(number)
            elif not self._ended and now - last_read >= self._response.read_timeout:
                raise unreachable(HttpError("timeout", "", sent=True))
            self._check(poller, now, deadline)
            data = self._out.take()
            if data and self.first is None and self._out.texts_released:
                self.first = now
            if self._ended and self._out.empty:
                data = self._masked() + data
                reply.finish(last(data) if last else data)
                return
            if data or now - written >= HEARTBEAT:
                reply.write(data or COMMENT)
                written = now
            elif now - last_probe >= LOOK:
                last_probe = now
                if not reply.alive():
                    raise ClientGone
            if self._ended and not self._checking:
                self._finish(deadline)

    def _wait(self, poller: select.poll, number: int, seconds: float) -> list[int]:
        """Return the descriptors at which something has come, after so many seconds at the most."""
        if not self._ended and not self._paused and self._response.waiting:
            return [number]
        return [found for found, _ in poller.poll(max(0.0, seconds * 1000))]

    def _full(self) -> bool:
        """Whether so much waits to be shown that nothing more is read; not if it takes more text to show any of it."""
        if self._ended or self._out.held <= _AHEAD:
            return False
        return self._checking or self._out.next() < NEVER

    def _read(self) -> bool:
        """Take what bedrock-mantle has sent; return whether that was all."""
        events: list[bytes] = []
        fault: Kind | None = None  # not the exception, whose frames would hold this one, and it the texts
        try:
            events += self._reader.feed(self._response.arrived())
            if self._response.finished:
                events += self._reader.end()
        except SseError:
            fault = "protocol"
        except HttpError as error:
            fault = error.kind
        self.received.take(events)
        self._events.take_all(events)  # those before a fault arrived all the same
        if fault is not None and not self._events.complete:
            raise unreachable(HttpError(fault, "", sent=True))
        if fault is not None or self._response.finished:  # an answer that has said its end lacks nothing
            self._events.end()
            self._ended = True
        return self._ended

    def _answered(self) -> None:
        """Take what the checker has said."""
        said, self._verdict = self._verdict, None
        self._checking = False
        try:
            if isinstance(said, BaseException):
                raise said
            if said is not None:
                self._settle(said)
        finally:
            del said  # an exception whose frame names it would stay, with all that the frame holds

    def _settle(self, verdict: Verdict) -> None:
        if verdict.blocked is not None:
            raise BlockedError(verdict.blocked)
        if verdict.word == "masked":
            self._tally.output = "masked"
        for piece in self._out.settle(verdict):
            marks.add(piece, verdict, self._tally.masked["output"])

    def _masked(self) -> bytes:
        """Return the comment that says what was masked, which clients skip; nothing if nothing was."""
        found = self._tally.masked["output"]
        return f": {marks.HEADERS['output']}: {marks.said(found)}\n\n".encode() if found else b""

    def _check(self, poller: select.poll, now: float, deadline: float) -> None:
        """Have the guardrail asked about what is due, unless it is looking at something, while the stream goes on."""
        if self._checking or self._ended or self._out.next() > now:
            return
        # What has come meanwhile is shown with it; and if that was all that comes, it takes no other thread.
        number = self._response.fileno()
        for _ in range(_MORE):
            if self._full() or number not in self._wait(poller, number, 0.0):
                break
            if self._read():
                poller.unregister(number)
                return
        shown = self._out.due(now)
        if shown:
            self._checking = True
            if self._wakeup is None:
                self._wakeup = _Wakeup()
                poller.register(self._wakeup.fileno(), select.POLLIN)
            start_new_thread(self._ask, (self._wakeup, shown, deadline))

    def _finish(self, deadline: float) -> None:
        """Ask the guardrail about what is left. Nothing else will come meanwhile, so it takes no other thread.

        The caller hears nothing until it answers, or is given up after three attempts of 10 s.
        """
        shown = self._out.due(time.monotonic())
        try:
            self._settle(self._judge.output(shown, self._tally, deadline))
        except GuardrailUnavailableError:
            if time.monotonic() < deadline:
                raise
            self._checking = True  # which it still is, for all that is known
            raise DeadlineReachedError from None

    def _ask(self, wakeup: _Wakeup, shown: list[str], deadline: float) -> None:
        try:
            self._verdict = self._judge.output(shown, self._tally, deadline)
        except BaseException as error:
            # The loop must not wait for ever; what is not foreseen ends the request in the loop's own thread.
            self._verdict = error
        wakeup.set()


class _Wakeup:
    """What one thread sets to wake another that waits on descriptors."""

    __slots__ = ("_closed", "_in", "_lock", "_out")

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        self._lock = allocate_lock()
        self._closed = False

    def fileno(self) -> int:
        return self._out

    def set(self) -> None:
        with self._lock:  # a closed descriptor's number may be another file's by now
            if not self._closed:
                os.write(self._in, b"!")

    def clear(self) -> None:
        os.read(self._out, 1)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            os.close(self._in)
            os.close(self._out)
