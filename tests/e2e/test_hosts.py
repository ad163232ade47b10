"""The host that is called is never taken from a request: what names another is without effect, or an error."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.kit import Kit

EVIL = "evil.example"
BODY = {"model": "google.gemma-4-31b", "messages": [{"role": "user", "content": "say: here"}]}


def post(kit: Kit, target: str, headers: Mapping[str, str], *, host: str | None = None) -> tuple[int, bytes]:
    """Send exactly this request line, and these headers beside the caller's token."""
    connection = http.client.HTTPConnection("127.0.0.1", kit.ports["door"], timeout=30)
    body = json.dumps(BODY).encode()
    try:
        connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host or f"127.0.0.1:{kit.ports['door']}")
        connection.putheader("Authorization", f"Bearer {kit.token('atlas')}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def shown(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name not in ("time", "status")}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": EVIL, "X-Forwarded-Server": EVIL, "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80"},
        {"Forwarded": f"host={EVIL};proto=http", "X-Original-Host": EVIL, "X-Host": EVIL, "X-Real-IP": "192.0.2.1"},
        {"X-Original-URL": f"https://{EVIL}/", "X-Rewrite-URL": f"https://{EVIL}/", "Location": f"https://{EVIL}/"},
        {"X-Amz-Security-Token": "x", "X-Amz-Date": "20260101T000000Z", "X-Amz-Target": "x", "OpenAI-Project": "p"},
        {"Via": f"1.1 {EVIL}", "Max-Forwards": "0", "Connection": "close, host, authorization"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_headers_that_name_another_host_change_nothing(quiet: Kit, headers: dict[str, str]) -> None:
    target = quiet.base("atlas").partition(str(quiet.ports["door"]))[2] + "/chat/completions"
    assert post(quiet, target, {})[0] == 200
    status, answer = post(quiet, target, headers)
    assert status == 200
    assert json.loads(answer)["choices"][0]["message"]["content"] == "here"
    plain, tricked = quiet.requests("mantle")
    assert shown(tricked) == shown(plain)
    assert tricked["project"] == quiet.outputs("Team-atlas")["ProjectId"]


def test_a_request_for_another_host_is_refused(quiet: Kit) -> None:
    """By the door already, which a web page could reach by a name that leads to loopback."""
    target = quiet.base("atlas").partition(str(quiet.ports["door"]))[2] + "/chat/completions"
    assert post(quiet, target, {}, host=EVIL)[0] == 403
    assert quiet.requests("mantle") == []


@pytest.mark.parametrize(
    "target",
    [
        f"http://{EVIL}{{base}}/chat/completions",
        f"//{EVIL}{{base}}/chat/completions",
        f"{{base}}/https://{EVIL}/chat/completions",
        f"{{base}}//{EVIL}/chat/completions",
        f"{{base}}/chat/completions@{EVIL}",
        "{base}/../../v1/chat/completions",
        "{base}/%2e%2e/chat/completions",
    ],
)
def test_a_target_that_is_a_url_is_no_route(quiet: Kit, target: str) -> None:
    base = quiet.base("atlas").partition(str(quiet.ports["door"]))[2]
    status, _ = post(quiet, target.format(base=base), {})
    assert status in (400, 403, 404)
    assert quiet.requests("mantle") == []
