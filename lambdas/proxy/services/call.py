"""A call to a service of AWS: signed, sent, tried again within its deadline, and read.

What differs between the services is data: a `Terms` beside each of them.
"""

from __future__ import annotations

import time

from ..core.errors import DeadlineReachedError
from ..http.client import HttpError
from . import backoff
from .pace import Pace
from .sigv4 import sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

    from ..http.client import Client, Response
    from ..http.connection import Connection
    from .credentials import Credentials

#: Every kind of `HttpError` after which a call may be made again. ``timeout`` is among them: of a call that changes
#: nothing, all that asking twice costs is time.
FAULTS = frozenset(("dns", "connect", "tls", "timeout", "reset", "protocol", "too_large", "closed"))
#: Statuses that say that the next attempt may succeed.
BUSY = frozenset((429, 500, 502, 503, 504))


class Terms:
    """How a service is called.

    Parameters
    ----------
    read_timeout
        Seconds without a byte after which an attempt is given up.
    longest_retry_after
        Seconds that a ``Retry-After`` is waited for; a longer one is the caller's to wait.
    attempts
        Calls at the most, the first included.
    statuses, faults
        What is tried again: statuses, and kinds of `HttpError`.
    patient
        Statuses that say that a quota is used up for now: tried again until the request's own deadline, however often,
        and longer and longer apart.
    longest_wait
        Seconds between two attempts of these, on average, at the most.
    """

    __slots__ = (
        "attempts",
        "faults",
        "longest_retry_after",
        "longest_wait",
        "patient",
        "read_timeout",
        "statuses",
    )

    def __init__(
        self,
        *,
        read_timeout: float,
        longest_retry_after: float,
        attempts: int = 3,
        statuses: Collection[int] = BUSY,
        faults: Collection[str] = FAULTS,
        patient: Collection[int] = (),
        longest_wait: float = 10.0,
    ) -> None:
        self.read_timeout = read_timeout
        self.longest_retry_after = longest_retry_after
        self.attempts = attempts
        self.statuses = statuses
        self.faults = faults
        self.patient = patient
        self.longest_wait = longest_wait


class Call:
    """What calling took, for the record; and the end of it, if it is not wanted any more.

    Parameters
    ----------
    attempts, lost
        Made before, for the same request; and of them, those that were sent and of which no answer came.
    may
        Asked before another attempt is made after one that was lost, and may have been charged: whether it may be made.
    """

    __slots__ = (
        *("_connection", "attempts", "ended", "lost", "may", "ms", "over", "request_id", "sent", "status"),
        "throttled",
    )

    def __init__(self, attempts: int = 0, lost: int = 0, may: Callable[[], bool] | None = None) -> None:
        self._connection: Connection | None = None
        self.over = False
        self.ended = False  # there is no room for another attempt
        self.attempts = attempts
        self.lost = lost
        self.may = may
        self.throttled = 0  # of them, those that were refused for want of a quota and tried again
        self.status: int | None = None
        self.ms: float | None = None
        self.request_id: str | None = None
        self.sent: dict[str, Any] | None = None  # what was answered, where that is JSON of this function's making

    def began(self) -> None:
        """Count an attempt, of which nothing is known yet."""
        self.attempts += 1
        self.status = None
        self._connection = None

    def answered(self, response: Response, seconds: float) -> None:
        """Take note of how an attempt was answered, after so many seconds."""
        self.status = response.status
        self.ms = seconds * 1000
        self.request_id = _request_id(response)

    def failed(self, error: HttpError, *, last: bool) -> bool:
        """Take note of why an attempt was not answered; return whether another may be made, unless it was the last."""
        if not error.sent or error.kind == "closed":  # who closed it knows of it
            return not self.ended
        self.lost += 1
        return last or self._may()

    def _may(self) -> bool:
        """Whether it may be sent again, which may cost as much again; what was once refused is not asked again."""
        self.ended = self.ended or not (self.may is None or self.may())
        return not self.ended

    def watch(self, connection: Connection) -> None:
        """Take note of the connection that is about to be used.

        Raises
        ------
        HttpError
            If it is the second of an attempt, the first having been closed with the request in it, and may not be used.
        """
        if self._connection is not None:
            self.lost += 1
            if not self._may():
                connection.close()
                raise HttpError("reset", "the connection was closed, and there is no room to send it again", sent=False)
        self._connection = connection
        if self.over:
            connection.close()

    def end(self) -> None:
        """End the call, in whatever thread it is, and have no other attempt made."""
        self.over = True
        if self._connection is not None:
            self._connection.close()


class Service:
    """A service, as the function reaches it.

    Parameters
    ----------
    client, credentials, region
        What is called with, as whom, and where.
    name
        Its name in a signature's scope.
    terms
        How it is called.
    """

    def __init__(self, client: Client, credentials: Credentials, region: str, name: str, terms: Terms) -> None:
        self._free = Pace(())
        self._client = client
        self._credentials = credentials
        self._region = region
        self._name = name
        self._terms = terms

    def warm(self, host: str) -> None:
        """Open a connection ahead of the first call."""
        self._client.warm(host)

    def send(
        self,
        method: str,
        host: str,
        path: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | Sequence[bytes | memoryview],
        *,
        call: Call,
        deadline: float,
        limit: int | None = None,
        pace: Pace | None = None,
        units: int = 0,
    ) -> tuple[Response, bytes]:
        """Return the response to a request, and its body.

        Parameters
        ----------
        call
            Is filled in.
        deadline
            Monotonic time in seconds.
        limit
            Bytes that the body of a 200 may have. It is read within the attempt, so that a fault in it is tried again,
            and no other body is read. None: the body is not read; the response is the caller's to read and close.
        pace, units
            How fast the account may ask, and how much of that each attempt takes.

        Returns
        -------
        Response, bytes
            Of the last attempt, whatever its status.

        Raises
        ------
        HttpError
            The last attempt's.
        DeadlineReachedError
        """
        terms, pace = self._terms, pace or self._free
        tried = waited = 0
        while True:
            if not pace.wait(units, deadline):
                raise DeadlineReachedError
            call.began()
            started = time.monotonic()
            data = b""
            last = tried + 1 == terms.attempts
            try:
                response = self._client.request(
                    method,
                    host,
                    path,
                    sign(
                        method,
                        host,
                        path,
                        headers,
                        body,
                        service=self._name,
                        region=self._region,
                        credentials=self._credentials,
                    ),
                    body,
                    timeout=terms.read_timeout,
                    deadline=deadline,
                    watch=call.watch,
                )
                call.answered(response, time.monotonic() - started)
                if limit is not None:
                    with response:
                        if response.status == 200:
                            data = response.read(limit)
            except HttpError as error:
                ends = last or error.kind not in terms.faults or time.monotonic() >= deadline
                again = call.failed(error, last=ends)
                if time.monotonic() >= deadline:
                    raise DeadlineReachedError from None
                if ends or not again or not self._pause(tried, None, deadline):
                    raise
                tried += 1
                continue
            asked = backoff.parse_retry_after(response.header("retry-after"))
            if response.status in terms.patient:
                pace.refused(units)
                first = max(backoff.FIRST, 2 * pace.seconds(units))
                if not backoff.again(waited, asked, deadline, first=first, longest=terms.longest_wait):
                    return response, data
                waited += 1
                call.throttled += 1
            elif response.status not in terms.statuses or last or not self._pause(tried, asked, deadline):
                return response, data
            else:
                tried += 1
            response.close()

    def _pause(self, attempt: int, wait: float | None, deadline: float) -> bool:
        return backoff.pause(attempt, wait, deadline, longest=self._terms.longest_retry_after)


def _request_id(response: Response) -> str | None:
    for name in ("x-amzn-requestid", "x-request-id"):
        value = response.header(name)
        if value and len(value) <= 128 and value.isascii() and value.replace("-", "").replace("_", "").isalnum():
            return value
    return None
