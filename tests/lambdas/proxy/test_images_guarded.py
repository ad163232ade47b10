"""Guarantees: an image reaches the model if the guardrail says that it looked at it, and not otherwise."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.request import pixels
from lambdas.proxy.services import looking

from .pictures import JPEG, PNG, ROUTES, answers, asking, field, sent, shown, url
from .support.authority import Authority
from .support.tls_server import Peer, Request
from .world import World, guarding, verdict, world


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">II", width, height) + b"\x08\2\0\0\0"


def jpeg(width: int, height: int, before: bytes = b"", marker: int = 0xC0) -> bytes:
    return (
        b"\xff\xd8" + before + bytes((0xFF, marker)) + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\1\x22\0" * 3
    )


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("stream", [False, True])
def test_an_image_that_was_looked_at_is_passed_on(gallery: World, path: str, stream: bool) -> None:
    gallery.mantle = answers(path, stream)
    assert gallery.call(path, asking(path, url(PNG), url(JPEG, "jpeg"), stream=stream)).status == 200
    assert sent(gallery.prompts[0]) == [url(PNG), url(JPEG, "jpeg")]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "guardrail",
    [guarding(overlooked=1), guarding(overlooked=2), guarding(judges_images=False)],
    ids=["one overlooked", "both overlooked", "a filter without the modality"],
)
def test_an_image_that_was_not_looked_at_ends_the_request(gallery: World, path: str, guardrail: Any) -> None:
    gallery.guardrail, gallery.mantle = guardrail, answers(path)
    reply = gallery.call(path, asking(path, url(PNG), url(JPEG, "jpeg")))
    assert (reply.status, reply.error["code"]) == (503, "guardrail_unavailable")
    assert "of 2 images" in reply.error["message"]
    assert not gallery.prompts
    assert gallery.record["guardrail"]["input"] == "error"


COVERAGES: list[Any] = [
    *(None, {}, [], {"images": None}, {"images": []}, {"images": {}}, {"images": {"guarded": 1}}),
    *({"images": {"guarded": n, "total": m}} for n, m in ((0, 1), (0, 0), (2, 2), (True, True), (1.0, 1), ("1", "1"))),
    {"textCharacters": {"guarded": 1, "total": 1}},
]


@pytest.mark.parametrize("coverage", COVERAGES, ids=json.dumps)
def test_a_coverage_that_does_not_say_so_is_none(gallery: World, coverage: Any) -> None:
    def silent(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        answer = verdict(body["source"], body["content"])
        if "images" in answer["guardrailCoverage"]:
            del answer["guardrailCoverage"]
            answer |= {} if coverage is None else {"guardrailCoverage": coverage}
        peer.reply(json.dumps(answer).encode())

    gallery.guardrail = silent
    reply = gallery.call("/responses", asking("/responses", url(PNG)))
    assert (reply.status, reply.error["code"]) == (503, "guardrail_unavailable")
    assert not gallery.prompts


def test_an_image_that_was_overlooked_is_not_known_as_cleared(authority: Authority) -> None:
    with world(authority, CLOISTER_HISTORY="once") as here:
        for guardrail, status in ((guarding(overlooked=1), 503), (guarding(overlooked=1), 503), (guarding(), 200)):
            here.guardrail = guardrail
            assert here.call("/chat/completions", asking("/chat/completions", url(PNG))).status == status
        assert len(shown(here)) == 3


@pytest.mark.parametrize("path", ROUTES)
def test_where_nothing_looks_at_images_they_are_refused_with_the_reason(authority: Authority, path: str) -> None:
    with world(authority, CLOISTER_IMAGE_FILTER=False) as here:
        reply = here.call(path, asking(path, url(PNG)))
        assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "unsupported_image", field(path))
        assert "looks at none" in reply.error["message"]
        assert not here.server.requests
        here.mantle = answers(path)
        assert here.call(path, asking(path)).status == 200


@pytest.mark.parametrize(("picture", "format"), [(png(8001, 10), "png"), (jpeg(10, 8001), "jpeg")])
def test_more_pixels_than_the_guardrail_takes_are_refused_before_it_is_asked(
    gallery: World, picture: bytes, format: str
) -> None:
    gallery.objects = lambda peer, _: peer.reply(picture)
    for place in (url(picture, format), "s3://pictures/atlas/a.png"):
        reply = gallery.call("/responses", asking("/responses", url(PNG), place))
        assert (reply.status, reply.error["code"]) == (413, "image_too_large")
        assert reply.error["param"] == field("/responses", 2)
        assert "8,001" in reply.error["message"]
    assert not gallery.checks
    assert not gallery.prompts


def test_the_largest_picture_passes(gallery: World) -> None:
    gallery.mantle = answers("/responses")
    assert gallery.call("/responses", asking("/responses", url(png(8000, 8000)))).status == 200


def test_images_are_divided_over_calls_of_twenty_and_four_megabytes(gallery: World) -> None:
    gallery.mantle = answers("/responses")
    many = [url(PNG + bytes((n,))) for n in range(45)]
    assert gallery.call("/responses", asking("/responses", *many)).status == 200
    counts = [sum("image" in block for block in check["content"]) for check in gallery.checks]
    assert sorted(count for count in counts if count) == [5, 20, 20]


class Sized:
    """Of an image, what dividing looks at."""

    def __init__(self, size: int) -> None:
        self.data = memoryview(bytes(size // 3 * 4))


@given(st.lists(st.sampled_from([3, 300_000, 1_500_000, 3_999_999]), max_size=60))
def test_no_call_has_more_than_it_may_have_and_none_could_be_saved_beside_its_neighbour(sizes: list[int]) -> None:
    images: list[Any] = [Sized(size) for size in sizes]
    divided = list(looking.groups(images))
    assert [image for group in divided for image in group] == images
    bytes_ = [sum(len(image.data) // 4 * 3 for image in group) for group in divided]
    assert all(0 < len(group) <= looking.MOST for group in divided)
    assert all(size <= looking.BYTES for size in bytes_)
    for at in range(len(divided) - 1):
        together = len(divided[at]) + len(divided[at + 1]), bytes_[at] + bytes_[at + 1]
        assert together[0] > looking.MOST or together[1] > looking.BYTES


@given(
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**16 - 1),
    st.lists(st.tuples(st.sampled_from([0xE0, 0xE1, 0xDB, 0xC4, 0xFE]), st.binary(max_size=3000)), max_size=4),
    st.sampled_from([0xC0, 0xC1, 0xC2, 0xC9, 0xCF]),
)
def test_the_size_of_a_jpeg_is_found_behind_whatever_stands_before_it(
    width: int, height: int, segments: list[tuple[int, bytes]], marker: int
) -> None:
    before = b"".join(bytes((0xFF, code)) + struct.pack(">H", len(data) + 2) + data for code, data in segments)
    picture = jpeg(width, height, before, marker)
    assert pixels.size("jpeg", base64.b64encode(picture)) == (width, height)


def test_the_size_of_a_jpeg_is_found_behind_a_large_profile() -> None:
    profile = b"\xff\xe2" + struct.pack(">H", 0xFFFF) + bytes(0xFFFD)
    assert pixels.size("jpeg", base64.b64encode(jpeg(12, 34, profile * 3))) == (12, 34)


@given(st.sampled_from(["png", "jpeg"]), st.binary(max_size=300), st.booleans())
def test_a_head_of_any_bytes_is_read_or_not_and_never_fails(format: str, data: bytes, begun: bool) -> None:
    begin = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}[format] if begun else b""
    found = pixels.size(format, base64.b64encode(begin + data))
    assert found is None or all(side >= 0 for side in found)
