"""Requests that cannot be served: OpenAI's error object, through the stock SDK's exceptions."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

from tests.e2e.kit import Kit

MODEL = "google.gemma-4-31b"
CHAT: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "say: x"}]}
RESPONSE: dict[str, Any] = {"model": MODEL, "input": "say: x"}


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("/chat/completions", CHAT | {"model": "gpt-9"}, 404, "model"),
        ("/chat/completions", CHAT | {"model": "google.gemma-4-e2b"}, 403, "model"),
        ("/chat/completions", CHAT | {"service_tier": "priority"}, 403, "service_tier"),
        ("/chat/completions", CHAT | {"messages": "hello"}, 400, "messages"),
        ("/chat/completions", CHAT | {"temperature": "hot"}, 400, "temperature"),
        ("/chat/completions", CHAT | {"max_tokens": 10_000_000}, 400, "max_tokens"),
        ("/chat/completions", CHAT | {"store": True}, 400, "store"),
        ("/chat/completions", CHAT | {"amazon-bedrock-guardrailConfig": {}}, 400, "amazon-bedrock-guardrailConfig"),
        ("/responses", RESPONSE | {"background": True}, 400, "background"),
        ("/responses", RESPONSE | {"previous_response_id": "resp_1"}, 400, "previous_response_id"),
        ("/responses", RESPONSE | {"store": True}, 400, "store"),
        ("/responses", RESPONSE | {"input": 7}, 400, "input"),
    ],
)
def test_a_bad_request_is_explained(quiet: Kit, path: str, body: dict[str, Any], status: int, param: str) -> None:
    with quiet.openai("atlas") as client, pytest.raises(openai.APIStatusError) as refused:
        client.post(path, body=body, cast_to=object)
    assert refused.value.status_code == status
    assert refused.value.param == param
    assert refused.value.code
    assert len(str(refused.value.message)) > 20
    assert quiet.requests("mantle") == []


def test_guardrail_headers_are_refused(quiet: Kit) -> None:
    headers = {"X-Amzn-Bedrock-GuardrailIdentifier": "mine"}
    with quiet.openai("atlas") as client, pytest.raises(openai.BadRequestError, match=r"(?i)guardrail"):
        client.chat.completions.create(**CHAT, extra_headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/chat/completions", b"{not json", 400),
        ("POST", "/chat/completions", b"\xff\xfe", 400),
        ("POST", "/chat/completions", b"", 400),
        ("POST", "/embeddings", b"{}", 404),
        ("GET", "/chat/completions", b"", 405),
        ("POST", "/chat/completions", b'{"model":"' + b"x" * 3_700_000 + b'"}', 413),
    ],
)
def test_what_the_sdk_would_not_send(quiet: Kit, method: str, path: str, content: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {quiet.token('atlas')}", "Content-Type": "application/json"}
    answer = httpx.request(method, quiet.base("atlas") + path, content=content, headers=headers, timeout=30)
    assert answer.status_code == status
    assert answer.json()["error"]["code"]
    assert answer.json()["error"]["message"]


def test_more_than_the_gateway_takes(quiet: Kit) -> None:
    headers = {"Authorization": f"Bearer {quiet.token('atlas')}", "Content-Type": "application/json"}
    for size in (7_000_000, 11_000_000):
        answer = httpx.post(f"{quiet.base('atlas')}/responses", content=b"x" * size, headers=headers, timeout=30)
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "request_too_large"


def test_throttling_comes_through_with_its_advice(kit: Kit) -> None:
    with kit.told(fail=[{"status": 429, "retry_after": 7}] * 9), kit.openai("atlas") as client:
        with pytest.raises(openai.RateLimitError) as refused:
            client.chat.completions.create(**CHAT)
        assert refused.value.response.headers["retry-after"] == "7"


def test_the_sdks_own_retry_gets_over_a_short_throttle(kit: Kit) -> None:
    with kit.told(fail=[{"status": 503, "retry_after": 0.1}]), kit.openai("atlas", retries=4) as client:
        answer = client.chat.completions.create(**CHAT)
    assert answer.choices[0].message.content == "x"


def test_a_parameter_that_the_service_rejects_is_left_out_or_renamed(kit: Kit) -> None:
    with kit.told(reject=["temperature", "chat.completions:max_tokens"]), kit.openai("atlas") as client:
        made = client.chat.completions.with_raw_response.create(**CHAT, temperature=0.2, max_tokens=50)
        assert made.parse().choices[0].message.content == "x"
        sent = kit.requests("mantle")[-1]["parameters"]
    assert "temperature" not in sent
    assert "max_completion_tokens" in sent
