"""Guarantees: nothing that one caller wrote outlives its request, so that it could change another's."""

from __future__ import annotations

import gc
import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from .support.authority import Authority
from .support.tls_server import TlsServer
from .world import BIG, World, answering, chat_answer, chat_events, refusing, streaming, world

CANARY = "qzxjkvwy"
REQUESTS: dict[str, dict[str, Any]] = {
    "/chat/completions": {
        "messages": [
            {"role": "system", "content": f"{CANARY} 1", "name": CANARY, CANARY: 1},
            {"role": "user", "content": [{"type": "text", "text": f"{CANARY} 2"}]},
            {
                "role": "assistant",
                "tool_calls": [{"id": CANARY, "function": {"name": CANARY, "arguments": json.dumps({CANARY: 1})}}],
            },
            {"role": "tool", "tool_call_id": CANARY, "content": CANARY},
        ],
        "tools": [{"type": "function", "function": {"name": CANARY, "parameters": {"title": CANARY}}}],
        "response_format": {"type": "json_schema", "json_schema": {"name": CANARY, "schema": {"title": CANARY}}},
        "stop": CANARY,
        "metadata": {CANARY: CANARY},
        "user": CANARY,
    },
    "/responses": {
        "instructions": CANARY,
        "input": [{"role": "user", "content": CANARY, CANARY: 1}],
        "prompt_cache_key": CANARY,
    },
}


def kept(*roots: Any) -> list[str]:
    """Where the canary stands in anything that can be reached, but for the servers that stand for AWS."""
    seen: set[int] = set()
    left: list[tuple[Any, str]] = [(root, type(root).__name__) for root in roots]
    found = []
    while left:
        item, place = left.pop()
        if id(item) in seen or isinstance(item, TlsServer | types.FrameType):
            continue
        if isinstance(item, types.ModuleType) and not item.__name__.startswith("lambdas."):
            continue
        seen.add(id(item))
        if isinstance(item, str | bytes | bytearray | memoryview):
            text = item if isinstance(item, str) else bytes(item).decode("latin-1")
            if CANARY in text:
                found.append(place)
            continue
        if isinstance(item, types.FunctionType):
            left.extend((cell, f"{place}.closure") for cell in item.__closure__ or ())
            continue
        left.extend((inner, f"{place} > {type(inner).__name__}") for inner in gc.get_referents(item))
    return found


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def test_nothing_of_a_request_is_kept(here: World) -> None:
    # What may outlive a request: connections and TLS sessions, the rules of services/rejection.py, signing keys, and
    # with `history: once` the keyed hashes of services/cleared.py.
    for path, body in REQUESTS.items():
        for answer in (
            answering(chat_answer(CANARY)),
            streaming(*chat_events([CANARY])),
            refusing("400 Bad Request", json.dumps({"error": {"message": CANARY, "param": CANARY}}).encode()),
            refusing("400 Bad Request", b'{"error": {"param": "service_tier", "message": "none left"}}'),
        ):
            here.mantle = answer
            here.call(path, {"model": BIG, **body, "stream": "stream" in repr(answer)})
    assert CANARY in here.guarded, "it was there"
    gc.collect()
    modules = [module for name, module in sys.modules.items() if name.startswith("lambdas.proxy")]
    assert kept(here.app, *modules) == []
    assert kept([{"a": (CANARY,)}]), "and would be seen"
