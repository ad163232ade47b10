"""Checks on request bodies that both routes share, and the parameters that the service is reported to reject."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from local.bedrock.errors import RejectedError

T = TypeVar("T")

TIERS = ("auto", "default", "priority", "flex")
REJECTED = frozenset({"chat.completions:max_tokens"})
"""What is rejected unless the control says otherwise.

Reports conflict and change with time. The newest dated one (August 2026, two sources) has Chat Completions refuse
`max_tokens` for Gemma 4, while AWS's own launch sample uses it; `max_completion_tokens` was seen to be taken by two
code bases. The stricter reading is the default here, so that the proxy's way of coping is used every day.
An entry is `parameter`, for both routes, or `route:parameter`.
"""


def take(body: Mapping[str, Any], name: str, kind: type[T], default: T | None = None) -> T:
    """Give a field that must be of a type; None counts as absent."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, kind):
        problem = "missing_required_parameter" if value is None else "invalid_type"
        raise RejectedError(400, problem, f"{name} must be a {kind.__name__}.", param=name)
    return value


def integer(body: Mapping[str, Any], name: str, least: int = 1) -> int | None:
    """Give a whole number or None.

    Raises
    ------
    RejectedError
        400, when it is another type or below the least value.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise RejectedError(400, "invalid_type", f"{name} must be an integer.", param=name)
    if value < least:
        text = f"Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {value} instead."
        raise RejectedError(400, "integer_below_min_value", text, param=name)
    return value


def texts_of(value: Any, name: str) -> Sequence[str]:
    """Give a text or list of texts as a list."""
    if value is None:
        return ()
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise RejectedError(400, "invalid_type", f"{name} must be a string or a list of strings.", param=name)
    return found


def choice_of(value: Any) -> str:
    """Check a tool choice that is a word."""
    if value is None:
        return "auto"
    if value not in ("auto", "none", "required"):
        raise RejectedError(
            400, "invalid_value", "tool_choice must be auto, none, required or a function.", param="tool_choice"
        )
    return str(value)


def call_id(value: Any, where: str, longest: int) -> None:
    """Check the id of a tool call: as OpenAI, up to so many letters, digits, _ and - (40 in chats, 64 in responses)."""
    if not isinstance(value, str) or not value:
        raise RejectedError(400, "missing_required_parameter", f"{where} must be a string.", param=where)
    if len(value) > longest:
        text = f"Invalid '{where}': string too long. Expected a string with maximum length {longest}."
        raise RejectedError(400, "string_above_max_length", text, param=where)
    if not (value.isascii() and value.replace("_", "a").replace("-", "a").isalnum()):
        text = f"Invalid '{where}': expected letters, numbers, underscores or dashes."
        raise RejectedError(400, "invalid_value", text, param=where)


def not_empty(value: Any, where: str) -> None:
    """Refuse a list without anything in it."""
    if value == []:
        text = f"Invalid '{where}': empty array. Expected an array with minimum length 1."
        raise RejectedError(400, "empty_array", text, param=where)


def picture(url: Any, where: str) -> None:
    """Check an image's URL: a base64 data URL or s3://; a public URL is not fetched."""
    if isinstance(url, str) and (url.startswith("s3://") or (url.startswith("data:image/") and ";base64," in url[:64])):
        return
    text = f"{where}: images are accepted as base64 data URLs or s3:// URLs only."
    raise RejectedError(400, "invalid_image_url", text, param=where)


def parameters(route: str, body: Mapping[str, Any], rejected: Collection[str]) -> None:
    """Refuse the parameters that the service is set to reject, as it does: the first one, by name."""
    for name, value in body.items():
        if value is not None and (name in rejected or f"{route}:{name}" in rejected):
            hint = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            text = f"Unsupported parameter: '{name}' is not supported with this model.{hint}"
            raise RejectedError(400, "unsupported_parameter", text, param=name)
    tier = body.get("service_tier")
    if tier is not None and tier not in TIERS:
        text = f"service_tier must be one of {', '.join(TIERS)} for this model."
        raise RejectedError(400, "invalid_value", text, param="service_tier")
