"""What guarding one request took."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Tally:
    """What guarding one request took: calls, seconds, text units; for the record."""

    __slots__ = (
        *(
            "acted",
            "calls",
            "charged",
            "input",
            "masked",
            "output",
            "room",
            "seconds",
            "side",
            "skipped",
            "throttled",
            "units",
        ),
    )

    def __init__(self) -> None:
        self.calls = 0
        self.throttled = 0  # of them, those that the account's quota refused
        self.seconds = 0.0
        self.units = 0
        # Text units and images, by the policy that they are charged for; "" is each, where no usage came. Threads
        # add to it, so it is a list.
        self.charged: list[tuple[str, int]] = []
        self.room: Callable[[int, int], None] | None = None  # has room for units and images, of a team with a budget
        self.skipped = 0  # texts and images that were cleared before
        self.input = "skipped"
        self.output = "skipped"
        self.masked: dict[str, dict[str, int]] = {"input": {}, "output": {}}  # how often each kind was, in and out
        self.side = "input"  # which of the two is being judged
        self.acted: dict[str, set[str]] = {"input": set(), "output": set()}  # the policies that did something, by name
