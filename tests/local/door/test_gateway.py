"""API Gateway's part: who gets in, what the function is handed, how its answer goes out."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.keys import Key
from tests.local.bedrock.client import Signed
from tests.local.door.conftest import CALLER, Workshop
from tests.waiting import LONG, until

ECHO = "def answer(event):\n  yield HEAD\n  yield json.dumps(event).encode()"
ALLOW = """
    def handler(event, context):
        import json
        print(json.dumps(event))
        token = event["headers"]["Authorization"]
        if token == "Bearer bad":
            raise Exception("Unauthorized")
        if token == "Bearer worse":
            raise KeyError("x")
        if token == "Bearer odd":
            return {"principalId": "p"}
        effect = "Deny" if token == "Bearer deny" else "Allow"
        region, account, rest = event["methodArn"].split(":")[3:]
        resource = f"arn:aws:execute-api:{region}:{account}:" + rest.split("/")[0] + "/v1/*"
        if token == "Bearer elsewhere":
            resource = resource.replace("abc123", "other")
        statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
        return {"principalId": "me", "policyDocument": {"Statement": [statement]}, "context": {"n": 1, "yes": True}}
"""


def signed(key: Key = CALLER, service: str = "execute-api") -> httpx.Client:
    return httpx.Client(auth=Signed(key, service), timeout=LONG)


def test_the_function_is_handed_a_proxy_event(workshop: Workshop) -> None:
    workshop.api(workshop.streamer("echo", ECHO))
    base = workshop.serve()
    with signed() as client:
        answer = client.post(f"{base}/abc123/v1/chat/completions?a=1&a=2&b=", json={"text": "é"}, headers={"X-A": "1"})
    assert answer.status_code == 201
    assert answer.headers["x-kind"] == "test"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    event = answer.json()
    assert (event["path"], event["httpMethod"], event["resource"]) == ("/chat/completions", "POST", "/{proxy+}")
    assert event["pathParameters"] == {"proxy": "chat/completions"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert json.loads(event["body"]) == {"text": "é"}
    assert event["isBase64Encoded"] is False
    assert event["headers"]["Host"] == "abc123.execute-api.us-east-1.amazonaws.com"
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["apiId"]) == ("v1", "/v1/chat/completions", "abc123")
    assert context["identity"]["userArn"] == CALLER.arn


def test_a_binary_media_type_is_handed_over_in_base64(workshop: Workshop) -> None:
    workshop.api(workshop.streamer("echo", ECHO), binary=("image/*",))
    base = workshop.serve()
    with signed() as client:
        raw = client.post(f"{base}/abc123/v1/x", content=b"\xff\x00", headers={"Content-Type": "image/png"}).json()
        text = client.post(f"{base}/abc123/v1/x", content=b"\xffa", headers={"Content-Type": "text/plain"}).json()
    assert (raw["body"], raw["isBase64Encoded"]) == ("/wA=", True)
    assert (text["body"], text["isBase64Encoded"]) == ("\ufffda", False)


def test_a_stream_comes_out_piece_by_piece(workshop: Workshop, tmp_path: Path) -> None:
    gate = tmp_path / "open"
    wait = f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    source = f"def answer(event):\n  yield HEAD + b'first'\n  {wait}\n  yield b'last'"
    workshop.api(workshop.streamer("stream", source))
    base = workshop.serve()
    with signed() as client, client.stream("GET", f"{base}/abc123/v1/x") as response:
        pieces = response.iter_raw()
        assert next(pieces) == b"first"
        gate.touch()  # the last is written only now
        assert b"".join(pieces) == b"last"


def test_a_stream_that_fails_ends_without_its_end(workshop: Workshop) -> None:
    workshop.api(workshop.streamer("cut", "def answer(event):\n  yield HEAD + b'some'\n  raise ValueError"))
    base = workshop.serve()
    with signed() as client, pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        client.get(f"{base}/abc123/v1/x")


def test_a_client_that_leaves_breaks_the_functions_response(workshop: Workshop) -> None:
    source = "def answer(event):\n  yield HEAD\n  while True:\n    yield b'x' * 1000\n    time.sleep(0.005)"
    workshop.api(workshop.streamer("left", source))
    base = workshop.serve()
    with signed() as client, client.stream("GET", f"{base}/abc123/v1/x") as response:
        next(response.iter_raw())
    until(lambda: workshop.lines)
    assert workshop.lines == ["client gone"]
    assert workshop.sizes() == {"left": 1}  # and the environment lives on


@pytest.mark.parametrize(
    "source",
    [
        "def answer(event):\n  yield b'x' * 20000",
        "def answer(event):\n  yield b'{}'",
        "def answer(event):\n  yield b'{\"body\": 1}' + bytes(8)",
        "def answer(event):\n  yield b'{' + b' ' * 16384 + b'}' + bytes(8)",
    ],
)
def test_what_is_not_in_the_form_is_an_error(workshop: Workshop, source: str) -> None:
    workshop.api(workshop.streamer("wrong", source))
    base = workshop.serve()
    with signed() as client:
        assert client.get(f"{base}/abc123/v1/x").status_code == 500


def test_a_function_that_fails_before_its_first_byte_is_a_gateway_error(workshop: Workshop) -> None:
    kinds = {
        "INTEGRATION_FAILURE": {
            "statusCode": "502",
            "responseTemplates": {"application/json": '{"c":"$context.requestId"}'},
        }
    }
    workshop.api(workshop.streamer("dead", "def answer(event):\n  os._exit(1)\n  yield"), responses=kinds)
    base = workshop.serve()
    with signed() as client:
        answer = client.get(f"{base}/abc123/v1/x")
    assert answer.status_code == 502
    assert answer.json() == {"c": answer.headers["x-amzn-requestid"]}


def test_signatures_are_verified(workshop: Workshop) -> None:
    workshop.api(workshop.streamer("echo", ECHO))
    base = workshop.serve()
    url = f"{base}/abc123/v1/models"
    assert httpx.get(url, timeout=LONG).status_code == 403
    for client in (signed(service="sts"), signed(dataclasses.replace(CALLER, secret_key="x"))):
        with client:
            assert client.get(url).headers["x-amzn-errortype"] == "INVALID_SIGNATURE"
    with signed(dataclasses.replace(CALLER, access_key="ASIAOTHER")) as client:
        assert client.get(url).status_code == 403
    assert workshop.sizes() == {"echo": 0}  # nothing of it reached the function


def test_the_resource_policy_decides_on_signers(workshop: Workshop) -> None:
    function = workshop.streamer("echo", ECHO)
    base = workshop.serve()
    role = "arn:aws:iam::000000000000:role/paths/team"

    def status(*statements: dict[str, Any], endpoint: str = "vpce-1") -> int:
        workshop.api(function, policy={"Statement": list(statements)} if statements else None, endpoint=endpoint)
        with signed() as client:
            return client.get(f"{base}/abc123/v1/x").status_code

    here = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    allow = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "execute-api:Invoke", "Condition": here}
    allow["Resource"] = "execute-api:/v1/*"
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "execute-api:/*", "Condition": elsewhere}
    assert status(allow, deny) == 201
    assert status(allow, deny, endpoint="vpce-2") == 403
    assert status({**allow, "Principal": {"AWS": role + "s"}}) == 403
    assert status({**allow, "Resource": "execute-api:/v2/*"}) == 403
    assert status({**allow, "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.1"}}}) == 403
    assert status({**allow}, {**deny, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}) == 403
    assert status(deny) == 403
    assert status() == 403


def test_the_authorizer_decides_on_tokens(workshop: Workshop) -> None:
    workshop.api(workshop.streamer("echo", ECHO), workshop.function("authorizer", ALLOW))
    base = workshop.serve()

    def call(token: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{base}/abc123/v1/models?x=1", headers=headers, timeout=LONG)

    good = call("good")
    assert good.json()["requestContext"]["authorizer"] == {"n": "1", "yes": "true", "principalId": "me"}
    asked = json.loads(workshop.lines[0])
    assert asked["type"] == "REQUEST"
    assert asked["methodArn"] == "arn:aws:execute-api:us-east-1:000000000000:abc123/v1/GET/models"
    assert "body" not in asked
    statuses = {token: call(token).status_code for token in ("bad", "worse", "odd", "deny", "elsewhere", None)}
    assert statuses == {"bad": 401, "worse": 500, "odd": 500, "deny": 403, "elsewhere": 403, None: 401}


def asked_of(workshop: Workshop) -> list[str]:
    """What the authorizer wrote, a line each time that it was asked."""
    return [line for line in workshop.lines if line.startswith("{")]


def has_asked(workshop: Workshop, times: int) -> bool:
    """Whether the authorizer was asked so many times, or more."""
    return len(asked_of(workshop)) >= times


def test_a_verdict_is_kept_by_token_and_a_failure_is_not(workshop: Workshop) -> None:
    workshop.api(workshop.streamer("echo", ECHO), workshop.function("authorizer", ALLOW))
    base = workshop.serve()
    for token, asked in (("good", 1), ("deny", 1), ("bad", 3)):
        workshop.lines.clear()
        for _ in range(3):
            httpx.get(f"{base}/abc123/v1/models", headers={"Authorization": f"Bearer {token}"}, timeout=LONG)
        until(partial(has_asked, workshop, asked))
        assert len(asked_of(workshop)) == asked


@pytest.mark.parametrize(("size", "status"), [(5_000_000, 201), (6_291_456, 413), (10_485_761, 413)])
def test_sizes(workshop: Workshop, size: int, status: int) -> None:
    workshop.api(workshop.streamer("size", "def answer(event):\n  yield HEAD + str(len(event['body'])).encode()"))
    base = workshop.serve()
    with signed() as client:
        answer = client.post(f"{base}/abc123/v1/x", content=b"x" * size)
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/other/v1/x", "/abc123/v2/x", "/abc123/v1", "/abc123/v1/", "/favicon.ico"])
def test_what_is_not_deployed_is_forbidden(workshop: Workshop, path: str) -> None:
    workshop.api(workshop.streamer("echo", ECHO))
    base = workshop.serve()
    with signed() as client:
        assert client.get(base + path).status_code == 403
