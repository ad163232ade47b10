"""What services that call themselves compatible write where OpenAI documents something else, read as it was meant.

Each form was reported of a service (https://github.com/vercel/ai/issues/6687,
https://github.com/langchain-ai/langchain/issues/39357, https://github.com/microsoft/autogen/issues/4878 among others).
A form that could be meant in two ways ends the answer with an error: nothing is guessed, glued or left out.
"""

from __future__ import annotations

from ..core.errors import UpstreamFailedError
from ..core.jsontext import compact
from ..request.texts import sound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FINISHES = {
    "stop": ("stop", "eos", "eos_token", "end", "end_turn", "stop_sequence", "completed", "finish", "done"),
    "length": ("length", "max_tokens", "max_output_tokens", "max_length", "model_length", "incomplete"),
    "tool_calls": ("tool_calls", "tool_call", "tool_use", "function_call", "function_calls"),
    "content_filter": ("content_filter", "content_filtered", "safety", "recitation", "guardrail_intervened", "refusal"),
}
_MEANT = {word: meant for meant, words in _FINISHES.items() for word in words}
_FAILED = frozenset(
    ("error", "abort", "aborted", "cancelled", "canceled", "timeout", "network_error", "insufficient_system_resource")
)
#: Kinds of parts that hold a text, and such as hold reasoning, which Chat Completions has no place for.
_TEXTS = frozenset(("text", "output_text"))
_THOUGHTS = frozenset(
    ("thinking", "redacted_thinking", "reasoning", "reasoning_text", "reasoning_content", "summary_text")
)


def unreadable(what: str) -> UpstreamFailedError:
    """Return the error for an answer that cannot be guarded because it cannot be understood."""
    return UpstreamFailedError(f"The inference endpoint's answer could not be read ({what}).", code="upstream_protocol")


def broken_off() -> UpstreamFailedError:
    """Return the error for an answer that the service ended with one of its own."""
    return UpstreamFailedError("The inference endpoint broke off its answer with an error.", code="upstream_error")


def finish(value: Any) -> str | None:
    """Return OpenAI's word for why an answer ended, or None if it has not.

    Raises
    ------
    UpstreamFailedError
        If it ended with an error, or with a word that is not known: it could say that the answer is cut.

    Examples
    --------
    >>> finish("STOP"), finish("end_turn"), finish("max_tokens"), finish("")
    ('stop', 'stop', 'length', None)
    """
    if value is None or value == "":
        return None
    word = value.lower() if isinstance(value, str) else ""
    if word in _FAILED:
        raise broken_off()
    if word not in _MEANT:
        raise unreadable("the reason for its end")
    return _MEANT[word]


def ended(reason: str | None, *, calls: bool, said: bool) -> str:
    """Return the reason that fits what was written: a call is never beside ``stop``, and ``tool_calls`` never alone.

    Raises
    ------
    UpstreamFailedError
        If a call is announced and nothing came at all.
    """
    if calls:
        return "tool_calls" if reason in (None, "stop") else str(reason)
    if reason == "tool_calls" and not said:
        raise unreadable("a tool call that did not come")
    return "stop" if reason in (None, "tool_calls") else str(reason)


def text(value: Any, what: str) -> str:
    """Return a text that may stand in parts; reasoning among them is left out.

    Examples
    --------
    >>> text([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}], "content"), text(None, "content")
    ('Hello.', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return sound(value)
    if not isinstance(value, list):
        raise unreadable(what)
    found = []
    for part in value:
        kind = part.get("type", "text") if isinstance(part, dict) else None
        if kind in _THOUGHTS:
            continue
        if kind not in _TEXTS or not isinstance(part.get("text"), str):
            raise unreadable(f"a part of {what}")
        found.append(part["text"])
    return sound("".join(found))


def arguments(value: Any) -> str:
    """Return a piece of a call's arguments: JSON in a string, or the object that it should hold."""
    if value is None:
        return ""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, dict):
        try:
            return sound(compact(value))
        except (ValueError, RecursionError):
            pass
    raise unreadable("the arguments of a call")
