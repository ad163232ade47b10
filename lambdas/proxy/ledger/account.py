"""Whose budget a request is counted in: the team's month, and a caller's share of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .protocol import Limits


class Account:
    """One item that a request takes of: the team's month, or a caller's share of it.

    Attributes
    ----------
    whose
        For the sentence of a refusal: ``Team atlas has``, ``Your share has``.
    key
        The item's, as JSON.
    """

    __slots__ = ("key", "limits", "whose")

    def __init__(self, whose: str, key: str, limits: Limits) -> None:
        self.whose = whose
        self.key = key
        self.limits = limits


class Held:
    """A reservation that was made."""

    __slots__ = ("account", "amount", "doubtful", "id")

    def __init__(self, account: Account, id: str, amount: int, doubtful: bool) -> None:
        self.account = account
        self.id = id
        self.amount = amount
        self.doubtful = doubtful


def caller(principal: str | None, by: str) -> str:
    """Return who a caller is, for a share: a session of a role, or the role.

    Examples
    --------
    >>> caller("arn:aws:sts::123456789012:assumed-role/atlas-developer/jane", "session")
    'atlas-developer/jane'
    >>> caller("arn:aws:sts::123456789012:assumed-role/atlas-developer/jane", "role")
    'atlas-developer'
    """
    _, _, name = (principal or "unknown").rpartition(":")
    name = name.partition("/")[2] or name
    return name.partition("/")[0] if by == "role" else name
