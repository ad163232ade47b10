"""What the guardrail said about some texts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .masks import Match


class Verdict:
    """What the guardrail said about some texts.

    Attributes
    ----------
    blocked
        The canned message, if it blocked any of them; else None.
    texts
        For each text, what it was masked to, or None if it may stay as it is.
    matches
        What was masked, in any of them. Never to be written down.
    """

    __slots__ = ("blocked", "matches", "texts")

    def __init__(self, blocked: str | None, texts: list[str | None], matches: Sequence[Match] = ()) -> None:
        self.blocked = blocked
        self.texts = texts
        self.matches = matches

    @property
    def word(self) -> str:
        """For the record: ``blocked``, ``masked`` or ``none``."""
        return "blocked" if self.blocked is not None else "masked" if any(t is not None for t in self.texts) else "none"


class BlockedError(Exception):
    """The guardrail blocked; ``message`` is its canned message."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message
