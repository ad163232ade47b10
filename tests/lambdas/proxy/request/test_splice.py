"""Guarantees: base64 that is cut out of a body changes nothing but the time that the body takes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.request import check, event, splice

from ..support.authority import Authority
from ..world import BIG, chat, world

PNG = b"\x89PNG\r\n\x1a\n"
LARGE = base64.b64encode(PNG + bytes(range(256)) * 40).decode()
URL = f"data:image/png;base64,{LARGE}"


def wrapped(body: bytes) -> bytes:
    """A body in API Gateway's event."""
    return json.dumps({"httpMethod": "POST", "path": "/", "body": body.decode()}, ensure_ascii=False).encode()


def looking(*content: dict[str, Any], text: str = "What is it?") -> dict[str, Any]:
    parts = [{"type": "text", "text": text}, *content]
    return {"model": BIG, "messages": [{"role": "user", "content": parts}]}


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def put_back(value: Any) -> Any:
    """A parsed body with what was cut out of it in its place."""
    if isinstance(value, splice.Cut):
        return value.partition(",")[0] + "," + bytes(value.data).decode()
    if isinstance(value, dict):
        return {name: put_back(item) for name, item in value.items()}
    return [put_back(item) for item in value] if isinstance(value, list) else value


@given(
    st.lists(
        st.sampled_from(
            [URL, URL[:-1], "data:image/png;base64,AAAA", f'x;base64,{LARGE}"', f"{URL}\\", "é;base64,", "\n"]
        )
    ),
    st.booleans(),
)
def test_what_is_read_is_what_was_sent(strings: list[str], ascii: bool) -> None:
    body = {"list": [{"url": string} for string in strings]}
    request = event.read(wrapped(json.dumps(body, ensure_ascii=ascii).encode()))
    assert len(request.body.taken) == strings.count(URL)
    assert put_back(check.parse(request.body, 10**7)) == body


def test_images_arrive_as_they_were_sent(authority: Authority) -> None:
    with world(authority) as w:
        body = looking(picture(URL), picture(URL.replace("png", "PNG")), picture(URL))
        assert w.call("/chat/completions", body).status == 200
        sent = [part["image_url"]["url"] for part in w.prompts[0]["messages"][0]["content"][1:]]
        assert sent == [URL] * 3
        shown = [block["image"]["source"]["bytes"] for c in w.checks for block in c["content"] if "image" in block]
        assert shown == [LARGE] * 3


def test_base64_that_is_no_image_is_guarded_as_text(authority: Authority) -> None:
    with world(authority) as w:
        text = f"See data:image/png;base64,{LARGE}"
        assert w.call("/chat/completions", looking(picture(URL), text=text)).status == 200
        assert text in w.guarded
        assert w.prompts[0]["messages"][0]["content"][0]["text"] == text


@pytest.mark.parametrize(
    "body",
    [
        chat("Hi", user=URL, top_k=1),
        looking(picture(URL), picture("https://example.com/a.png")),
        looking(picture(URL[:-4] + "===="), text="broken"),
        looking(picture(URL.replace("image/png", "image/jpeg"))),
        {**looking(picture(URL)), URL: 1},
    ],
)
def test_a_mistake_is_named_as_it_would_be_without(
    authority: Authority, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(authority) as w:
        fast = w.call("/chat/completions", body)
        monkeypatch.setattr(splice, "LEAST", 10**9)
        slow = w.call("/chat/completions", body)
    assert fast.status == slow.status == 400
    assert fast.body == slow.body


def test_the_limit_counts_what_was_cut_out(authority: Authority) -> None:
    with world(authority) as w:
        huge = base64.b64encode(PNG + bytes(3_000_000)).decode()
        answer = w.call("/chat/completions", looking(picture(f"data:image/png;base64,{huge}")))
        assert answer.status == 413
        assert not w.server.requests
