"""What stands before the embedded AWS, by itself: what it refuses, and what it hands on.

Guarantees: a request without a signature is refused before its body is read, a changed one after it; a body that is too
large or cut is no request; WebSockets are closed; what passes arrives whole, and its answer without CORS.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local import confined, front, root
from local.keys import Key
from local.state import State

ARN, ACCOUNT, PORT = "arn:aws:iam::000000000000:root", "000000000000", 4566
URL = f"http://127.0.0.1:{PORT}"


class Inside:
    """Stands for ministack: keeps what arrives, and answers with CORS as it does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: front.Scope, receive: front.Receive, send: front.Send) -> None:
        self.bodies.append((await receive())["body"])
        headers = [(b"Access-Control-Allow-Origin", b"*"), (b"x-kept", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


class Asked:
    """Sends requests to a front."""

    def __init__(self, state: State) -> None:
        self.inside = Inside()
        self.key = root.ensure(state, ARN, ACCOUNT)
        self.read = 0
        self._front = front.Front(self.inside, state, PORT)

    def sent(self, path: str, body: bytes = b"", service: str = "lambda", key: Key | None = None) -> dict[str, str]:
        url = f"{URL}{path}"
        signed = root.sign(key or self.key, service, "us-east-1", "POST", url, body)
        return {"Host": f"127.0.0.1:{PORT}", **signed}

    def post(
        self, path: str, headers: Mapping[str, str], pieces: Iterable[bytes | None] = (b"",), kind: str = "http"
    ) -> list[dict[str, Any]]:
        """Send a request whose body comes in pieces, None for a connection that ends; give what was answered."""
        messages = [self._piece(piece) for piece in pieces]
        answered: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            self.read += 1
            return messages.pop(0)

        async def send(message: Any) -> None:
            answered.append(dict(message))

        if messages and "more_body" in messages[-1]:
            messages[-1]["more_body"] = False
        where, _, query = path.partition("?")
        scope = {"type": kind, "method": "POST", "path": where, "raw_path": where.encode()}
        scope |= {"query_string": query.encode(), "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
        asyncio.run(self._front(scope, receive, send))
        return answered

    @staticmethod
    def _piece(piece: bytes | None) -> dict[str, Any]:
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": True}


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(State(tmp_path).make())


def test_what_is_signed_arrives_whole_and_is_answered_without_cors(asked: Asked) -> None:
    answer = asked.post(
        "/2015-03-31/functions/?a=b%20c", asked.sent("/2015-03-31/functions/?a=b%20c", b"body"), [b"bo", b"dy"]
    )
    assert answer[0]["status"] == 200
    assert answer[0]["headers"] == [(b"x-kept", b"1")]
    assert asked.inside.bodies == [b"body"]


def test_without_a_signature_the_body_is_not_read(asked: Asked) -> None:
    answer = asked.post("/2015-03-31/functions/", {"Host": f"127.0.0.1:{PORT}"}, [b"a", b"b"])
    assert answer[0]["status"] == 403
    assert (asked.read, asked.inside.bodies) == (0, [])


@pytest.mark.parametrize(
    ("path", "pieces"),
    [("/a", [b"changed"]), ("/b", [b"body"]), ("/a?c=d", [b"body"]), ("/a", [b"bo", None]), ("/a", [])],
)
def test_what_is_not_as_signed_is_refused(asked: Asked, path: str, pieces: list[bytes | None]) -> None:
    headers = asked.sent("/a", b"body")
    try:
        answer = asked.post(path, headers, pieces)
    except IndexError:
        assert pieces == [], "it waits for the body"
    else:
        assert answer[0]["status"] == 403
    assert asked.inside.bodies == []


@pytest.mark.parametrize("page", [{"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}])
def test_a_right_signature_does_not_help_a_page(asked: Asked, page: dict[str, str]) -> None:
    assert asked.post("/a", asked.sent("/a") | page)[0]["status"] == 403
    assert asked.inside.bodies == []


@pytest.mark.parametrize("path", ["/2015-03-31/functions/f/invocations", "/2014-11-13/functions/f/invoke-async"])
def test_no_function_is_run_whoever_asks(asked: Asked, path: str) -> None:
    assert asked.post(path, asked.sent(path))[0]["status"] == 403
    assert asked.inside.bodies == []


def test_a_body_is_limited(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.front.LARGEST", 3)
    assert asked.post("/a", asked.sent("/a", b"body"), [b"body"])[0]["status"] == 403
    assert asked.inside.bodies == []


def test_an_unhashed_body_is_s3s_alone(asked: Asked) -> None:
    for service, status in (("s3", 200), ("lambda", 403)):
        signer: Any = S3SigV4Auth(Credentials(asked.key.access_key, asked.key.secret_key), service, "us-east-1")
        signer.payload = lambda _request: "UNSIGNED-PAYLOAD"
        request = AWSRequest("POST", f"{URL}/key")
        signer.add_auth(request)
        answer = asked.post("/key", {"Host": f"127.0.0.1:{PORT}", **dict(request.headers.items())}, [b"anything"])
        assert answer[0]["status"] == status, service


def test_a_key_of_an_earlier_run_is_refused(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / root.FILE).unlink()
    assert asked.post("/a", asked.sent("/a"))[0]["status"] == 403, "the run has been forgotten"
    root.ensure(State(tmp_path), ARN, ACCOUNT)
    assert asked.post("/a", asked.sent("/a"))[0]["status"] == 403
    new = root.key(State(tmp_path))
    assert asked.post("/a", asked.sent("/a", key=new))[0]["status"] == 200


def test_websockets_are_closed(asked: Asked) -> None:
    answer = asked.post("/a", asked.sent("/a"), kind="websocket")
    assert [message["type"] for message in answer] == ["websocket.close"]


def test_another_account_or_partition_has_another_key(tmp_path: Path) -> None:
    state = State(tmp_path).make()
    first = root.ensure(state, ARN, ACCOUNT)
    assert root.ensure(state, ARN, ACCOUNT) == first
    second = root.ensure(state, "arn:aws:iam::123456789012:root", "123456789012")
    assert second.access_key != first.access_key
    assert root.ensure(state, "arn:aws-us-gov:iam::123456789012:root", "123456789012") != second


def test_a_damaged_key_is_no_key(tmp_path: Path) -> None:
    state = State(tmp_path).make()
    known = root.ensure(state, ARN, ACCOUNT)
    for damage in ("", "{", "[]", '{"access_key": 1}'):
        (tmp_path / root.FILE).write_text(damage)
        with pytest.raises(root.NoRootError, match="make up"):
            root.key(state)
        assert not root.controls(state, None)
    assert root.ensure(state, ARN, ACCOUNT) != known


@pytest.mark.parametrize("event", ["subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "os.system"])
def test_the_embedded_aws_starts_no_process(event: str) -> None:
    with pytest.raises(PermissionError, match=event):
        confined.hook("127.0.0.1", PORT)(event, ())


def test_the_embedded_aws_has_one_socket() -> None:
    refuse = confined.hook("127.0.0.1", PORT)
    with socket.socket() as made, socket.socket(socket.AF_UNIX) as own:
        for event in ("socket.bind", "socket.connect", "socket.sendto"):
            refuse(event, (made, ("127.0.0.1", PORT)))
            refuse(event, (own, "/anywhere"))
            with pytest.raises(PermissionError, match="one socket"):
                refuse(event, (made, ("127.0.0.1", PORT + 1)))
