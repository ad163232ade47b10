"""What is asked of a model and what comes out of it, whichever route it came in by."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r"\s*\S{1,6}|\s+\Z")
"""What counts as a token here: six characters at most, so that an e-mail address spans several."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, in one form for both routes.

    Parameters
    ----------
    model
        Model id, in the catalogue.
    messages
        Chat Completions messages; instructions of the Responses route stand first, as a system message.
    tools
        Tools in Chat Completions form: `{"type": "function", "function": {"name", "parameters"}}`.
    tool_choice
        `auto`, `none`, `required`, or the name of a tool that must be called.
    schema
        JSON Schema that the answer must follow, or None.
    any_object
        Whether it must be a JSON object, whatever is in it (`json_object`).
    limit
        Most tokens to answer with, or None.
    stop
        Texts at which the answer ends.
    effort
        Reasoning effort, or None.
    tier
        Service tier that the response names.
    sampling
        Parameters for a real model that the deterministic one does not need.
    """

    model: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: str = "auto"
    schema: Mapping[str, Any] | None = None
    any_object: bool = False
    limit: int | None = None
    stop: Sequence[str] = ()
    effort: str | None = None
    tier: str = "default"
    sampling: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of the reasoning. Only the Responses route shows it."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one of the caller's tools, whole."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class End:
    """The end, with what was used. `reason` is `stop`, `length` or `tool_calls`."""

    reason: str
    input_tokens: int
    output_tokens: int


Piece = Text | Reasoning | Call | End
Engine = Callable[[Ask], AsyncIterator[Piece]]


def count(text: str) -> int:
    """Tokens in a text, for usage numbers: deterministic, and in a plausible range."""
    return len(TOKEN.findall(text))


def texts(message: Mapping[str, Any]) -> str:
    """The text of a message, its parts joined."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict) and "text" in part)


def images(message: Mapping[str, Any]) -> list[str]:
    """The URLs of a message's images."""
    parts = message.get("content")
    found = []
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and part.get("type") == "image_url":
            found.append(str(part["image_url"].get("url", "")))
    return found


def input_tokens(ask: Ask) -> int:
    """Tokens of the whole input; an image counts as 256."""
    return sum(count(texts(m)) + 4 + 256 * len(images(m)) for m in ask.messages) + math.ceil(
        len(str(ask.tools)) / 4
    ) * bool(ask.tools)
