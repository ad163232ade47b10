"""The table, as the function reaches it: one signed call, made again until it is known what became of the write.

DynamoDB's JSON protocol is one POST with the operation in a header
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html).
"""

from __future__ import annotations

import json
import time

from ..core.errors import DeadlineReachedError, LedgerUnavailableError
from ..http.client import HttpError
from ..services import backoff
from ..services.call import Call, Service, Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..http.client import Client
    from ..http.connection import Connection
    from ..services.credentials import Credentials

#: One attempt: what is tried again is decided here, since DynamoDB says with a 400 too that it has no capacity now.
TERMS = Terms(read_timeout=1.0, longest_retry_after=1.0, attempts=1)
ATTEMPTS = 4
#: Seconds that a write may take, with all its attempts.
PATIENCE = 5.0
#: Bytes of an answer: an item has 400 KB at the most.
_LIMIT = 1024 * 1024
#: Errors that say that a write was not made, and may be now
#: (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html).
_AGAIN = frozenset(
    (
        *("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"),
        *("TransactionConflictException", "ItemCollectionSizeLimitExceededException", "LimitExceededException"),
    )
)
_HEADERS = (("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "DynamoDB_20120810.UpdateItem"))


class Wrote:
    """What became of a write.

    Attributes
    ----------
    done
        Whether its condition held, and it was made.
    item
        Its attributes as DynamoDB gave them: what was written, or what was there instead.
    doubtful
        Whether an attempt was made of which no answer came, so that a copy of it may be made later.
    """

    __slots__ = ("done", "doubtful", "item")

    def __init__(self, done: bool, item: dict[str, Any], doubtful: bool) -> None:
        self.done = done
        self.item = item
        self.doubtful = doubtful


class _Sent(Call):
    """Counts connections too: a request is sent again by itself where a kept connection turns out to be closed."""

    __slots__ = ("connections",)

    def __init__(self) -> None:
        super().__init__()
        self.connections = 0

    def watch(self, connection: Connection) -> None:
        """Take note of the connection that is about to be used."""
        self.connections += 1
        super().watch(connection)


class Table:
    """A table of DynamoDB.

    Parameters
    ----------
    client, credentials, region
        What is called with, as whom, and where.
    name, host
        The table, and what leads to it.
    """

    def __init__(self, client: Client, credentials: Credentials, region: str, name: str, host: str) -> None:
        self._service = Service(client, credentials, region, "dynamodb", TERMS)
        self._host = host
        self.name = name

    def warm(self) -> None:
        """Open a connection ahead of the first write."""
        self._service.warm(self._host)

    def update(self, body: bytes, deadline: float) -> Wrote:
        """Make a conditional write; each is such that making it twice is making it once.

        Parameters
        ----------
        body
            Of ``UpdateItem``.
        deadline
            Monotonic time in seconds.

        Raises
        ------
        LedgerUnavailableError
            If it is not known whether it was made.
        """
        deadline = min(deadline, time.monotonic() + PATIENCE)
        doubtful = False
        for attempt in range(ATTEMPTS):
            call = _Sent()
            try:
                response, _ = self._service.send("POST", self._host, "/", _HEADERS, body, call=call, deadline=deadline)
                doubtful = doubtful or call.connections > 1
                with response:
                    status, data = response.status, response.read(_LIMIT)
                answer: Any = json.loads(data)
            except DeadlineReachedError:
                break
            except (HttpError, ValueError, RecursionError) as error:
                # What was not sent was not made; of all else nobody knows.
                doubtful = doubtful or not isinstance(error, HttpError) or error.sent
            else:
                if not isinstance(answer, dict):
                    doubtful = True
                elif status == 200:
                    return Wrote(True, _item(answer.get("Attributes")), doubtful)
                else:
                    kind = str(answer.get("__type", "")).rpartition("#")[2]
                    if status == 400 and kind == "ConditionalCheckFailedException":
                        return Wrote(False, _item(answer.get("Item")), doubtful)
                    if status < 500 and kind not in _AGAIN:
                        raise LedgerUnavailableError(refused=True)
                    doubtful = doubtful or kind not in _AGAIN
            if attempt + 1 == ATTEMPTS or not backoff.pause(attempt, None, deadline, longest=1.0):
                break
        raise LedgerUnavailableError


def _item(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
