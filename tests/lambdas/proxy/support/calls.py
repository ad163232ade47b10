"""Calls of the proxy's HTTP client to a test's own server."""

from __future__ import annotations

import time

from lambdas.proxy.http.client import Client, Response
from tests.waiting import LONG

from .authority import Authority
from .tls_server import TlsServer

HOST = "bedrock-mantle.us-east-1.api.aws"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def client_of(server: TlsServer, authority: Authority) -> Client:
    """Return a client for which every name leads to this server."""
    return Client(authority.client(), server.connect)


def ask(client: Client, *, timeout: float = LONG, seconds: float = LONG, body: bytes | list[bytes] = b"{}") -> Response:
    """Post a body to ``HOST``; the deadline is so many seconds from now."""
    headers = [("content-type", "application/json")]
    deadline = time.monotonic() + seconds
    return client.request("POST", HOST, "/v1/x", headers, body, timeout=timeout, deadline=deadline)
