"""Parameters that the service rejects: one retry without the one it names, or under its other name.

Reports of what Gemma 4 takes conflict and change (https://github.com/BerriAI/litellm/issues/36970), so the rules are
data of the catalogue, and only the service's own word applies them. A rule may also set what the caller left open, such
as ``reasoning_effort: none`` beside tools. What changes an answer's meaning (``stop``, ``response_format``, ``tools``)
is in no rule, and so is never left out.

What the service says of a parameter itself holds for every caller, and is remembered for a while. What it says of a
value is about one request: the caller hears it, and nothing is remembered. Nor is anything that could be a caller's own
words, which an error may quote. A tier that is refused is left out once: the service may be short of it.
"""

from __future__ import annotations

import re
import time

from ..core.jsontext import compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from ..request.prepared import Prepared

    #: By model and route: a rule, as in ``Prepared.rejected``, and the monotonic time until which it is remembered.
    #: Rules are the catalogue's words; nothing of a request is in it.
    Memory = dict[tuple[str, str], dict[str, tuple[str | None, float]]]

#: Seconds for which a rejection is remembered; then the service is asked again.
KEPT = 900.0

#: What may stand after "is not supported" and its like, where it is said of the parameter whatever its value: else it
#: is said of one value, or of what stands beside it ("… when tools are given").
_WHOLLY = r"\s*(?:$|[.,;!)\n]|(?:by|with|for|on|in|at) (?:this|the|these) (?:model|endpoint|api|service)|here\b)"
_DEFAULT = r"only the default(?: \([^)]{0,32}\))?(?: values?)?(?: is| are)?(?: supported| allowed| accepted)?"
_OF_THE_PARAMETER = frozenset(("unsupported_parameter", "unknown_parameter"))
_CODES = _OF_THE_PARAMETER | {"unsupported_value", "invalid_request_error", None}


def rewrite(known: Memory, prepared: Prepared, path: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the body to send, after what is known of the model, and the header that says what was changed."""
    rules = _rules(known, prepared, path)
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
    if "service_tier" not in body:
        prepared.tier = "default"  # which is what the service makes of none
    return body, [("x-cloister-parameters", ", ".join(notices))] if notices else []


def _rules(known: Memory, prepared: Prepared, path: str) -> dict[str, str | None]:
    now = time.monotonic()
    kept = known.get((prepared.model.id, path), {})
    return {rule: change for rule, (change, until) in kept.items() if now < until} | prepared.rejected


def learn(
    known: Memory,
    prepared: Prepared,
    path: str,
    body: dict[str, Any],
    error: dict[str, str | None],
    tiers: Collection[str],
) -> bool:
    """Apply a rule to a rejection, if one covers it; return whether a retry is due.

    Parameters
    ----------
    known
        Remembers it for other requests, if it is about the parameter itself.
    body
        As it was sent.
    error
        ``code``, ``param`` and ``message`` of the answer.
    tiers
        The team's: a request is not moved to the default tier if the team may not use it.
    """
    if error["code"] not in _CODES:
        return False
    rules = _rules(known, prepared, path)
    told = f"{error['param'] or ''} {error['message'] or ''}"
    for beside, other, value in prepared.model.set:
        if beside in body and other not in body and other in told:
            _note(known, prepared, path, f"{beside}+{other}", value, keep=other not in compact(body))
            return True
    name = _named(error, body, prepared)
    if name is None:
        return False
    itself = _is_of(name, error)
    model, original = prepared.model, next((old for old, new in rules.items() if new == name), name)
    if itself and original == name and name in model.rename and model.rename[name] not in body:
        change: str | None = model.rename[name]
    elif name in model.drop and not (name == "service_tier" and "default" not in tiers):
        change = None
    else:
        # Rejected under both names, or in no rule: the caller is told.
        return False
    value_alone = error["code"] == "unsupported_value" and "only" in (error["message"] or "").lower()
    if not (itself or value_alone or name == "service_tier"):
        return False
    quoted = not (error["param"] and error["code"] in _OF_THE_PARAMETER) and compact(body).count(name) > 1
    _note(known, prepared, path, original, change, keep=itself and not quoted)
    return True


def _note(known: Memory, prepared: Prepared, path: str, rule: str, change: str | None, *, keep: bool) -> None:
    prepared.rejected[rule] = change
    if keep:
        place = (prepared.model.id, path)
        known[place] = {**known.get(place, {}), rule: (change, time.monotonic() + KEPT)}


def _is_of(name: str, error: dict[str, str | None]) -> bool:
    """Whether a rejection is of a parameter itself, whatever its value."""
    if error["param"] not in (None, "", name):
        return False  # of something within it, which a caller wrote
    if error["code"] in _OF_THE_PARAMETER:
        return True
    said = (error["message"] or "").lower()
    for quote in ("'", '"', "`", ""):
        told = f"{quote}{name}{quote}"
        for words in (f"{told} is not supported", f"does not support {told}", f"unsupported parameter: {told}"):
            _, found, after = said.partition(words)
            if found and re.match(_WHOLLY, after):
                return error["code"] != "unsupported_value"
    return re.search(_DEFAULT + _WHOLLY, said) is not None


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


_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
#: How services say that a request is longer than the model's context window.
_OVERFLOWS = (
    "maximum context length",
    "context window",
    "context length",
    "available context size",
    "prompt is too long",
    "input is too long",
    "input length exceeds",
    "context_length_exceeded",
    "context limit",
    "maximum model length",
    "`inputs` tokens",
)


def code(message: str) -> str | None:
    """Return OpenAI's code for what a rejection says of lengths, by which agents know whether to shorten the history.

    Examples
    --------
    >>> code("Input is too long for requested model."), code("max_tokens is too large: 9. The context length is 8.")
    ('context_length_exceeded', 'invalid_value')
    """
    low = message.lower()
    if any(f"{name} must be " in low or (name in low and "is too large" in low) for name in _LIMITS):
        return "invalid_value"
    return "context_length_exceeded" if any(words in low for words in _OVERFLOWS) else None
