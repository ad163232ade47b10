"""Guarantees: an image that lies in S3 is fetched once, and the guardrail is shown the bytes that the model gets."""

from __future__ import annotations

import json
import threading

import pytest

from tests.waiting import LONG

from ..pictures import HELD, JPEG, PLACES, PNG, ROUTES, answers, asking, fetched, sent, shown, url
from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import (
    BIG,
    FORBIDDEN,
    MANTLE,
    RUNTIME,
    S3,
    SMALL,
    World,
    chat_answer,
    giving,
    guard,
    world,
)


@pytest.fixture
def here(gallery: World) -> World:
    return gallery


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
    both = threading.Barrier(2)

    def together(peer: Peer, request: Request) -> None:
        both.wait(LONG)  # passed only if the other is asked for meanwhile
        giving(HELD)(peer, request)

    here.objects = together
    names = ("s3://pictures/atlas/a.png", "s3://others/c.png")
    here.call("/chat/completions", asking("/chat/completions", *names), seconds=2 * LONG)
    assert here.record["images"]["fetched"] == 2


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
