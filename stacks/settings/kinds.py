"""Texts and lists with rules of their own, each of which says what would be right when it is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from stacks.settings.errors import shown

__all__ = ["SHARED", "Email", "Label", "TeamName", "check", "listed", "text", "wrong"]

_T = TypeVar("_T")


def wrong(right: str, found: str = "") -> PydanticCustomError:
    """Say what would be right, and what was found where the value alone does not show it."""
    return PydanticCustomError("cloister", "{right}", {"right": right, "found": found})


def check(holds: Callable[[_T], bool], right: str) -> AfterValidator:
    """Make a rule for one field.

    Parameters
    ----------
    holds
        Whether a value of the right type is acceptable.
    right
        What would be right, for the message.
    """

    def validate(value: _T) -> _T:
        if not holds(value):
            raise wrong(right)
        return value

    return AfterValidator(validate)


def text(pattern: str, right: str, maximum: int) -> tuple[AfterValidator, Any]:
    r"""Make the rules of a text: a pattern that all of it matches, and a maximum of characters.

    The pattern goes into the JSON Schema too, unless it holds ``\w``, by which editors mean fewer letters than Python.
    """
    compiled = re.compile(pattern)

    def holds(value: str) -> bool:
        return len(value) <= maximum and compiled.fullmatch(value) is not None

    schema: dict[str, Any] = {"maxLength": maximum}
    if r"\w" not in pattern:
        schema["pattern"] = f"^({pattern})$"
    return check(holds, right), Field(json_schema_extra=schema)


def listed(
    minimum: int, maximum: int, right: str, key: Callable[[Any], Hashable] = lambda item: item
) -> tuple[AfterValidator, Any]:
    """Make the rules of a list: how many entries, none of them twice.

    Parameters
    ----------
    minimum, maximum
        The numbers of entries that are allowed.
    right
        What would be right, for the message.
    key
        What makes two entries the same.
    """

    def validate(value: Sequence[_T]) -> Sequence[_T]:
        seen = set()
        for item in value:
            if key(item) in seen:
                raise wrong(right, f"found {shown(key(item))} twice")
            seen.add(key(item))
        if not minimum <= len(value) <= maximum:
            raise wrong(right, f"found {len(value)} of them" if value else "found an empty list")
        return value

    return AfterValidator(validate), Field(json_schema_extra={"minItems": minimum, "maxItems": maximum})


# Values end up as AWS tags, which take these characters
# (https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html).
Label = Annotated[
    str, *text(r"[\w.:/=+@-]+( [\w.:/=+@-]+)*", "needs up to 100 letters, digits, spaces and _ . : / = + - @", 100)
]
#: What stands in a team's place in names of what all teams share: alarms and a dashboard, and the guardrail.
SHARED = ("baseline", "platform")
TeamName = Annotated[
    str,
    *text(
        r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", "needs up to 20 lower-case letters, digits and hyphens, a letter first", 20
    ),
    check(lambda name: name not in SHARED, "needs another name: what all teams share has this one"),
]
Email = Annotated[str, *text(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "needs an e-mail address such as 'team@example.com'", 100)]
