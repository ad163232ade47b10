"""Parameters that the service rejects: one retry without the one it names, or under its other name, and remembered.

Reports of what Gemma 4 takes conflict and change (https://github.com/BerriAI/litellm/issues/36970), so the rules are
data of the catalogue, and only the service's own word applies them. A rule may also set what the caller left open, such
as ``reasoning_effort: none`` beside tools. What changes an answer's meaning (``stop``, ``response_format``, ``tools``)
is in no rule, and so is never left out.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from ..request.prepared import Prepared

    #: By model and route: parameter -> its other name, or None if it is left out; ``beside+parameter`` -> what the
    #: second is set to beside the first. Kept for the function's life.
    Memory = dict[tuple[str, str], dict[str, str | None]]

_CODES = frozenset(("unsupported_parameter", "unsupported_value", "unknown_parameter", "invalid_request_error", None))


def rewrite(known: Memory, prepared: Prepared, path: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the body to send, after what is known of the model, and the header that says what was changed."""
    rules = known.get((prepared.model.id, path))
    if not rules:
        return prepared.body, []
    body, notices = {}, []
    for name, value in prepared.body.items():
        other = rules.get(name, name)
        if other is not None:
            body[other] = value
        if other != name:
            notices.append(f"{name}={'dropped' if other is None else other}")
    for rule, value in rules.items():
        beside, plus, name = rule.partition("+")
        if plus and beside in body and name not in body:
            body[name] = value
            notices.append(f"{name}={value}")
    return body, [("x-cloister-parameters", ", ".join(notices))] if notices else []


def learn(
    known: Memory,
    prepared: Prepared,
    path: str,
    body: dict[str, Any],
    error: dict[str, str | None],
    tiers: Collection[str],
) -> bool:
    """Remember a rejection, if a rule covers it; return whether a retry is due.

    Parameters
    ----------
    body
        As it was sent.
    error
        ``code``, ``param`` and ``message`` of the answer.
    tiers
        The team's: a request is not moved to the default tier if the team may not use it.
    """
    if error["code"] not in _CODES:
        return False
    rules = known.get((prepared.model.id, path), {})
    words = f"{error['param'] or ''} {error['message'] or ''}"
    for beside, other, value in prepared.model.set:
        if beside in body and other not in body and other in words:
            known[prepared.model.id, path] = {**rules, f"{beside}+{other}": value}
            return True
    name = _named(error, body, prepared)
    if name is None:
        return False
    original = next((old for old, new in rules.items() if new == name), name)
    model = prepared.model
    if original == name and name in model.rename and model.rename[name] not in body:
        change: str | None = model.rename[name]
    elif name in model.drop and not (name == "service_tier" and "default" not in tiers):
        change = None
    else:
        # Rejected under both names, or in no rule: the caller is told.
        return False
    known[model.id, path] = {**rules, original: change}
    return True


def _named(error: dict[str, str | None], body: dict[str, Any], prepared: Prepared) -> str | None:
    param = (error["param"] or "").partition(".")[0]
    if param:
        return param if param in body else None
    message = error["message"] or ""
    covered = prepared.model.drop | set(prepared.model.rename)
    for name in body:
        if name in covered and any(f"{quote}{name}{quote}" in message for quote in "'\"`"):
            return name
    return None
