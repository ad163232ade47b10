"""A raw relay: the proxy's own Runtime API client and HTTP client, and nothing between them.

It checks nothing, signs nothing, guards nothing and records nothing: the floor under any proxy of this construction.
Started with the unpacked package on the path, as the proxy is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

HOST = "bedrock-mantle.us-east-1.api.aws"
_HEADERS = [("content-type", "application/json")]


def build() -> Callable[[Any, Any], None]:
    """Make the handler, with a connection open."""
    from proxy.http import tls  # type: ignore[import-not-found]  # on the path in the function's process alone
    from proxy.http.client import Client  # type: ignore[import-not-found]

    client = Client(tls.context())
    client.warm(HOST)

    def handler(invocation: Any, reply: Any) -> None:
        body = json.loads(invocation.event)["body"].encode()
        response = client.request(
            "POST", HOST, "/openai/v1/chat/completions", _HEADERS, body, timeout=60.0, deadline=time.monotonic() + 60
        )
        reply.start(response.status, [("content-type", response.header("content-type") or "")])
        for chunk in response.chunks():
            reply.write(chunk)
        reply.finish()

    return handler
