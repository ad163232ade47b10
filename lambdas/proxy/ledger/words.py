"""What a caller is told of a budget: the sentence of a refusal, and the headers by OpenAI's names."""

from __future__ import annotations

import time

from ..core.errors import BudgetSpentError, LedgerUnavailableError, ProxyError, TooFastError
from ..core.money import said, usd
from . import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .protocol import Limits


def rates(limit: int, left: int, now: float) -> list[tuple[str, str]]:
    """Return the headers by which OpenAI says it (https://platform.openai.com/docs/guides/rate-limits)."""
    return [
        ("x-ratelimit-limit-tokens", str(limit)),
        ("x-ratelimit-remaining-tokens", str(max(0, left))),
        ("x-ratelimit-reset-tokens", f"{60 - int(now) % 60}s"),
    ]


def refusal(whose: str, limits: Limits, item: dict[str, Any], amount: int, tokens: int, now: float) -> ProxyError:
    """Say which limit an item has no room under.

    Parameters
    ----------
    whose
        How the sentence begins: ``Team atlas has``.
    limits, item
        The account's limits, and what it holds.
    amount, tokens
        What was to be reserved: nano-USD, and tokens as a minute's limit counts them.
    """
    committed = protocol.number(item, "committed")
    if committed + amount > limits.month:
        month, renewed = names(now)
        return BudgetSpentError(
            f"{whose} {said(limits.month - committed)} left of {usd(limits.month):,g} USD for {month}, and "
            f"this request may cost up to {said(amount + 99_999)}: a lower limit of output tokens makes it less. The "
            f"budget is renewed on {renewed} at 00:00 UTC."
        )
    if limits.flying is not None and protocol.number(item, "flying") >= limits.flying:
        return TooFastError(
            f"{whose} {limits.flying} requests under way, which is as many as it may have at once.",
            retry_after=1,
        )
    if limits.tokens is not None:
        left = limits.tokens - protocol.number(item, protocol.minute(now))
        size = f"this request counts as {tokens:,}"
        return TooFastError(
            f"{whose} {max(0, left):,} tokens left in this minute of {limits.tokens:,}, and {size}."
            + (" It is larger than the limit: ask for less at once." if tokens > limits.tokens else ""),
            retry_after=60 - int(now) % 60,
            headers=rates(limits.tokens, left, now),
        )
    return LedgerUnavailableError()  # it holds what it cannot hold


def names(now: float) -> tuple[str, str]:
    """Return the name of a month, and the day on which the next one begins.

    Examples
    --------
    >>> names(1796083199)
    ('November 2026', '2026-12-01')
    """
    at = time.gmtime(now)
    year, after = (at.tm_year + 1, 1) if at.tm_mon == 12 else (at.tm_year, at.tm_mon + 1)
    return time.strftime("%B %Y", at), f"{year}-{after:02d}-01"
