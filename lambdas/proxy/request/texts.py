"""Where the texts of a request or an answer stand, so that what the guardrail masks can be put back in their place."""

from __future__ import annotations

import json

from ..core.jsontext import Json, compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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
    follows
        The text that it is read as going on with, without anything between; None if there is none.
    developer
        Whether it is what developers write: instructions, definitions of tools and of answers.
    """

    __slots__ = ("developer", "follows", "holder", "key", "path")

    def __init__(
        self, holder: Any, key: Any, path: str, *, follows: Slot | None = None, developer: bool = False
    ) -> None:
        self.holder = holder
        self.key = key
        self.path = path
        self.follows = follows
        self.developer = developer

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
    """A JSON value (a tool's schema): shown as text with its escapes resolved, and read back from it.

    The numbers in it that are no person's are shown as 0, and stay what they are: the bounds that a program writes for
    each integer look like numbers of cards (https://github.com/colinhacks/zod/issues/4309).
    """

    __slots__ = ("_shown",)

    @property
    def text(self) -> str:
        """The value as JSON, in which no letter hides behind an escape."""
        shown: str | None = getattr(self, "_shown", None)
        if shown is None:  # it is asked for twice, and may be long
            shown = self._shown = Json(plain(_without_numbers(self.holder[self.key])))
        return shown

    def put(self, masked: str) -> None:
        """Put back what the masked JSON says; raise UnmaskableError if it is JSON no more."""
        try:
            self.holder[self.key] = _with_numbers(json.loads(masked), self.holder[self.key])
        except (ValueError, RecursionError):
            raise UnmaskableError(self.path) from None


class Arguments(Slot):
    """The arguments of a tool call: JSON in a string, as a model wrote it.

    Its escapes are resolved at once, and what the guardrail sees is what goes on: ``\\u0050roject`` hides nothing.
    """

    __slots__ = ()

    def __init__(self, holder: Any, key: Any, path: str) -> None:
        super().__init__(holder, key, path)
        holder[key] = unescaped(holder[key])

    @property
    def text(self) -> str:
        """What it is, marked as JSON: whatever of it is still behind an escape is shown as its reader will have it."""
        return Json(self.holder[self.key])

    def put(self, masked: str) -> None:
        """Put the masked arguments in place; raise UnmaskableError if the original was JSON and this is not."""
        if is_json(self.holder[self.key]) and not is_json(masked):
            raise UnmaskableError(self.path)
        self.holder[self.key] = masked


class Structured(Arguments):
    """The JSON that an answer was asked to be."""

    __slots__ = ()


def follows(slots: Sequence[Slot]) -> list[int]:
    """Return for each text the number of the one that it goes on with, or -1; nothing if none of them does."""
    if not [1 for slot in slots if slot.follows is not None]:
        return []
    numbers = {id(slot): at for at, slot in enumerate(slots)}
    return [numbers.get(id(slot.follows), -1) for slot in slots]


def no_mask_in_arguments(slots: Iterable[Slot], masked: Iterable[str | None]) -> None:
    """Raise UnmaskableError if something is masked in the arguments of a tool call."""
    for slot, text in zip(slots, masked, strict=True):
        if text is not None and type(slot) is Arguments:
            raise UnmaskableError(slot.path)


#: Keywords of a schema whose numbers say how much, or which: nobody's, whatever they look like.
_COUNTS = frozenset(
    (
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
        *("minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"),
    )
)
_VALUES = frozenset(("default", "const", "enum", "examples", "example"))


def _without_numbers(value: Any, inside: bool = False) -> Any:
    """Return a schema with 0 for each number that is a bound, or stands in a value that may be given."""
    if isinstance(value, dict):
        return {
            key: 0 if _number(item) and (inside or key in _COUNTS) else _without_numbers(item, inside or key in _VALUES)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_numbers(item, inside) for item in value]
    return 0 if inside and _number(value) else value


def _with_numbers(masked: Any, value: Any) -> Any:
    """Put the numbers of a value into its masked form; raise ValueError if it is not one."""
    if isinstance(value, dict):
        if not isinstance(masked, dict) or len(masked) != len(value):
            raise ValueError
        pairs = zip(masked.items(), value.values(), strict=True)
        return {key: _with_numbers(item, other) for (key, item), other in pairs}
    if isinstance(value, list):
        if not isinstance(masked, list):
            raise ValueError
        return [_with_numbers(item, other) for item, other in zip(masked, value, strict=True)]
    return value if _number(value) and masked == 0 else masked


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def plain(value: Any) -> str:
    """Return a value as compact JSON without escaped letters."""
    return compact(value)


def unescaped(text: str) -> str:
    """Return JSON text with its ``\\u`` escapes resolved; text that is no JSON, or has none, as it is.

    Half of a surrogate pair, which an escape can be and no text can hold, becomes U+FFFD.
    """
    if "\\u" not in text and "\\/" not in text:
        return text
    try:
        return sound(plain(json.loads(text)))
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
