"""Guarantees: a record's digest is of that very request, by a key that KMS makes when nobody waits; or says why not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.digests import Request as Known
from audit.digests import canonical
from lambdas.proxy.audit.digest import Digests, _ordered
from lambdas.proxy.core.jsontext import parse
from lambdas.proxy.request.splice import Body, cut, whole
from lambdas.proxy.services.kms import KmsError

from ..pictures import PNG, ROUTES, answers, asking, url
from ..support.authority import Authority
from ..support.environment import running
from ..support.faults import right
from ..support.team import environment
from ..support.tls_server import Peer, Request
from ..world import EMAIL, FORBIDDEN, Handler, ask, chat, world

LONG = 60
SECRET = b"a key that nobody has but KMS here"
ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DIGESTED = {"CLOISTER_DIGEST_KEY": ARN}


def mac(_: str, message: bytes) -> bytes:
    """What KMS answers."""
    return hmac.digest(SECRET, message, "sha256")


class Kms:
    """KMS with one key; says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, peer: Peer, request: Request) -> None:
        self.asked.append(request)
        made = mac("", base64.b64decode(json.loads(request.body)["Message"]))
        peer.reply(json.dumps({"Mac": base64.b64encode(made).decode()}).encode())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(st.text(max_size=8), VALUES, max_size=5)


def shuffled(value: Any, backwards: bool) -> Any:
    if isinstance(value, dict):
        items = [(name, shuffled(inner, backwards)) for name, inner in value.items()]
        return dict(reversed(items) if backwards else items)
    return [shuffled(item, backwards) for item in value] if isinstance(value, list) else value


@given(BODIES, st.booleans(), st.booleans(), st.sampled_from([None, 1, "\t"]))
@settings(max_examples=60, deadline=None)
def test_order_spacing_and_escapes_make_no_difference(
    body: dict[str, Any], backwards: bool, escaped: bool, indent: int | str | None
) -> None:
    sent = json.dumps(shuffled(body, backwards), ensure_ascii=escaped, indent=indent).encode("utf-8")
    assert canonical(sent) == _ordered(parse(json.dumps(body))).encode("utf-8")


@given(BODIES, BODIES)
@settings(max_examples=60, deadline=None)
def test_another_value_is_another_request(one: dict[str, Any], other: dict[str, Any]) -> None:
    # The texts say whether they are the same: 1 and true are equal to Python, and are not to JSON.
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical(json.dumps(one).encode()) == canonical(json.dumps(other).encode())) is same


@pytest.mark.parametrize("body", [b"[]", b'{"a":1,"a":1}', b'{"a":NaN}', b"{", b"\xff", b'{"a":"\\ud800"}', b""])
def test_what_the_proxy_would_not_read_is_no_request(body: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON object") as caught:
        canonical(body)
    assert caught.value.__cause__ is None


def test_images_count_as_they_were_sent(authority: Authority) -> None:
    """Long base64 is cut out of an event before it is read: the digest has it in its place."""
    picture = base64.b64encode(bytes(range(256)) * 60).decode()
    sent = json.dumps({"z": f"data:image/png;base64,{picture}", "a": [f"data:image/png;base64,{picture}", "é"]})
    left, taken = cut(json.dumps({"body": sent}).encode())
    assert len(taken) == 2
    assert len(left) < 500
    body = Body(json.loads(left)["body"].encode(), taken)
    read = json.loads(body.data, object_pairs_hook=lambda pairs: dict(body.restored(pairs)))
    assert b"".join(whole(_ordered(read).encode(), taken)) == canonical(sent.encode())


@pytest.mark.parametrize("path", ROUTES)
def test_a_request_with_large_images_is_confirmed_as_it_was_sent(authority: Authority, path: str) -> None:
    large = PNG + bytes(9_000)
    body = asking(path, url(large), url(PNG))
    with world(authority, **DIGESTED) as here:
        here.kms, here.mantle = Kms(), answers(path)
        assert here.call(path, body).status == 200
        record = here.record
    assert Known(json.dumps(body).encode(), mac).made(record)
    assert not Known(json.dumps(asking(path, url(large + bytes(3)), url(PNG))).encode(), mac).made(record)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat/completions", chat("Hi"), 200),
        ("/chat/completions", chat(f"Write to {EMAIL}, 😀"), 200),
        ("/chat/completions", chat(FORBIDDEN), 400),
        ("/chat/completions", chat("Hi", top_k=1), 400),
        ("/responses", ask("Hi"), 502),
    ],
)
def test_a_record_confirms_its_request_and_no_other(
    authority: Authority, path: str, body: dict[str, Any], status: int
) -> None:
    with world(authority, **DIGESTED) as here:
        here.kms = key = Kms()
        assert here.call(path, body).status == status
        assert here.call(path, body).status == status
        first, second = here.records
    assert len(key.asked) == 1, "one key for all requests of an environment"
    assert first["digest"]["nonce"] == second["digest"]["nonce"]
    asked = json.loads(key.asked[0].body)
    assert (asked["KeyId"], asked["MacAlgorithm"], len(asked)) == (ARN, "HMAC_SHA_256", 3)
    said = base64.b64decode(asked["Message"]).decode().split("\n")
    assert said == ["cloister digest key", "Cloister", "atlas", first["digest"]["nonce"]]
    sent = json.dumps(body, indent=2).encode()
    for record in (first, second):
        assert record["digest"]["missing"] is None
        assert Known(sent, mac).made(record)
        assert not Known(json.dumps(body | {"user": "x"}).encode(), mac).made(record)
        assert not Known(sent, lambda _, message: hmac.digest(b"another", message, "sha256")).made(record)
        other = {"chat.completions": "responses", "responses": "chat.completions"}[record["route"]]
        assert not Known(sent, mac).made(record | {"route": other})
        assert not Known(sent, mac).made(record | {"request_id": "another"}), "two of one request look different"
        # Whoever has a guess and no key learns nothing.
        plain = (canonical(sent), sent, json.dumps(body).encode())
        assert record["digest"]["hmac"] not in {hashlib.sha256(text).hexdigest() for text in plain}


@pytest.mark.parametrize(
    ("kms", "missing"),
    [
        (lambda peer, _: peer.reply(b"{}", "400 Bad Request"), "kms_400"),
        (lambda peer, _: peer.reply(b"{"), "kms_answer"),
        (lambda peer, _: peer.reply(b'{"Mac": "c2hvcnQ="}'), "kms_answer"),
        (lambda peer, _: peer.send(b"garbage\r\n\r\n"), "kms_protocol"),
    ],
)
def test_a_key_that_cannot_be_had_fails_no_request_and_is_said(
    authority: Authority, kms: Handler, missing: str
) -> None:
    with world(authority, **DIGESTED) as here:
        here.kms = kms
        assert [here.call("/chat/completions", chat("Hi")).status for _ in range(2)] == [200, 200]
        assert [record["digest"] for record in here.records] == [{"hmac": None, "nonce": None, "missing": missing}] * 2


def test_what_is_no_request_has_none_and_so_has_everybody_without_the_setting(authority: Authority) -> None:
    with world(authority, **DIGESTED) as here:
        here.kms = key = Kms()
        assert here.call("/chat/completions", b"{").status == 400
        assert here.call("/models").status == 200
        assert [record["digest"]["missing"] for record in here.records] == ["no_body"] * 2
        assert not key.asked
    with world(authority) as here:
        assert here.call("/chat/completions", chat("Hi")).status == 200
        assert here.record["digest"] == {"hmac": None, "nonce": None, "missing": "off"}


def test_nobody_waits_for_the_key(authority: Authority, tmp_path: Path) -> None:
    answered, ended = threading.Event(), threading.Event()
    answer: list[Any] = []

    def kms(peer: Peer, request: Request) -> None:
        if answer[0].complete.wait(LONG):
            answered.set()
        ended.wait(LONG)
        Kms()(peer, request)

    with world(authority) as here:
        here.mantle, here.kms = right, kms
        with running(here, authority, tmp_path, **DIGESTED) as one:
            answer.append(one.invoke("/chat/completions"))
            assert answered.wait(LONG), "the reply has ended before KMS has answered"
            ended.set()
            assert one.api.idle.wait(LONG)
    lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert [line["digest"]["missing"] for line in lines if line["record"] == "inference"] == [None]


class _Counted:
    """Says how often it was asked, and gives nothing."""

    def __init__(self) -> None:
        self.count = 0

    def mac(self, *_: object) -> bytes:
        self.count += 1
        raise KmsError("kms_503")


def test_kms_is_not_asked_again_at_once_nor_when_the_time_is_over() -> None:
    from lambdas.proxy.core.team import Team

    kms = _Counted()
    digests = Digests(Team(environment(**DIGESTED)), kms)  # type: ignore[arg-type]  # it has what is used of it
    digests.prepare(0.0)
    assert (kms.count, digests.missing) == (0, "unasked")
    for _ in range(3):
        digests.prepare(float("inf"))
    assert (kms.count, digests.missing) == (1, "kms_503")
