"""What a client puts together of an answer's events, without a server between: for tests of many shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from lambdas.proxy.core import catalogue
from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.openai import chat, responses
from lambdas.proxy.release.outbox import Outbox
from lambdas.proxy.release.verdict import Verdict
from lambdas.proxy.request.prepared import Prepared

from ..world import BIG, catalogue_json

MODEL = catalogue.read(catalogue_json())[BIG]
NAMES = ("get_time", "g", "get", "send-mail")


def prepared(route: str, **more: Any) -> Prepared:
    """A request with four tools, checked."""
    if route == "chat":
        declared: list[Any] = [{"type": "function", "function": {"name": name}} for name in NAMES]
        return chat.prepare(
            {"messages": [{"role": "user", "content": "x"}], "stream": True, "tools": declared, **more},
            MODEL,
            "default",
        )
    declared = [{"type": "function", "name": name} for name in NAMES]
    return responses.prepare({"input": "x", "stream": True, "tools": declared, **more}, MODEL, "default")


def relayed(route: str, events: Iterable[Any], request: Prepared | None = None) -> list[dict[str, Any]] | str:
    """Return the events that leave, or the code of the error that ends them."""
    adapter = chat if route == "chat" else responses
    out = Outbox()
    taken = adapter.Events(request or prepared(route), out)
    raw = b""
    try:
        for event in events:
            taken.take(event if isinstance(event, bytes) else json.dumps(event).encode())
            raw += out.take()
        taken.end()
        while shown := out.due(0.0):
            out.settle(Verdict(None, [None] * len(shown)))
        raw += out.take()
    except ProxyError as error:
        return error.code
    lines = [line[6:] for line in raw.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]
