"""The twenty questions that an auditor asks, in the order in which a report answers them."""

from __future__ import annotations

from review.page.answer import Question
from review.page.questions import callers, change, data, guardrail, keys, network, software, teams

_ALL = {
    **callers.QUESTIONS,
    **data.QUESTIONS,
    **network.QUESTIONS,
    **keys.QUESTIONS,
    **guardrail.QUESTIONS,
    **change.QUESTIONS,
    **teams.QUESTIONS,
    **software.QUESTIONS,
}
_ORDER = (
    *("who", "rest", "internet", "keys", "guarded", "changed", "widened", "waivers", "controls", "followed"),
    *("tampering", "readers", "spend", "region", "roles", "leaves", "installed", "model", "subject", "unchecked"),
)
QUESTIONS: tuple[Question, ...] = tuple(_ALL[id] for id in _ORDER)

__all__ = ["QUESTIONS"]
