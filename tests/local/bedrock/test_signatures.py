"""Signatures: botocore's own are taken, everything else is refused with AWS's code."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.keys import Key, Keys
from local.signatures import Received, RefusedError, verify, verify_presigned
from tests.local.bedrock.client import Signed

KEY = Key("ASIAONE", "secret", "session", "arn:aws:sts::000000000000:assumed-role/atlas/run", "000000000000")
URL = "https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    known = Keys(tmp_path / "keys")
    known.add(KEY)
    return known


def received(request: httpx.Request) -> Received:
    target = request.url.raw_path.decode()
    return Received(request.method, target, list(request.headers.items()), request.content)


def signed(key: Key = KEY, service: str = "bedrock-mantle", region: str = "us-east-1", url: str = URL) -> Received:
    request = httpx.Request("POST", url, content=b'{"model":"m"}', headers={"Content-Type": "application/json"})
    return received(next(Signed(key, service, region).auth_flow(request)))


def check(request: Received, keys: Keys, now: datetime | None = None) -> Key:
    return verify(request, keys, services=("bedrock-mantle", "bedrock"), region="us-east-1", now=now)


@pytest.mark.parametrize(
    "url", [URL, URL + "?b=2&a=1", "https://h.example/a%20b/c~d/%C3%A9?x=%2F", "https://h.example/"]
)
def test_botocores_signature_is_taken(keys: Keys, url: str) -> None:
    assert check(signed(url=url), keys) == KEY


def test_a_path_of_s3_is_signed_as_it_was_sent(keys: Keys) -> None:
    url = "https://pictures.s3.us-east-1.amazonaws.com/a%20b/%C3%BC%2B%25.png"
    assert verify(signed(service="s3", url=url), keys, services=("s3",), region="us-east-1") == KEY
    # and encoded once more, as for any other service, it is not right
    credentials = Credentials(KEY.access_key, KEY.secret_key, KEY.session_token)
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    headers = [("host", "pictures.s3.us-east-1.amazonaws.com"), *request.headers.items()]
    other = Received("GET", "/a%20b/%C3%BC%2B%25.png", headers, b"")
    with pytest.raises(RefusedError, match="does not match"):
        verify(other, keys, services=("s3",), region="us-east-1")


def test_either_service_name_is_taken(keys: Keys) -> None:
    assert check(signed(service="bedrock"), keys) == KEY


def changed(request: Received, **headers: str | None) -> Received:
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = [(name, value) for name, value in request.headers if name.lower() not in lower]
    added = [(name, value) for name, value in lower.items() if value is not None]
    return dataclasses.replace(request, headers=[*kept, *added])


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (lambda r: changed(r, authorization=None), "MissingAuthenticationTokenException"),
        (lambda r: changed(r, authorization="Bearer x"), "IncompleteSignatureException"),
        (lambda r: dataclasses.replace(r, body=b'{"model":"n"}'), "InvalidSignatureException"),
        (lambda r: dataclasses.replace(r, target="/openai/v1/other"), "InvalidSignatureException"),
        (lambda r: dataclasses.replace(r, method="PUT"), "InvalidSignatureException"),
        (lambda r: changed(r, host="bedrock-mantle.us-west-2.api.aws"), "InvalidSignatureException"),
        (lambda r: changed(r, x_amz_security_token="other"), "UnrecognizedClientException"),
        (lambda r: changed(r, x_amz_security_token=None), "UnrecognizedClientException"),
        (lambda r: changed(r, x_amz_date="20200101T000000Z"), "InvalidSignatureException"),
        (lambda r: changed(r, x_amz_date="today"), "IncompleteSignatureException"),
        (lambda r: changed(r, content_type=None), "InvalidSignatureException"),
        (lambda r: changed(r, x_amz_content_sha256="0" * 64), "InvalidSignatureException"),
    ],
)
def test_whatever_was_changed_is_refused(keys: Keys, break_it: Any, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check(break_it(signed()), keys)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (signed(dataclasses.replace(KEY, access_key="ASIATWO")), "UnrecognizedClientException"),
        (signed(dataclasses.replace(KEY, secret_key="other")), "InvalidSignatureException"),
        (signed(service="s3"), "InvalidSignatureException"),
        (signed(region="us-west-2"), "InvalidSignatureException"),
    ],
)
def test_a_strangers_signature_is_refused(keys: Keys, request_: Received, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check(request_, keys)
    assert refused.value.code == code


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_off_is_refused(keys: Keys, minutes: int) -> None:
    with pytest.raises(RefusedError, match="expired or not yet valid"):
        check(signed(), keys, datetime.now(UTC) + timedelta(minutes=minutes))


def presigned(expires: int = 900, key: Key = KEY, **headers: str) -> Received:
    request = AWSRequest("GET", "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity", headers=headers)
    credentials = Credentials(key.access_key, key.secret_key, key.session_token)
    SigV4QueryAuth(credentials, "sts", "us-east-1", expires=expires).add_auth(request)
    given = [("Host", "sts.us-east-1.amazonaws.com"), *headers.items()]
    return Received("GET", request.url.removeprefix("https://sts.us-east-1.amazonaws.com"), given, b"")


def check_presigned(request: Received, keys: Keys, now: datetime | None = None) -> Key:
    longest = timedelta(seconds=900)
    return verify_presigned(request, keys, service="sts", region="us-east-1", longest=longest, now=now)


def test_a_presigned_url_is_taken_with_the_headers_it_was_signed_with(keys: Keys) -> None:
    request = presigned(x_cloister_api="abc")
    assert check_presigned(request, keys) == KEY
    with pytest.raises(RefusedError):
        check_presigned(dataclasses.replace(request, headers=[request.headers[0], ("x_cloister_api", "abd")]), keys)
    with pytest.raises(RefusedError, match="is not in the request"):
        check_presigned(dataclasses.replace(request, headers=request.headers[:1]), keys)


@pytest.mark.parametrize(("expires", "seconds"), [(900, 901), (60, 61), (60, -400)])
def test_a_presigned_url_lives_as_long_as_it_says(keys: Keys, expires: int, seconds: int) -> None:
    with pytest.raises(RefusedError):
        check_presigned(presigned(expires), keys, datetime.now(UTC) + timedelta(seconds=seconds))


def test_a_presigned_url_may_not_ask_for_longer(keys: Keys) -> None:
    with pytest.raises(RefusedError, match="longer than 900 s"):
        check_presigned(presigned(901), keys)


def test_keys_are_readable_by_their_owner_only_and_show_no_secret(tmp_path: Path, keys: Keys) -> None:
    assert (tmp_path / "keys" / "ASIAONE.json").stat().st_mode & 0o777 == 0o600
    assert "secret" not in repr(keys.find("ASIAONE"))
    assert keys.find("../ASIAONE") is None
    keys.remove("ASIAONE")
    assert keys.find("ASIAONE") is None
