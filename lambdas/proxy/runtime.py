"""A client of the Lambda Runtime API that streams its responses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn


class ClientGone(Exception):  # noqa: N818
    """Nobody reads this reply any more."""


class Invocation:
    """One request. Attributes: request_id, deadline (time.monotonic value), function_arn, event (JSON), cold_start."""

    __slots__ = ("cold_start", "deadline", "event", "function_arn", "request_id")

    def __init__(self, request_id: str, deadline: float, function_arn: str, event: bytes, cold_start: bool) -> None:
        self.request_id = request_id
        self.deadline = deadline
        self.function_arn = function_arn
        self.event = event
        self.cold_start = cold_start


class Reply:
    started: bool

    def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        raise NotImplementedError


def serve(init: Callable[[], Callable[[Invocation, Reply], None]]) -> NoReturn:
    """Make the handler with ``init``, then answer invocations for ever."""
    raise NotImplementedError
