"""Token counts, as both routes give them, and other small facts of an answer: numbers and words, never text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:")
#: What every reader of JSON reads exactly.
_MOST = 2**53
_USUAL = frozenset(
    f"{name}{more}"
    for name in ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens")
    for more in ("", "_details")
) | {"reasoning_tokens", "cached_tokens"}
_NUMBERS = (int, float)  # a type made of both anew for each look would take longer


class Usage:
    """What an answer took, or several to one request; for the record. None: the service did not say."""

    __slots__ = ("answers", "input", "output", "reasoning", "tier")

    def __init__(self) -> None:
        self.answers = 1
        self.input: int | None = None
        self.output: int | None = None
        self.reasoning: int | None = None
        self.tier: str | None = None

    def read(self, usage: Any, tier: Any = None) -> None:
        """Take the counts of a ``usage`` object of either route, and the tier that served."""
        if tier in ("default", "priority", "flex"):
            self.tier = tier
        if not isinstance(usage, dict):
            return
        for name in ("prompt_tokens", "input_tokens"):
            if name in usage:
                self.input = count(usage[name], self.input)
        for name in ("completion_tokens", "output_tokens"):
            if name in usage:
                self.output = count(usage[name], self.output)
        for name in ("completion_tokens_details", "output_tokens_details"):
            if name in usage and isinstance(usage[name], dict):
                self.reasoning = count(usage[name].get("reasoning_tokens"), self.reasoning)

    def add(self, other: Usage) -> None:
        """Count what another answer to the same request took."""
        self.answers += other.answers
        for name in ("input", "output", "reasoning"):
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs if mine is None else mine + (theirs or 0))


def count(value: Any, otherwise: int | None = None) -> int | None:
    """Return a count if it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else otherwise


def numbers(value: Any) -> dict[str, Any] | None:
    """Return the numbers of a ``usage`` object, and nothing else that stands in it.

    Examples
    --------
    >>> numbers({"total_tokens": 3, "details": {"cached_tokens": 1, "note": "text"}, "cost": float("nan")})
    {'total_tokens': 3, 'details': {'cached_tokens': 1}}
    """
    if not isinstance(value, dict):
        return None
    kept: dict[str, Any] = {}
    for name, item in value.items():
        if name not in _USUAL and not (
            len(name) <= 64 and name.isascii() and (name.isidentifier() or _WORD.issuperset(name))
        ):
            continue
        if isinstance(item, dict):
            kept[name] = numbers(item)
        elif isinstance(item, _NUMBERS) and -_MOST < item < _MOST:  # which NaN and infinity are not
            kept[name] = item
    return kept


def word(value: Any, otherwise: str) -> str:
    """Return an id or a keyword of an answer if it is one word, so that no text can come through in its place."""
    return value if isinstance(value, str) and 0 < len(value) <= 128 and _WORD.issuperset(value) else otherwise
