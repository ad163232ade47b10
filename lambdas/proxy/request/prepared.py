"""A request that was checked: what will be sent, where its texts stand, and what is to be said about it."""

from __future__ import annotations

from .ids import Ids

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.catalogue import Model
    from .images import Image
    from .texts import Slot

#: Names of dropped fields that a header says at the most.
MARKS = 16

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$")


class Prepared:
    """What an adapter makes of a body.

    Attributes
    ----------
    model, tier
        What is asked for, both allowed to the team.
    stream
        Whether the caller wants events.
    body
        What goes upstream: nothing but what was checked.
    slots, images
        Everything in it that the guardrail must see.
    names
        Names of the declared tools; a call to another is an error of the model.
    metadata
        The caller's own; given back, never sent on, since CloudTrail writes it down verbatim
        (https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html).
    include_usage
        Whether a chat stream ends with a chunk of usage.
    ids
        The ids of its tool calls.
    dropped
        Names of fields in the history and the tools that are not known, and so not sent.
    form
        The structured output that is asked for: ``schema`` is what it must match. None: any text.
    headers
        What was changed, said in the answer.
    notices
        What there is to say of the call that was answered: parameters that the service did not take, its limits.
    size, grown
        Bytes of the JSON that it was made from, without its images, and of them, by how much masks are longer than what
        they mask.
    source
        The caller's body, from which the request can be prepared for another model.
    rejected
        Rules for what the service rejected of this request: parameter -> its other name, or None if it is left out;
        ``beside+parameter`` -> what the second is set to beside the first.
    reasoning_dropped
        How many pieces of earlier reasoning were left out of the history.
    """

    __slots__ = (
        "_spoken",
        "body",
        "dropped",
        "form",
        "grown",
        "headers",
        "ids",
        "images",
        "include_usage",
        "metadata",
        "model",
        "names",
        "notices",
        "reasoning_dropped",
        "rejected",
        "size",
        "slots",
        "source",
        "stream",
        "tier",
    )

    def __init__(self, model: Model, tier: str) -> None:
        self.model = model
        self.tier = tier
        self.stream = False
        self.body: dict[str, Any] = {}
        self.size = self.grown = 0
        self.source: dict[str, Any] = {}
        self.slots: list[Slot] = []
        self.images: list[Image] = []
        self.names: set[str] = set()
        self.metadata: dict[str, str] = {}
        self.include_usage = False
        self.form: dict[str, Any] | None = None
        self.headers: list[tuple[str, str]] = []
        self.notices: list[tuple[str, str]] = []
        self.reasoning_dropped = 0
        self.dropped: dict[str, None] = {}
        self.ids = Ids()
        self._spoken: Slot | None = None  # the last text of the model's, if none but tools have said anything since
        self.rejected: dict[str, str | None] = {}

    def developer(self, first: int) -> None:
        """Note that the texts from one on are what developers write."""
        for slot in self.slots[first:]:
            slot.developer = True

    def joined(self, first: int) -> None:
        """Note that the texts from one on are read as one, without anything between: those of a message's parts."""
        for at in range(first + 1, len(self.slots)):
            self.slots[at].follows = self.slots[at - 1]

    def said(self, first: int, role: str) -> None:
        """Note that the texts from one on are a message's of a role.

        What the model said in messages that follow each other it reads as one, calls of tools and their results apart:
        such is the template of Gemma 4 (https://huggingface.co/google/gemma-4-E4B-it/blob/main/chat_template.jinja).
        """
        if role == "assistant" and len(self.slots) > first:
            self.slots[first].follows = self._spoken
            self._spoken = self.slots[-1]
        elif role not in ("assistant", "tool"):
            self._spoken = None

    def all_headers(self) -> list[tuple[str, str]]:
        """Return all headers that say something of this request."""
        dropped = [("x-cloister-reasoning-dropped", str(self.reasoning_dropped))] if self.reasoning_dropped else []
        return [*self.headers, *dropped, *self._marks(), *self.notices]

    def _marks(self) -> list[tuple[str, str]]:
        if not self.dropped:
            return []
        shown = [name for name in self.dropped if 0 < len(name) <= 64 and _WORD.issuperset(name)][:MARKS]
        more = len(self.dropped) - len(shown)
        return [("x-cloister-dropped", ", ".join([*shown, *([f"and {more} more"] if more else [])]))]
