"""Guarantees: an image that lies in S3 is fetched once, and the guardrail is shown the bytes that the model gets."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy import backoff, objects, splice
from lambdas.proxy.app import ADDED

from .support.authority import Authority
from .support.tls_server import Peer, Request
from .world import (
    BIG,
    FORBIDDEN,
    MANTLE,
    RUNTIME,
    S3,
    SMALL,
    Handler,
    World,
    answering,
    chat_answer,
    chat_events,
    giving,
    guard,
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


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.01)


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority, CLOISTER_IMAGES=PLACES) as made:
        made.objects = giving(HELD)
        yield made


@pytest.mark.parametrize("mode", ["strict", "overlap"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("path", ROUTES)
def test_the_guardrail_sees_what_the_model_gets(authority: Authority, path: str, stream: bool, mode: str) -> None:
    with world(authority, CLOISTER_IMAGES=PLACES, CLOISTER_INPUT=mode) as here:
        here.objects, here.mantle = giving(HELD), answers(path, stream)
        inline = url(b"\x89PNG\r\n\x1a\nown")
        reply = here.call(
            path,
            asking(path, "s3://pictures/atlas/a.png", inline, "S3://pictures/atlas/b.jpg", stream=stream),
        )
        assert reply.status == 200
        assert sent(here.prompts[0]) == [url(PNG), inline, url(JPEG, "jpeg")]
        assert [image["format"] for image in shown(here)] == ["png", "png", "jpeg"]
        assert [image["source"]["bytes"] for image in shown(here)] == [
            part.partition(",")[2] for part in sent(here.prompts[0])
        ]
        hosts = [request.headers["host"] for request in here.server.requests]
        assert max(at for at, host in enumerate(hosts) if host.endswith(S3)) < min(
            hosts.index(RUNTIME), hosts.index(MANTLE)
        ), "everything is fetched before anybody is asked"
        assert here.record["images"]["fetched"] == 2
        assert here.record["images"]["ms"] > 0


def test_what_is_asked_of_s3_is_one_signed_get_and_nothing_of_the_caller(here: World) -> None:
    here.call("/chat/completions", asking("/chat/completions", "s3://others/c.png"), headers={"x-secret": "word"})
    (request,) = [request for request in here.server.requests if request.headers["host"].endswith(S3)]
    assert (request.method, request.path, request.body) == ("GET", "/c.png", b"")
    assert request.headers.keys() == {
        "host", "accept-encoding", "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token",
    }  # fmt: skip
    assert "/us-east-1/s3/aws4_request" in request.headers["authorization"]


def test_a_key_is_sent_as_it_stands(here: World) -> None:
    here.objects = giving({"pictures/atlas/a%20b%3FversionId%3D1/%C3%BC%2B%2541~.png": PNG})
    reply = here.call(
        "/chat/completions", asking("/chat/completions", "s3://pictures/atlas/a b?versionId=1/ü+%41~.png")
    )
    assert (reply.status, sent(here.prompts[0])) == (200, [url(PNG)])


def test_an_object_that_is_named_twice_is_fetched_once(here: World) -> None:
    names = ["s3://pictures/atlas/a.png", "s3://others/c.png", "s3://pictures/atlas/a.png"]
    assert here.call("/responses", asking("/responses", *names)).status in (200, 502)
    assert fetched(here) == ["others/c.png", "pictures/atlas/a.png"]
    assert sent(here.prompts[0]) == [url(PNG), url(PNG + b"c"), url(PNG)]
    assert here.record["images"]["fetched"] == 2


def test_objects_are_fetched_side_by_side(here: World) -> None:
    def slow(peer: Peer, request: Request) -> None:
        time.sleep(0.3)
        giving(HELD)(peer, request)

    here.objects = slow
    began = time.monotonic()
    here.call("/chat/completions", asking("/chat/completions", "s3://pictures/atlas/a.png", "s3://others/c.png"))
    assert 0.3 <= time.monotonic() - began < 0.55


def test_without_objects_nothing_is_fetched_and_the_record_says_so(here: World) -> None:
    here.call("/chat/completions", asking("/chat/completions", url(PNG)))
    assert (fetched(here), here.record["images"]) == ([], {"fetched": 0, "ms": 0.0})


def test_a_tool_may_show_an_object(here: World) -> None:
    here.mantle = answers("/responses")
    output = [{"type": "input_image", "image_url": "s3://others/c.png"}]
    items = [
        {"role": "user", "content": "Look."},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": output},
    ]
    assert here.call("/responses", {"model": BIG, "input": items}).status == 200
    assert here.prompts[0]["input"][2]["output"][0]["image_url"] == url(PNG + b"c")
    assert [image["source"]["bytes"] for image in shown(here)] == [url(PNG + b"c").partition(",")[2]]


@pytest.mark.parametrize("mode", ["strict", "overlap"])
@pytest.mark.parametrize("path", ROUTES)
def test_an_image_that_the_guardrail_blocks_is_answered_with_nothing(
    authority: Authority, path: str, mode: str
) -> None:
    with world(authority, CLOISTER_IMAGES=PLACES, CLOISTER_INPUT=mode) as here:

        def blocking(peer: Peer, request: Request) -> None:
            if b'"image"' in request.body:
                peer.reply(json.dumps({"action": "GUARDRAIL_INTERVENED", "outputs": [], "usage": {}}).encode())
            else:
                guard(peer, request)

        here.objects, here.mantle, here.guardrail = giving(HELD), answers(path), blocking
        reply = here.call(path, asking(path, "s3://pictures/atlas/a.png"))
        assert (reply.status, reply.error["code"]) == (400, "content_filter")
        assert here.record["guardrail"]["input"] == "blocked"
        assert b"Hello" not in reply.body
        if mode == "strict":
            assert not here.prompts


def test_a_blocked_text_beside_an_object_is_blocked(here: World) -> None:
    reply = here.call("/chat/completions", asking("/chat/completions", "s3://others/c.png", text=FORBIDDEN))
    assert (reply.error["code"], here.prompts) == ("content_filter", [])


@pytest.mark.parametrize("mode", ["strict", "overlap"])
@pytest.mark.parametrize("path", ROUTES)
def test_another_model_gets_the_same_bytes_and_nothing_is_fetched_again(
    authority: Authority, path: str, mode: str
) -> None:
    changes = {"CLOISTER_IMAGES": PLACES, "CLOISTER_FALLBACKS": f"{BIG}>{SMALL}/", "CLOISTER_INPUT": mode}
    with world(authority, **changes) as here:
        times: list[int] = []

        def changing(peer: Peer, request: Request) -> None:
            times.append(1)
            peer.reply(PNG + bytes([len(times)]))

        def busy(peer: Peer, request: Request) -> None:
            if b"31b" in request.body:
                peer.reply(b"{}", "503 Busy")
            else:
                answers(path)(peer, request)

        here.objects, here.mantle = changing, busy
        reply = here.call(path, asking(path, "s3://others/c.png"))
        assert (reply.status, reply.headers["x-cloister-fallback"]) == (200, f"{SMALL}/default")
        assert {tuple(sent(prompt)) for prompt in here.prompts} == {(url(PNG + b"\x01"),)}
        assert [image["source"]["bytes"] for image in shown(here)] == [url(PNG + b"\x01").partition(",")[2]]


def test_an_answer_that_is_asked_for_again_is_asked_for_with_the_same_bytes(authority: Authority) -> None:
    with world(authority, CLOISTER_IMAGES=PLACES, CLOISTER_STRUCTURED_OUTPUT="retry") as here:
        here.objects = giving(HELD)
        said = iter(["not JSON", '{"n": 1}'])
        here.mantle = lambda peer, _: peer.reply(json.dumps(chat_answer(next(said))).encode())
        form = {"type": "json_object"}
        reply = here.call("/chat/completions", asking("/chat/completions", "s3://others/c.png", response_format=form))
        assert reply.json["choices"][0]["message"]["content"] == '{"n": 1}'
        assert [sent(prompt) for prompt in here.prompts] == [[url(PNG + b"c")]] * 2
        assert fetched(here) == ["others/c.png"]


def test_what_was_cleared_is_known_by_its_bytes_not_by_its_name(authority: Authority) -> None:
    with world(authority, CLOISTER_IMAGES=PLACES, CLOISTER_HISTORY="once") as here:
        for data, seen in ((PNG, 1), (PNG, 1), (JPEG, 2)):
            here.objects = giving({"others/c": data})
            here.call("/chat/completions", asking("/chat/completions", "s3://others/c"))
            assert len(shown(here)) == seen


# what is refused


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("name", "places", "said"),
    [
        ("s3://pictures/atlas/a.png", None, "its file names no bucket"),
        ("s3://pictures/atlas/a.png", "others", "below s3://others/."),
        ("s3://pictures/other/a.png", PLACES, "below s3://pictures/atlas/, s3://others/."),
        ("s3://pictures/atlas", PLACES, "below s3://pictures/atlas/"),
        ("s3://Pictures/atlas/a.png", PLACES, "below s3://pictures/atlas/"),
        ("s3://other/c.png", PLACES, "below s3://pictures/atlas/"),
        ("s3://others.evil.example/c.png", PLACES, "below s3://pictures/atlas/"),
        ("s3://others@evil.example/c.png", PLACES, "below s3://pictures/atlas/"),
    ],
)
def test_what_the_team_may_not_fetch_is_refused_with_what_it_may(
    authority: Authority, path: str, name: str, places: str | None, said: str
) -> None:
    with world(authority, **({} if places is None else {"CLOISTER_IMAGES": places})) as here:
        reply = here.call(path, asking(path, name))
        assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "unsupported_image_url", field(path))
        assert said in reply.error["message"]
        assert not here.server.requests


@pytest.mark.parametrize(
    "name",
    [
        "s3://",
        "s3://pictures",
        "s3://pictures/",
        "s3:///a.png",
        "s3://pictures//a.png",
        "s3://pictures/atlas/",
        "s3://pictures/atlas/../a.png",
        "s3://pictures/./a.png",
        "s3://pictures/atlas/..",
        "s3://pictures/atlas/a\r\nhost: evil.example",
        "s3://pictures/atlas/a\x85.png",
        "s3://pictures/atlas/" + "é" * 510,
    ],
)
@pytest.mark.parametrize("path", ROUTES)
def test_an_address_that_is_none_is_named_and_not_quoted(here: World, path: str, name: str) -> None:
    reply = here.call(path, asking(path, name))
    assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "invalid_image_url", field(path))
    assert "atlas" not in reply.error["message"]
    assert not here.server.requests


def test_the_longest_key_is_taken(here: World) -> None:
    key = "k" * 1024
    here.objects = giving({f"others/{key}": PNG})
    assert here.call("/chat/completions", asking("/chat/completions", f"s3://others/{key}")).status == 200


@pytest.mark.parametrize("count", [16, 17])
def test_sixteen_objects_may_be_named(here: World, count: int) -> None:
    here.objects = giving({f"others/{n}": PNG + bytes([n]) for n in range(20)})
    names = [f"s3://others/{n}" for n in range(count)]
    reply = here.call("/chat/completions", asking("/chat/completions", *names, *names))
    if count == 16:
        assert reply.status == 200
        assert len(fetched(here)) == 16
        assert sent(here.prompts[0]) == [url(PNG + bytes([n])) for n in range(16)] * 2
    else:
        assert (reply.status, reply.error["code"]) == (400, "too_many_images")
        assert reply.error["param"] == field("/chat/completions", 17)
        assert not here.server.requests


LIMIT = 3_670_016


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("times", [1, 2])
def test_the_limit_is_that_of_the_whole_request_in_base64(here: World, path: str, times: int) -> None:
    here.mantle = answers(path)
    body = len(json.dumps(asking(path, *["s3://others/c"] * times)).encode())
    most = ((LIMIT - ADDED - body) // times - 23) // 4 * 3
    here.objects = giving({"others/c": PNG.ljust(most, b"x")})
    assert here.call(path, asking(path, *["s3://others/c"] * times)).status == 200
    assert LIMIT - 2 * ADDED < len(here.server.requests[-2].body) <= LIMIT
    here.server.requests.clear()
    here.objects = giving({"others/c": PNG.ljust(most + 1, b"x")})
    reply = here.call(path, asking(path, *["s3://others/c"] * times))
    assert (reply.status, reply.error["code"], reply.error["param"]) == (413, "request_too_large", field(path))
    assert {request.headers["host"] for request in here.server.requests} == {f"others.{S3}"}


def test_objects_that_are_too_large_together_are_too_large(here: World) -> None:
    here.objects = giving({f"others/{n}": PNG.ljust(1_000_000, b"x") for n in range(3)})
    reply = here.call("/chat/completions", asking("/chat/completions", *[f"s3://others/{n}" for n in range(3)]))
    assert (reply.status, reply.error["code"]) == (413, "request_too_large")
    assert (here.prompts, here.checks) == ([], [])


@pytest.mark.parametrize("inline", [2_000_000, 2_700_000])
def test_what_was_sent_inline_counts_as_well(here: World, inline: int, monkeypatch: pytest.MonkeyPatch) -> None:
    here.objects = giving({"others/c": PNG.ljust(700_000, b"x")})
    body = asking("/chat/completions", url(PNG.ljust(inline, b"y")), "s3://others/c")
    for least in (splice.LEAST, 10**9):  # cut out, and read whole
        monkeypatch.setattr(splice, "LEAST", least)
        assert here.call("/chat/completions", body).status == (200 if inline == 2_000_000 else 413)


@pytest.mark.parametrize("data", [b"", b"GIF89a" + PNG, b"\x89PN", b"RIFF....WEBP", b"<svg/>", b"%PDF-1.7"])
@pytest.mark.parametrize("path", ROUTES)
def test_another_format_is_refused_by_its_bytes_whatever_it_is_called(here: World, path: str, data: bytes) -> None:
    here.objects = lambda peer, _: peer.reply(data, headers="content-type: image/png\r\n")
    reply = here.call(path, asking(path, "s3://pictures/atlas/a.png"))
    assert (reply.status, reply.error["code"]) == (400, "unsupported_image_format")
    assert (reply.error["param"], here.checks, here.prompts) == (field(path), [], [])


@pytest.fixture(scope="module")
def any_world(authority: Authority) -> Iterator[World]:
    with world(authority, CLOISTER_IMAGES=PLACES) as made:
        made.objects = lambda peer, _: peer.reply(PNG)
        yield made


HOSTS = ("pictures", "others", "evil", "others.s3.evil.example", "others@evil", "evil#", "others:443", "")
NASTY = st.sampled_from(
    ["/", "atlas/", "..", ".", "?x", "#y", "%2e%2e", "%00", "\\", "@", ":", " ", "\r\n", "é", "😀", "~"]
)


@given(st.sampled_from(HOSTS), st.lists(NASTY | st.text(max_size=5), max_size=6).map("".join))
def test_whatever_is_written_no_other_bucket_or_prefix_is_asked(any_world: World, bucket: str, rest: str) -> None:
    here = any_world
    here.server.requests.clear()
    reply = here.call("/chat/completions", asking("/chat/completions", f"s3://{bucket}/{rest}"))
    asked = [request for request in here.server.requests if request.headers["host"].endswith(S3)]
    assert reply.status == (200 if asked else 400)
    for request in asked:
        assert (request.headers["host"], unquote(request.path)) == (f"{bucket}.{S3}", f"/{rest}")
        assert bucket == "others" or (bucket == "pictures" and rest.startswith("atlas/"))


def test_silence_is_borne_for_a_while_and_tried_again(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "SILENCE", 0.1)

    def silent(peer: Peer, _: Request) -> None:
        peer.wait()
        raise EOFError

    here.objects = silent
    reply = here.call("/chat/completions", asking("/chat/completions", "s3://others/c.png"))
    assert (reply.status, reply.error["code"]) == (503, "image_storage_unavailable")
    assert len(fetched(here)) == objects.ATTEMPTS
    assert (here.checks, here.prompts) == ([], [])


# what nobody writes down

CANARY = "canary8"


@pytest.mark.parametrize(
    "handler",
    [
        giving({f"pictures/atlas/{CANARY}.png": PNG + CANARY.encode()}),
        lambda peer, _: peer.reply(CANARY.encode()),
        lambda peer, _: peer.reply(CANARY.encode(), f"403 {CANARY}", f"x-amz-request-id: {CANARY}\r\n"),
        lambda peer, _: peer.reply(CANARY.encode(), f"301 {CANARY}", f"location: https://{CANARY}.example/\r\n"),
        lambda peer, _: peer.reply(CANARY.encode(), f"503 {CANARY}", f"retry-after: {CANARY}\r\n"),
        lambda peer, _: peer.send(f"{CANARY}\r\n\r\n".encode()),
    ],
    ids=["object", "garbage", "refusal", "redirect", "fault", "no HTTP"],
)
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("stream", [False, True])
def test_no_bucket_key_or_byte_of_an_object_is_in_a_record_a_log_or_an_error(
    here: World, handler: Handler, path: str, stream: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    here.objects, here.mantle = handler, answers(path, stream)
    good = f"s3://pictures/atlas/{CANARY}.png"
    bad = (f"s3://{CANARY}/a", f"s3://pictures/{CANARY}", f"s3://pictures/{CANARY}//", f"s3://{CANARY}")
    for name in (good, *bad):
        reply = here.call(path, asking(path, name, stream=stream))
        assert CANARY.encode() not in reply.body
    assert len(here.records) == 5
    captured = capfd.readouterr()
    written = json.dumps(here.records) + captured.out + captured.err
    for word in (CANARY, base64.b64encode(PNG[:30]).decode(), "pictures", S3):
        assert word not in written
