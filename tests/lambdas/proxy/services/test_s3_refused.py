"""Guarantees: what is no image that the team may have is refused with a reason, and nobody writes down what it was."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.app import ADDED
from lambdas.proxy.request import splice
from lambdas.proxy.services import s3 as objects

from ..pictures import PLACES, PNG, ROUTES, answers, asking, fetched, field, sent, url
from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import (
    S3,
    Handler,
    World,
    giving,
    world,
)


@pytest.fixture
def here(gallery: World) -> World:
    return gallery


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
    monkeypatch.setattr(objects.TERMS, "read_timeout", 0.1)

    def silent(peer: Peer, _: Request) -> None:
        peer.wait()
        raise EOFError

    here.objects = silent
    reply = here.call("/chat/completions", asking("/chat/completions", "s3://others/c.png"))
    assert (reply.status, reply.error["code"]) == (503, "image_storage_unavailable")
    assert len(fetched(here)) == objects.TERMS.attempts
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
