"""Which API is meant: AWS's own addresses, an embedded deployment's, and nothing else."""

from __future__ import annotations

import pytest

from client.api import of_url
from client.errors import AccessError

HOST = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"https://{HOST}/v1", ("a1b2c3d4e5", "us-east-1")),
        (f"https://{HOST}/v1/", ("a1b2c3d4e5", "us-east-1")),
        ("https://a1b2-vpce-0a1b2c3d.execute-api.eu-central-1.amazonaws.com/v1", ("a1b2", "eu-central-1")),
        ("http://127.0.0.1:4000/a1b2c3d4e5/v1", ("a1b2c3d4e5", "us-west-2")),
        ("http://localhost:4000/a1b2c3d4e5/v1", ("a1b2c3d4e5", "us-west-2")),
    ],
)
def test_an_address_of_an_api(url: str, found: tuple[str, str]) -> None:
    api = of_url(url, "iam", None, "us-west-2")
    assert (api.id, api.region) == found
    assert (api.url, api.access) == (url.rstrip("/"), "iam")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a1b2c3d4e5",
        f"http://{HOST}/v1",
        f"https://{HOST}",
        f"https://{HOST}/v1?x=1",
        f"https://{HOST}.evil.example/v1",
        f"https://user@{HOST}/v1",
        f"https://evil.example/{HOST}/v1",
        "http://10.0.0.7:4000/a1b2c3d4e5/v1",
        "http://127.0.0.1.evil.example/a1b2c3d4e5/v1",
        "file:///v1",
    ],
)
def test_what_is_none(url: str) -> None:
    with pytest.raises(AccessError, match="--url"):
        of_url(url, "token", None, "us-east-1")


def test_a_region_that_is_not_the_urls() -> None:
    with pytest.raises(AccessError, match="the URL is one of us-east-1"):
        of_url(f"https://{HOST}/v1", "token", "eu-central-1", "eu-central-1")


def test_a_loopback_address_needs_a_region() -> None:
    with pytest.raises(AccessError, match="--region"):
        of_url("http://127.0.0.1:4000/a1b2c3d4e5/v1", "token")
