"""What a request's way may ask of an API of OpenAI's: the types of what `chat` and `responses` hold."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from ..core.catalogue import Model
    from ..core.errors import ProxyError
    from ..core.usage import Usage
    from ..release.outbox import Outbox
    from ..request.prepared import Prepared
    from ..request.texts import Slot

    class Whole(Protocol):
        """An answer in one piece: its texts, and the answer that is made anew of them."""

        usage: Usage

        @property
        def slots(self) -> Sequence[Slot]:
            """Its texts, for the guardrail."""

        def shape(self) -> None:
            """See that it is the JSON that was asked for, if any was; raise StructuredOutputError if it is not."""

        def body(self) -> dict[str, Any]:
            """Return the answer, as its texts are now."""

        def blocked(self, message: str) -> dict[str, Any]:
            """Return the answer that says that the guardrail blocked it."""

    class Events(Protocol):
        """A streamed answer: takes bedrock-mantle's events, and puts into the outbox what the client will get."""

        usage: Usage
        complete: bool

        def take_all(self, events: Sequence[bytes]) -> None:
            """Take the data of some events."""

        def end(self) -> None:
            """Say that no other event comes."""

        def blocked(self, message: str) -> bytes:
            """Return how the stream ends when the guardrail blocks it."""

        def failed(self, error: ProxyError) -> bytes:
            """Return how the stream ends with an error."""


class Adapter:
    """One of the two APIs.

    Parameters
    ----------
    path
        Below the model's prefix.
    prepare
        Checks a body and makes of it what goes upstream.
    whole, events
        Take an answer in one piece, or begin a streamed one.
    """

    __slots__ = ("events", "path", "prepare", "whole")

    def __init__(
        self,
        path: str,
        prepare: Callable[[dict[str, Any], Model, str], Prepared],
        whole: Callable[[dict[str, Any], Prepared], Whole],
        events: Callable[[Prepared, Outbox], Events],
    ) -> None:
        self.path = path
        self.prepare = prepare
        self.whole = whole
        self.events = events
