"""One statement of a policy, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Condition", "Statement", "deny"]

Condition: TypeAlias = Mapping[str, Mapping[str, str | list[str]]]
Statement: TypeAlias = dict[str, object]


def deny(
    sid: str, actions: Sequence[str], resources: str | Sequence[str] = "*", condition: Condition | None = None
) -> Statement:
    """Make a denial.

    Parameters
    ----------
    sid
        What it is for, in letters and digits.
    actions
        What is denied, sorted for a document that does not change by itself.
    resources
        On what.
    condition
        When; `None` for always.

    Examples
    --------
    >>> deny("NoTokens", ["b:Two", "a:One"])
    {'Sid': 'NoTokens', 'Effect': 'Deny', 'Action': ['a:One', 'b:Two'], 'Resource': '*'}
    """
    statement: Statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Action": sorted(actions) if len(actions) > 1 else actions[0],
        "Resource": resources if isinstance(resources, str) else list(resources),
    }
    if condition is not None:
        statement["Condition"] = condition
    return statement
