"""Guarantees: the proxy's signer gives what botocore's gives, for every request that it accepts.

Oracle: ``botocore.auth.SigV4Auth`` at the same instant; for S3, which encodes a path once, ``S3SigV4Auth``.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from typing import Any
from unittest import mock
from urllib.parse import quote, unquote

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core import address
from lambdas.proxy.services import sigv4
from lambdas.proxy.services.credentials import Credentials
from lambdas.proxy.services.sigv4 import sign

HOST = "bedrock-mantle.us-east-1.api.aws"
ME = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

segments = st.text(st.sampled_from("abcXYZ019-._~:@!$&'()*+,;=%é €"), min_size=1, max_size=12).filter(
    lambda segment: segment not in (".", "..")
)
paths = st.lists(segments, max_size=5).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(
    st.tuples(st.sampled_from(["a", "b", "a-b", "A", "x%20y"]), st.sampled_from(["", "1", "2", "%2F", "z"])), max_size=4
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
names = st.from_regex(re.compile(r"x-[a-z]{1,8}"), fullmatch=True).filter(lambda name: not name.startswith("x-amz"))
values = st.text(st.sampled_from("abc  019,;=/é"), max_size=20)
headers = st.lists(st.tuples(names | st.just("content-type"), values), max_size=6, unique_by=lambda pair: pair[0])


def botocore_signs(
    method: str,
    path: str,
    given_headers: list[tuple[str, str]],
    body: bytes,
    service: str,
    region: str,
    credentials: Credentials,
    now: datetime.datetime,
    signs: Any = botocore.auth.SigV4Auth,
    host: str = HOST,
) -> str:
    """Return the Authorization header of botocore's signer."""
    request = AWSRequest(method=method, url=f"https://{host}{path}", data=body)
    for name, value in given_headers:
        request.headers.add_header(name, value)
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    signer = signs(
        BotoCredentials(credentials.access_key, credentials.secret_key, credentials.session_token), service, region
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        signer.add_auth(request)
    return str(request.headers["Authorization"])


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=paths,
    query=queries,
    given_headers=headers,
    body=st.binary(max_size=200),
    service=st.sampled_from(["bedrock-mantle", "bedrock", "sts"]),
    region=st.sampled_from(["us-east-1", "eu-central-1"]),
    token=st.none() | st.just("IQoJb3JpZ2luX2VjE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ=="),
    now=st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2030, 1, 1)),
)
def test_the_signature_is_botocores(
    method: str,
    path: str,
    query: str,
    given_headers: list[tuple[str, str]],
    body: bytes,
    service: str,
    region: str,
    token: str | None,
    now: datetime.datetime,
) -> None:
    target = f"{path}?{query}" if query else path
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    pieces = [body[:50], body[50:]]
    sent = sign(
        method, HOST, target, given_headers, pieces, service=service, region=region, credentials=credentials, now=now
    )
    expected = botocore_signs(method, target, given_headers, body, service, region, credentials, now)
    assert dict(sent)["authorization"] == expected


keys = (
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/") | st.sampled_from(" +%~é€😀."))
        .filter(lambda part: part not in ("", ".", "..")),
        min_size=1,
        max_size=4,
    )
    .map("/".join)
    .filter(lambda key: len(key.encode()) <= address.LONGEST)
)  # fmt: skip


@given(key=keys, token=st.none() | st.just("token"), now=st.datetimes(datetime.datetime(2026, 1, 1)))
def test_the_signature_for_an_object_is_botocores_for_s3(key: str, token: str | None, now: datetime.datetime) -> None:
    bucket, read = address.read(f"s3://pictures/{key}")
    host, path = f"{bucket}.s3.us-east-1.amazonaws.com", address.target(read)
    assert (unquote(path[1:]), path[1:]) == (key, quote(key, safe="/~"))
    credentials = Credentials("AKIDEXAMPLE", "secret", token)
    sent = sign("GET", host, path, [], b"", service="s3", region="us-east-1", credentials=credentials, now=now)
    for_s3 = botocore.auth.S3SigV4Auth
    expected = botocore_signs("GET", path, [], b"", "s3", "us-east-1", credentials, now, for_s3, host)
    assert dict(sent)["authorization"] == expected


def test_the_path_of_an_object_is_not_kept() -> None:
    path = "/a-key-of-somebodys.png"
    for service in ("s3", "sts"):
        sign("GET", HOST, path, [], b"", service=service, region="us-east-1", credentials=ME)
        assert any(path in str(form) for form in sigv4._forms) == (service == "sts")


def test_all_headers_to_send_are_there_once_with_the_callers_in_the_middle() -> None:
    sent = sign(
        "POST", HOST, "/v1", [("Content-Type", "application/json"), ("User-Agent", "x")], b"{}",
        service="bedrock-mantle", region="us-east-1", credentials=Credentials("A", "s", "t"),
    )  # fmt: skip
    assert [name for name, _ in sent] == [
        "host", "Content-Type", "User-Agent", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token",
        "authorization",
    ]  # fmt: skip
    signed = dict(sent)["authorization"]
    assert "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token," in signed


def test_pieces_sign_as_the_whole() -> None:
    now = datetime.datetime(2026, 5, 1)
    whole, parts = (
        sign("POST", HOST, "/", [], body, service="sts", region="us-east-1", credentials=ME, now=now)
        for body in (b"abcdef", [b"ab", b"", b"cdef"])
    )
    assert whole == parts


def test_the_time_is_now_unless_given() -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    date = dict(sign("GET", HOST, "/", [], b"", service="sts", region="us-east-1", credentials=ME))["x-amz-date"]
    signed_at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    assert before <= signed_at <= datetime.datetime.now(datetime.UTC)


def test_a_new_days_key_is_another_and_so_is_a_new_secrets() -> None:
    def signature(secret: str, day: int) -> str:
        now = datetime.datetime(2026, 5, day)
        sent = sign(
            "GET", HOST, "/", [], b"", service="sts", region="us-east-1", credentials=Credentials("A", secret), now=now
        )
        assert dict(sent)["authorization"] == botocore_signs(
            "GET", "/", [], b"", "sts", "us-east-1", Credentials("A", secret), now
        )
        return dict(sent)["authorization"]

    # more than are kept, and back to the first
    assert len({signature(f"secret {n}", day) for n in range(6) for day in (1, 2)} | {signature("secret 0", 1)}) == 12


@pytest.mark.parametrize(
    "name", ["Host", "authorization", "X-Amz-Date", "x-amz-security-token", "X-Amz-Content-Sha256"]
)
def test_a_header_that_the_signer_sets_cannot_be_given(name: str) -> None:
    with pytest.raises(ValueError, match="set by the signer"):
        sign("GET", HOST, "/", [(name, "x")], b"", service="sts", region="us-east-1", credentials=ME)


@pytest.mark.parametrize("path", ["", "v1", "/a//b", "/a/../b", "/./a", "/a/.."])
def test_a_path_that_could_be_read_two_ways_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="a path to sign"):
        sign("GET", HOST, path, [], b"", service="sts", region="us-east-1", credentials=ME)
