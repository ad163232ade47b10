"""The function's life under the Lambda Runtime API: make the handler, then answer one invocation after another.

The managed Python runtime cannot stream a response, so this takes its place. What is on the wire, and where that is
documented, is in :mod:`runtime_api`; why it exists at all, in ``docs/decisions/0001-own-runtime-client.md``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from _thread import get_ident, start_new_thread

from ..core.clock import stamp
from .api import ApiError, FatalError, RuntimeApi
from .reply import ClientGone, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import NoReturn
else:
    import _signal as signal  # what `signal` is made of; that makes enumerations of its numbers as it is imported

#: Seconds before Lambda ends the process at which what is open is written down, whatever else goes on.
LAST_WORDS = 0.5
#: Seconds after which a signal is sent again that the main thread may have overlooked.
_AGAIN = 0.02
#: New objects after which the collector of cycles looks for some: a request leaves none, and it would come by in every
#: other one.
_CYCLES = 20_000
#: Frames of a crash that are logged, innermost last.
_PLACES = 20

__all__ = ["ClientGone", "Invocation", "Reply", "serve"]


class Invocation:
    """One request to the function.

    Attributes
    ----------
    request_id
        Lambda's id of it.
    deadline
        The ``time.monotonic`` value when Lambda will end the function's time.
    function_arn
        As invoked, alias included.
    event
        The event's JSON, as sent. Holds prompts: never log it.
    cold_start
        Whether this is the process's first.
    """

    __slots__ = ("cold_start", "deadline", "event", "function_arn", "request_id")

    def __init__(
        self, request_id: str, deadline: float, function_arn: str, event: bytes | bytearray, cold_start: bool
    ) -> None:
        self.request_id = request_id
        self.deadline = deadline
        self.function_arn = function_arn
        self.event = event
        self.cold_start = cold_start

    def __repr__(self) -> str:
        return f"Invocation(request_id={self.request_id!r})"


def serve(
    init: Callable[[], Callable[[Invocation, Reply], None]],
    interrupted: Callable[[str, Callable[[], None] | None], None] | None = None,
    settle: Callable[[float], None] | None = None,
    write: Callable[[str], None] | None = None,
) -> NoReturn:
    """Make the handler with ``init`` and answer invocations until Lambda ends the process.

    Parameters
    ----------
    init
        Reads settings, opens connections, and returns the handler. If it raises, Lambda is told and the process ends
        with status 1.

        The handler is called with an invocation and a reply. When it returns, the reply is ended. If it raises before
        ``Reply.start``, the invocation fails; after, the reply ends with error trailers. Either way Lambda gets the
        exception's type only: a message could quote a prompt. ``ClientGone`` is not an error: the next one is served.
    interrupted
        Called with ``deadline_reached`` a little before Lambda ends the process, if an invocation is still being
        answered then, and with ``terminated`` on SIGTERM: what is open is to be written down, and then what it is given
        beside that is to be called, which ends the process. It is called in the main thread, between any two of its
        steps, whatever these are.
    settle
        Called with the invocation's deadline when its reply has ended, before the next is asked for: nobody waits.
    write
        Takes the lines of JSON that say where an exception came from; they go to standard error without it.

    Environment
    -----------
    AWS_LAMBDA_RUNTIME_API
        ``host:port`` of the Runtime API.
    """
    global _write
    _write = write or _write
    # What nobody catches, in this thread or another, would be printed with its message, which could quote a prompt.
    sys.excepthook = lambda _, error, __: uncaught(error)
    sys.unraisablehook = _unraisable
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = init()
    except Exception as error:
        report("init", error)
        try:
            api.init_error(error_type(error))
        except ApiError as second:
            report("init error", second)
        sys.exit(1)
    gc.enable()  # what starts this has switched it off
    gc.freeze()  # what was made so far lives as long as the process: the collector need not look at it ever again
    gc.set_threshold(_CYCLES)
    cold = True
    if interrupted is not None:
        _listen(interrupted)
    try:
        while True:
            deadline = _answer(api, handler, cold, alarmed=interrupted is not None)
            cold = False
            if settle is not None:
                _settle(settle, deadline)
    except FatalError as error:
        report("runtime api", error)
        sys.exit(1)


def _listen(interrupted: Callable[[str, Callable[[], None] | None], None]) -> None:
    """Have ``interrupted`` called on either signal, even if one comes while the main thread is about to wait.

    Python calls a handler between two steps of the main thread. A signal that comes behind the last of them, and before
    the kernel is in a call that waits, is seen when that call returns: for the next invocation, that is never. So the
    alarm rings more than once, and SIGTERM is sent again by a thread that Python tells of each signal at once
    (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """

    def terminated(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is heard, and is not to come between what it has done
        interrupted("terminated", _end)

    told, tell = os.pipe()
    os.set_blocking(tell, False)
    start_new_thread(_again, (told, get_ident()))
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    signal.signal(signal.SIGALRM, lambda *_: interrupted("deadline_reached", None))
    signal.signal(signal.SIGTERM, terminated)


def _again(told: int, main: int) -> None:
    while True:
        if signal.SIGTERM in os.read(told, 64):
            time.sleep(_AGAIN)
            signal.pthread_kill(main, signal.SIGTERM)


def _end() -> NoReturn:
    os._exit(128 + signal.SIGTERM)


def _settle(settle: Callable[[float], None], deadline: float) -> None:
    try:
        settle(deadline)
    except Exception as error:  # it is nobody's request that failed
        report("settling", error)


def _answer(
    api: RuntimeApi, handler: Callable[[Invocation, Reply], None], cold: bool, *, alarmed: bool = False
) -> float:
    """Wait for one invocation and answer it; return its deadline."""
    head, event = api.next()
    request_id = head.get("lambda-runtime-aws-request-id") or ""
    deadline_ms = head.get("lambda-runtime-deadline-ms") or "0"
    left = int(deadline_ms) / 1000 - time.time() if deadline_ms.isdigit() else 0.0
    deadline = time.monotonic() + left
    # The trace id stays where it is: a caller may have written it in a header, and nobody here reads it.
    arn = head.get("lambda-runtime-invoked-function-arn") or ""
    reply = Reply(api, request_id, head.get("lambda-runtime-invocation-id"), deadline)
    if alarmed:
        signal.setitimer(signal.ITIMER_REAL, max(left - LAST_WORDS, 0.001), _AGAIN)
    try:
        try:
            handler(Invocation(request_id, deadline, arn, event, cold), reply)
        except ClientGone:
            reply.abandon()
        except Exception as error:
            report("invocation", error, request_id)
            reply.fail(error_type(error))
        else:
            reply.end()
    except ClientGone:
        reply.abandon()
    except FatalError:
        raise
    except ApiError as error:  # the invocation is lost; the next may not be
        report("runtime api", error, request_id)
        reply.abandon()
    finally:
        if alarmed:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return deadline


def error_type(error: BaseException) -> str:
    """Name an exception for Lambda, in its ``category.reason`` form."""
    return f"Function.{type(error).__name__}"


def uncaught(error: BaseException, during: str = "running", write: Callable[[str], None] | None = None) -> None:
    """Log what nobody caught; should even that fail, Python would print both exceptions, so a fixed line is written."""
    try:
        report(during, error, write=write)
    except BaseException:
        os.write(2, b"an exception could not be logged\n")


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """Log what was raised where nobody can catch it: at the end of a thread, or of an object's life."""
    # It may be in the middle of a line, so it waits for nobody: not in the chain, but beside it.
    if what.exc_value is not None:
        uncaught(what.exc_value, "ending a thread or an object", _to_standard_error)


def report(
    during: str, error: BaseException, request_id: str | None = None, write: Callable[[str], None] | None = None
) -> None:
    """Log where an exception came from: types, files and lines, never a message, which could quote a prompt."""
    places: list[str] = []
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    said = str(error) if isinstance(error, ApiError) else None  # its messages are this package's own, and fixed
    line = {
        "record": "crash",
        "version": 1,
        "time": stamp(time.time()),
        "during": during,
        "request_id": request_id,
        "type": type(error).__name__,
        "reason": said,
        "at": places[-_PLACES:],
    }
    (write or _write)(json.dumps(line, separators=(",", ":")))


def _to_standard_error(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


_write: Callable[[str], None] = _to_standard_error
