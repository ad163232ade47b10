"""Images that lie in S3, through the whole kit: fetched by the deployed function, guarded, and shown to the model."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.contents import contents
from tests.e2e.changed import changed
from tests.e2e.kit import Kit
from tests.e2e.test_openai_sdk import MODEL, PIXEL, user

BUCKET = "cloister-e2e-pictures"
PLACE = f"{BUCKET}/atlas/"
KEY = "atlas/a heron, 100%+é.png"


@pytest.fixture(scope="module")
def pictures(kit: Kit) -> Iterator[Kit]:
    """The kit, with a bucket that team atlas may name, as its stack sets it: by the function's environment."""
    s3 = kit.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    for key in (KEY, "other/a.png"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=base64.b64decode(PIXEL))
    s3.put_object(Bucket=BUCKET, Key="atlas/a.gif", Body=b"GIF89a")
    with changed(kit, {"images": [PLACE]}):
        yield kit


@pytest.fixture(autouse=True)
def quiet_pictures(pictures: Kit) -> Iterator[None]:
    with pictures.told():
        yield


def chat(client: openai.OpenAI, *urls: str, stream: bool = False) -> str:
    parts: list[Any] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    messages = user([*parts, {"type": "text", "text": "What is it?"}])
    if not stream:
        whole = client.chat.completions.create(model=MODEL, messages=messages)
        return whole.choices[0].message.content or ""
    chunks = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def respond(client: openai.OpenAI, *urls: str, stream: bool = False) -> str:
    parts: list[Any] = [{"type": "input_image", "image_url": url} for url in urls]
    input: Any = [{"role": "user", "content": [*parts, {"type": "input_text", "text": "What is it?"}]}]
    if not stream:
        return client.responses.create(model=MODEL, input=input).output_text
    events = client.responses.create(model=MODEL, input=input, stream=True)
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("ask", [chat, respond])
def test_an_object_is_shown_to_the_model(pictures: Kit, ask: Any, stream: bool) -> None:
    before = len(pictures.records("atlas"))
    name = f"s3://{BUCKET}/{KEY}"
    with pictures.openai("atlas") as client:
        text = ask(client, name, f"data:image/png;base64,{PIXEL}", name, stream=stream)
    assert "It was shown 3 images." in text
    (record,) = pictures.next_records("atlas", before)
    assert (record["status"], record["images"]["fetched"]) == (200, 1)
    (fetched,) = pictures.requests("s3")
    assert (fetched["method"], fetched["status"]) == ("GET", 200)
    function = pictures.aws("lambda").get_function(FunctionName=pictures.outputs("Team-atlas")["ProxyFunction"])
    role = function["Configuration"]["Role"].rpartition("/")[2]
    assert f":assumed-role/{role}/" in fetched["caller"], "the function's role reads it, and nobody else"
    checked = [request for request in pictures.requests("guardrail") if request["time"] > fetched["time"]]
    assert len(checked) == len(pictures.requests("guardrail")) >= 2


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("other/a.png", "unsupported_image_url"),
        ("atlas/gone.png", "image_unavailable"),
        ("atlas/a.gif", "unsupported_image_format"),
        ("atlas//a.png", "invalid_image_url"),
    ],
)
@pytest.mark.parametrize("ask", [chat, respond])
def test_what_cannot_be_shown_is_the_clients_own_error(pictures: Kit, ask: Any, key: str, code: str) -> None:
    with pictures.openai("atlas") as client, pytest.raises(openai.BadRequestError) as refused:
        ask(client, f"s3://{BUCKET}/{key}")
    assert refused.value.code == code
    assert "image_url" in (refused.value.param or "")
    assert pictures.requests("mantle") == pictures.requests("guardrail") == []


def test_s3_that_is_busy_is_borne_and_one_that_is_down_is_said(pictures: Kit) -> None:
    name = f"s3://{BUCKET}/{KEY}"
    with pictures.openai("atlas") as client:
        with pictures.told(fail=[{"status": 503, "target": "s3"}] * 2):
            assert "It was shown 1 image." in respond(client, name)
        with pictures.told(outage=["s3"]), pytest.raises(openai.InternalServerError) as down:
            chat(client, name)
    assert down.value.code == "image_storage_unavailable"
    assert pictures.requests("mantle") == []


def test_another_team_may_name_no_bucket(pictures: Kit) -> None:
    http: Any = pictures.signed(pictures.key("beacon"))
    with openai.OpenAI(base_url=pictures.base("beacon"), api_key="unused", http_client=http, max_retries=0) as client:
        model = client.models.list().data[0].id
        parts: Any = [{"type": "image_url", "image_url": {"url": f"s3://{BUCKET}/{KEY}"}}]
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model=model, messages=user(parts))
    assert (refused.value.code, pictures.requests("s3")) == ("unsupported_image_url", [])


def test_no_key_is_written_down(pictures: Kit) -> None:
    key = "atlas/heron-5518-basalt.png"
    with pictures.openai("atlas") as client, pytest.raises(openai.BadRequestError):
        chat(client, f"s3://{BUCKET}/{key}")
    assert [path for path, data in contents(pictures.state.directory) if b"heron-5518" in data] == []


@pytest.mark.parametrize("ask", [chat, respond])
def test_an_image_that_the_guardrail_overlooks_never_reaches_the_model(pictures: Kit, ask: Any) -> None:
    with pictures.told(overlook=1), pictures.openai("atlas") as client:
        with pytest.raises(openai.InternalServerError) as refused:
            ask(client, f"data:image/png;base64,{PIXEL}")
        assert refused.value.code == "guardrail_unavailable"
        assert "of 1 images" in refused.value.message
        assert pictures.requests("mantle") == []
