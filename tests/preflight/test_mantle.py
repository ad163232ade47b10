"""Requests to bedrock-mantle: signed as the service documents, and read with doubt."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError

from preflight.answers import NotAnsweredError
from preflight.mantle import Mantle, Reply
from tests.preflight.recorded import Endpoint


def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret", aws_session_token="session")


def test_a_request_is_signed_for_the_service_and_the_region() -> None:
    endpoint = Endpoint({("GET", "/v1/models/m"): (200, {"id": "m"})})
    reply = Mantle(_session(), "eu-central-1", transport=endpoint).send(
        "bedrock-mantle:GetModel", "GET", "/v1/models/m"
    )
    assert reply == Reply(200, {"id": "m"})
    (request,) = endpoint.requests
    assert request.url == "https://bedrock-mantle.eu-central-1.api.aws/v1/models/m"
    assert "/eu-central-1/bedrock-mantle/aws4_request" in request.headers["Authorization"]
    assert request.headers["X-Amz-Security-Token"] == "session"


def test_a_body_is_json_and_signed() -> None:
    path, body = "/v1/organization/projects/proj_1", {"data_retention": {"mode": "none"}}
    endpoint = Endpoint({("POST", path): (200, {})})
    Mantle(_session(), "us-east-1", transport=endpoint).send("bedrock-mantle:UpdateProject", "POST", path, body)
    (request,) = endpoint.requests
    assert json.loads(request.body) == body
    assert request.headers["Content-Type"] == "application/json"
    assert "content-type" in request.headers["Authorization"]


def test_another_address_is_signed_for_by_the_service_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", "http://127.0.0.1:1/")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2/")
    endpoint = Endpoint({("GET", "/v1/models/m"): (200, {})})
    Mantle(_session(), "us-east-1", transport=endpoint).send("bedrock-mantle:GetModel", "GET", "/v1/models/m")
    (request,) = endpoint.requests
    assert request.url == "http://127.0.0.1:1/v1/models/m"
    assert request.headers["Host"] == "bedrock-mantle.us-east-1.api.aws"


def test_what_stands_for_all_of_aws_is_asked_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2/")
    endpoint = Endpoint({("GET", "/v1/models/m"): (200, {})})
    Mantle(_session(), "us-east-1", transport=endpoint).send("bedrock-mantle:GetModel", "GET", "/v1/models/m")
    (request,) = endpoint.requests
    assert request.url == "http://127.0.0.1:2/v1/models/m" and "Host" not in request.headers


def test_nothing_that_comes_back_is_no_answer() -> None:
    def silent(_request: object) -> tuple[int, bytes]:
        raise ConnectTimeoutError(endpoint_url="https://bedrock-mantle.us-east-1.api.aws")

    with pytest.raises(NotAnsweredError, match=r"bedrock-mantle:GetModel has no answer \(ConnectTimeoutError\)"):
        Mantle(_session(), "us-east-1", transport=silent).send("bedrock-mantle:GetModel", "GET", "/v1/models/m")


@pytest.mark.parametrize(
    ("reply", "is_absent"),
    [
        (Reply(404, {"error": {"code": "not_found"}}), True),
        (Reply(404, None), False),
        (Reply(404, {"message": "no such API"}), False),
        (Reply(200, {"error": {}}), False),
    ],
)
def test_only_the_service_itself_says_that_something_is_absent(reply: Reply, is_absent: bool) -> None:
    assert reply.is_absent is is_absent
