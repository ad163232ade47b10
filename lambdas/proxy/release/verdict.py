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
    where
        The texts in one of which stands what it blocked; images are counted on after them.
    words
        What it blocked, in small letters, as far as it said so. Never to be written down.
    """

    __slots__ = ("blocked", "matches", "texts", "where", "words")

    def __init__(
        self,
        blocked: str | None,
        texts: list[str | None],
        matches: Sequence[Match] = (),
        *,
        where: Sequence[int] = (),
        words: Sequence[str] = (),
    ) -> None:
        self.blocked = blocked
        self.texts = texts
        self.matches = matches
        self.where = where
        self.words = words

    def block(self, message: str, where: int) -> None:
        """Make a block of it, for what stands in one of the texts."""
        self.blocked, self.where, self.words = message, (where,), ()

    @property
    def word(self) -> str:
        """For the record: ``blocked``, ``masked`` or ``none``."""
        if self.blocked is not None:
            return "blocked"
        return "none" if self.texts.count(None) == len(self.texts) else "masked"


class BlockedError(Exception):
    """The guardrail blocked; ``message`` is its canned message.

    Attributes
    ----------
    words
        What it found, in small letters, as far as it said so. Never to be written down.
    where
        The texts in one of which it stands.
    """

    def __init__(self, message: str, words: Sequence[str] = (), where: Sequence[int] = ()) -> None:
        super().__init__()
        self.message = message
        self.words = words
        self.where = where
