"""Requests with images that lie in S3, and what became of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .support.authority import Authority
from .world import (
    BIG,
    S3,
    Handler,
    World,
    answering,
    chat_answer,
    chat_events,
    giving,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(255, 0, -1)) * 5
HELD = {"pictures/atlas/a.png": PNG, "pictures/atlas/b.jpg": JPEG, "others/c.png": PNG + b"c"}
PLACES = "pictures/atlas/,others"
ROUTES = ["/chat/completions", "/responses"]


def asking(path: str, *urls: str, text: str = "What is it?", **more: Any) -> dict[str, Any]:
    """A request with images, on either route."""
    if path == "/responses":
        parts: list[dict[str, Any]] = [{"type": "input_text", "text": text}]
        parts += [{"type": "input_image", "image_url": url} for url in urls]
        return {"model": BIG, "input": [{"role": "user", "content": parts}], **more}
    parts = [{"type": "text", "text": text}, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]
    return {"model": BIG, "messages": [{"role": "user", "content": parts}], **more}


def field(path: str, number: int = 1) -> str:
    """The path of an image in what ``asking`` makes."""
    where = f"[0].content[{number}].image_url"
    return f"input{where}" if path == "/responses" else f"messages{where}.url"


def answers(path: str, stream: bool = False) -> Handler:
    if stream:
        return streaming(
            *(chat_events(["Hello."]) if path != "/responses" else response_events(message_item("Hello.")))
        )
    return answering(chat_answer() if path != "/responses" else response_answer(message_item("Hello.")))


def sent(prompt: dict[str, Any]) -> list[str]:
    """The URLs of images that the model was given."""
    (message,) = prompt["messages"] if "messages" in prompt else prompt["input"]
    found = [part["image_url"] for part in message["content"] if "image_url" in part]
    return [item["url"] if isinstance(item, dict) else item for item in found]


def url(data: bytes, format: str = "png") -> str:
    return f"data:image/{format};base64,{base64.b64encode(data).decode()}"


def shown(here: World) -> list[dict[str, Any]]:
    """The images that the guardrail was shown."""
    return [block["image"] for check in here.checks for block in check["content"] if "image" in block]


def fetched(here: World) -> list[str]:
    """Bucket and path of every request to S3."""
    requests = [request for request in here.server.requests if request.headers["host"].endswith(S3)]
    return sorted(request.headers["host"].removesuffix(f".{S3}") + request.path for request in requests)


@contextmanager
def pictures(authority: Authority) -> Iterator[World]:
    """A proxy of a team that may fetch images, and what it may fetch."""
    with world(authority, CLOISTER_IMAGES=PLACES) as made:
        made.objects = giving(HELD)
        yield made
