"""What a team may spend, and how fast, as its function is told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: Who is one caller, for a share of the budget.
CALLERS = ("session", "role")


class Budget:
    """A team's budget.

    Parameters
    ----------
    value
        ``month``: whole nano-USD in a calendar month (UTC). ``tokens``: in a minute. ``in_flight``: requests at once.
        ``share``: whole nano-USD of the month that one caller may take, who is ``by``. ``instead``: pairs of a model
        and a tier, either of which may be null, that are tried before a request is refused. Only the first is needed.

    Raises
    ------
    ValueError
        If it is not that.

    Examples
    --------
    >>> budget = Budget({"month": 50_000_000_000, "tokens": 100_000})
    >>> budget.month, budget.tokens, budget.in_flight, budget.others("m", "default")
    (50000000000, 100000, None, [])
    """

    __slots__ = ("by", "in_flight", "instead", "month", "share", "tokens")

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict) or not value.keys() <= set(self.__slots__):
            raise ValueError(f"an object is needed, of {', '.join(self.__slots__)}")
        self.month: int = _count(value.get("month"))
        self.tokens: int | None = _count(value["tokens"]) if "tokens" in value else None
        self.in_flight: int | None = _count(value["in_flight"]) if "in_flight" in value else None
        self.share: int | None = _count(value["share"]) if "share" in value else None
        self.by: str = value.get("by", CALLERS[0])
        if self.by not in CALLERS:
            raise ValueError(f"by must be one of {', '.join(CALLERS)}")
        self.instead: tuple[tuple[str | None, str | None], ...] = tuple(map(_pair, value.get("instead", ())))

    def others(self, model: str, tier: str) -> list[tuple[str, str]]:
        """Return the models and tiers to try where there is no room for one, in their order."""
        return others(model, tier, self.instead)


def others(model: str, tier: str, instead: Iterable[tuple[str | None, str | None]]) -> list[tuple[str, str]]:
    """Return the models and tiers to try, each once and none that is there already; None: the same as at first.

    Examples
    --------
    >>> others("m", "default", [(None, "flex"), ("m", None), ("n", None), (None, "flex")])
    [('m', 'flex'), ('n', 'default')]
    """
    found = [(model, tier)]
    for other, other_tier in instead:
        choice = (other or model, other_tier or tier)
        if choice not in found:
            found.append(choice)
    return found[1:]


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("a whole number of 1 or more is needed")
    return value


def _pair(value: Any) -> tuple[str | None, str | None]:
    pair = tuple(value) if isinstance(value, list | tuple) else ()
    if len(pair) != 2 or not all(part is None or isinstance(part, str) for part in pair):
        raise ValueError("an entry of instead is [model, tier], each of which may be null")
    return pair
