"""Where the texts of a request or an answer stand, so that what the guardrail masks can be put back in their place."""

from __future__ import annotations

import json

from ..core.jsontext import compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class UnmaskableError(Exception):
    """The guardrail masked a part that has no masked form: a name, or JSON that the mask would break."""


class Slot:
    """One text in its place.

    Parameters
    ----------
    holder, key
        The list or dict that holds the text, and where.
    path
        For people: ``messages[0].content``.
    """

    __slots__ = ("holder", "key", "path")

    def __init__(self, holder: Any, key: Any, path: str) -> None:
        self.holder = holder
        self.key = key
        self.path = path

    @property
    def text(self) -> str:
        """What the guardrail is shown."""
        return str(self.holder[self.key])

    def put(self, masked: str) -> None:
        """Put the masked text in the place of the original."""
        self.holder[self.key] = masked


class Name(Slot):
    """A text that is a name: it means something only as it stands, so a mask is a refusal."""

    __slots__ = ()

    def put(self, masked: str) -> None:
        """Raise UnmaskableError, unless nothing was masked."""
        if masked == self.text:
            return
        raise UnmaskableError(self.path)


class Document(Slot):
    """A JSON value (a tool's schema): shown as text with its escapes resolved, and read back from it."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """The value as JSON, in which no letter hides behind an escape."""
        return plain(self.holder[self.key])

    def put(self, masked: str) -> None:
        """Put back what the masked JSON says; raise UnmaskableError if it is JSON no more."""
        try:
            self.holder[self.key] = json.loads(masked)
        except ValueError:
            raise UnmaskableError(self.path) from None


class Arguments(Slot):
    """The arguments of a tool call: JSON in a string, as a model wrote it.

    Its escapes are resolved at once, and what the guardrail sees is what goes on: ``\\u0050roject`` hides nothing.
    """

    __slots__ = ()

    def __init__(self, holder: Any, key: Any, path: str) -> None:
        super().__init__(holder, key, path)
        holder[key] = unescaped(holder[key])

    def put(self, masked: str) -> None:
        """Put the masked arguments in place; raise UnmaskableError if the original was JSON and this is not."""
        if is_json(self.holder[self.key]) and not is_json(masked):
            raise UnmaskableError(self.path)
        self.holder[self.key] = masked


def plain(value: Any) -> str:
    """Return a value as compact JSON without escaped letters."""
    return compact(value)


def unescaped(text: str) -> str:
    """Return JSON text with its ``\\u`` escapes resolved; text that is no JSON, or has none, as it is."""
    if "\\u" not in text and "\\/" not in text:
        return text
    try:
        return plain(json.loads(text))
    except (ValueError, RecursionError):
        return text


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def put_all(slots: Iterable[Slot], masked: Iterable[str | None]) -> None:
    """Put each masked text in its place; None leaves the text as it is."""
    for slot, text in zip(slots, masked, strict=True):
        if text is not None:
            slot.put(text)


def sound(text: str) -> str:
    """Return a text that can be written in UTF-8: half of a surrogate pair becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
