"""Which policies of the guardrail did something: kinds and names out of AWS's closed lists, never what they matched.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailAssessment.html

Topics and regular expressions have names that an operator chose, and words have none: of these the policy alone is
told. The guardrail's own trace has the rest.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Policy, the list in it, and what it is called here.
_LISTS = (
    ("contentPolicy", "filters", "content"),
    ("contextualGroundingPolicy", "filters", "grounding"),
    ("sensitiveInformationPolicy", "piiEntities", "pii"),
    ("sensitiveInformationPolicy", "regexes", "regex"),
    ("topicPolicy", "topics", "topic"),
    ("wordPolicy", "customWords", "word"),
    ("wordPolicy", "managedWordLists", "managed_words"),
)
#: Those whose items are of a type that AWS names.
_TYPED = frozenset(("content", "grounding", "pii", "managed_words"))
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_LONGEST = 64
#: What is told when the guardrail did something, and does not say which policy did.
UNKNOWN = "unknown"


def acted(assessments: Any) -> set[str]:
    """Return what acted, such as ``content:VIOLENCE`` and ``topic``.

    Examples
    --------
    >>> sorted(acted([{"sensitiveInformationPolicy": {"piiEntities": [
    ...     {"type": "EMAIL", "match": "a@b.c", "action": "ANONYMIZED"}, {"type": "AGE", "action": "NONE"}]}}]))
    ['pii:EMAIL']
    >>> acted(None)
    {'unknown'}
    """
    found: set[str] = set()
    for assessment in assessments if isinstance(assessments, list) else ():
        for policy, listed, kind in _LISTS:
            items = _part(_part(assessment, policy), listed)
            for item in items if isinstance(items, list) else ():
                if _part(item, "action") not in (None, "NONE"):
                    found.add(f"{kind}:{_name(item)}" if kind in _TYPED else kind)
    return found or {UNKNOWN}


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _name(item: dict[str, Any]) -> str:
    name = item.get("type")
    known = isinstance(name, str) and 0 < len(name) <= _LONGEST and _NAME.issuperset(name)
    return str(name) if known else "OTHER"
