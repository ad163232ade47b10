"""The relay signs each request anew, passes it and its answer through as they are, and lets nobody else in."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from client import relay as module
from client.errors import CredentialsError
from client.refusals import LARGEST
from client.relay import Relay
from tests.client.conftest import KEY, ROLE, Role, Upstream
from tests.waiting import LONG

HELD = {"Authorization": f"Bearer {KEY}"}
BODY = {"model": "google.gemma-4-31b", "messages": [{"role": "user", "content": "the secret of the sphinx"}]}


def post(relay: Relay, path: str = "/chat/completions", **more: Any) -> httpx.Response:
    return httpx.post(f"{relay.base_url}{path}", **{"json": BODY, "headers": HELD, "timeout": LONG, **more})


def test_a_token_is_minted_for_each_request(relay: Relay, upstream: Upstream, role: Role) -> None:
    assert post(relay).json() == {}
    role.given = ReadOnlyCredentials("ASIAANOTHERANOTHER00", "another", "later")
    assert post(relay, "/responses").status_code == 200
    seen = []
    for request in upstream.requests:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        url = base64.urlsafe_b64decode(token.removeprefix("cloister-") + "===").decode()
        query = parse_qs(urlsplit(url).query)
        seen.append((scheme, query["X-Amz-Credential"][0].partition("/")[0], request.method, request.path))
        assert json.loads(request.body) == BODY
        assert KEY not in str(request.headers)
    assert seen == [
        ("Bearer", "ASIAEXAMPLEEXAMPLE00", "POST", "/a1b2c3d4e5/v1/chat/completions"),
        ("Bearer", "ASIAANOTHERANOTHER00", "POST", "/a1b2c3d4e5/v1/responses"),
    ]


@pytest.mark.parametrize("relay", ["iam"], indirect=True)
def test_each_request_is_signed_where_the_team_signs(relay: Relay, upstream: Upstream) -> None:
    """The signature is the one that botocore makes of what arrived."""
    assert post(relay, "/models/google.gemma-4-31b?client_version=1").status_code == 200
    (request,) = upstream.requests
    kept = {name: request.headers[name] for name in ("Content-Type", "Host")}
    again = AWSRequest("POST", f"http://{kept['Host']}{request.path}", data=request.body, headers=kept)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(ROLE, "execute-api", "us-east-1")
    again.headers["X-Amz-Date"], again.headers["X-Amz-Security-Token"] = again.context["timestamp"], ROLE.token
    signature = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    assert request.headers["Authorization"].endswith(f"Signature={signature}")
    assert request.headers["X-Amz-Security-Token"] == ROLE.token


def test_what_a_client_sends_comes_through_and_what_is_the_relays_does_not(relay: Relay, upstream: Upstream) -> None:
    sent = {"OpenAI-Project": "p", "x-amzn-bedrock-guardrailidentifier": "g", "Accept": "text/event-stream"}
    kept_back = {"X-Amz-Date": "20200101T000000Z", "X-Amz-Security-Token": "mine", "Cookie": "c=1", "TE": "trailers"}
    assert post(relay, headers={**HELD, **sent, **kept_back}).status_code == 200
    (request,) = upstream.requests
    assert {name: request.headers[name] for name in sent} == sent
    assert not [name for name in kept_back if name in request.headers]


def test_a_stream_comes_through_as_it_comes(relay: Relay, upstream: Upstream) -> None:
    """The second event is written only when the first has been read at the other end."""
    read = threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in (("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"), ("x-a", "b")):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"9\r\ndata: 1\n\n\r\n")
        assert read.wait(LONG)
        handler.wfile.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    upstream.answer = answer
    with httpx.stream("POST", f"{relay.base_url}/responses", json=BODY, headers=HELD, timeout=LONG) as response:
        assert (response.headers["content-type"], response.headers["x-a"]) == ("text/event-stream", "b")
        pieces = response.iter_raw()
        assert next(pieces) == b"data: 1\n\n"
        read.set()
        assert b"".join(pieces) == b"data: 2\n\n"


@pytest.mark.parametrize("head", ["Transfer-Encoding: chunked", "Content-Length: 900"])
def test_an_answer_that_breaks_off_is_not_made_whole(relay: Relay, upstream: Upstream, head: str) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n9\r\ndata: 1\n\n\r\n".encode())
        handler.close_connection = True

    upstream.answer = answer
    with pytest.raises(httpx.RemoteProtocolError):
        post(relay)


def test_whoever_leaves_is_gone_at_the_api_too(relay: Relay, upstream: Upstream) -> None:
    gone = threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"9\r\ndata: 1\n\n\r\n")
        except OSError:
            gone.set()
            handler.close_connection = True

    upstream.answer = answer
    with httpx.stream("POST", f"{relay.base_url}/responses", json=BODY, headers=HELD, timeout=LONG) as response:
        assert next(response.iter_raw())
    assert gone.wait(LONG)


def test_an_error_of_the_api_comes_through(relay: Relay, upstream: Upstream) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b'HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 14\r\n\r\n{"error": "x"}')

    upstream.answer = answer
    response = post(relay)
    assert (response.status_code, response.headers["retry-after"], response.json()) == (429, "7", {"error": "x"})


def test_nothing_of_a_browsers_comes_through(relay: Relay, upstream: Upstream) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        headers = b"Access-Control-Allow-Origin: *\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + headers)

    upstream.answer = answer
    assert not {"access-control-allow-origin", "set-cookie"} & set(post(relay).headers)


def test_a_redirect_is_not_followed_nor_handed_on(relay: Relay, upstream: Upstream) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 307 X\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n")

    upstream.answer = answer
    response = post(relay)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "api_redirects")
    assert len(upstream.requests) == 1


STRANGERS: dict[str, tuple[dict[str, str], int, str]] = {
    "no key": ({"Authorization": ""}, 401, "invalid_api_key"),
    "another key": ({"Authorization": "Bearer relay-other"}, 401, "invalid_api_key"),
    "another scheme": ({"Authorization": f"Basic {KEY}"}, 401, "invalid_api_key"),
    "a foreign Host": ({**HELD, "Host": "evil.example"}, 403, "forbidden_host"),
    "a foreign port": ({**HELD, "Host": "127.0.0.1:1"}, 403, "forbidden_host"),
    "a page": ({**HELD, "Origin": "https://evil.example"}, 403, "forbidden_origin"),
    "a page of a file": ({**HELD, "Origin": "null"}, 403, "forbidden_origin"),
    "a page's image": ({**HELD, "Sec-Fetch-Site": "cross-site"}, 403, "forbidden_origin"),
}


@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_is_let_in(relay: Relay, upstream: Upstream, who: str) -> None:
    headers, status, code = STRANGERS[who]
    response = post(relay, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert not [name for name in response.headers if name.lower().startswith("access-control")]
    assert upstream.requests == []


@pytest.mark.parametrize(
    "path", ["/../admin", "/a/../../b", "//x", "/x%2e%2e", "/chat completions", "/models?a=b#c", "/.hidden", ""]
)
def test_what_is_no_route_is_sent_nowhere(relay: Relay, upstream: Upstream, path: str) -> None:
    with socket.create_connection(("127.0.0.1", relay.server_port)) as raw:
        head = f"GET /v1{path} HTTP/1.1\r\nHost: 127.0.0.1:{relay.server_port}\r\nAuthorization: Bearer {KEY}\r\n\r\n"
        raw.sendall(head.encode())
        raw.settimeout(LONG)
        assert raw.recv(12).split(b" ")[1] in (b"404", b"400")
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(LARGEST + 1)}, 413),
        ({"Content-Length": "-1"}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": "2", "content-length": "3"}, 400),
    ],
)
def test_a_body_of_unclear_length_is_refused(
    relay: Relay, upstream: Upstream, headers: dict[str, str], status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", relay.server_port, timeout=LONG)
    connection.putrequest("POST", "/v1/responses")
    for name, value in {**HELD, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()
    assert upstream.requests == []


@pytest.mark.parametrize("method", ["OPTIONS", "DELETE", "PUT", "TRACE"])
def test_another_method_is_refused_in_openais_form(relay: Relay, upstream: Upstream, method: str) -> None:
    response = httpx.request(method, f"{relay.base_url}/models", headers=HELD, timeout=LONG)
    assert (response.status_code, response.json()["error"]["code"]) == (501, "bad_request")
    assert upstream.requests == []


def test_an_api_that_cannot_be_reached(relay: Relay, upstream: Upstream) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else answers there
        object.__setattr__(relay.called, "url", f"http://127.0.0.1:{taken.getsockname()[1]}/a1b2c3d4e5/v1")
        response = post(relay)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "api_unreachable")
    assert "leads to the private API" in response.json()["error"]["message"]


def test_an_api_that_says_nothing_is_not_asked_again(
    relay: Relay, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay.upstream._session, "_timeout", 0.2)
    relay.upstream._session._manager.connection_pool_kw["timeout"] = 0.2
    over = threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        over.wait(LONG)
        handler.close_connection = True

    upstream.answer = answer
    response = post(relay)
    over.set()
    assert (response.status_code, response.json()["error"]["code"]) == (504, "api_silent")
    assert response.headers["x-should-retry"] == "false"


def test_credentials_that_have_ended_say_so_and_new_ones_are_taken(relay: Relay, role: Role) -> None:
    role.problem = CredentialsError("the AWS credentials have ended: sign in again")
    response = post(relay)
    assert response.status_code == 401
    assert "sign in again" in response.json()["error"]["message"]
    role.problem = None
    assert post(relay).status_code == 200


def test_nothing_of_a_request_is_written(
    relay: Relay, upstream: Upstream, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError(str(BODY))

    post(relay)
    post(relay, "/the secret of the sphinx")
    post(relay, headers={})
    monkeypatch.setattr(module, "target", broken)
    with pytest.raises(httpx.RemoteProtocolError):
        post(relay)
    assert capfd.readouterr() == ("", "a request ended with ValueError\n")


def start(arguments: list[str], **more: str) -> subprocess.Popen[str]:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(Path(module.__file__).parent.parent), "HOME": "/nonexistent"}
    role = ("AWS_ACCESS_KEY_ID", ROLE.access_key), ("AWS_SECRET_ACCESS_KEY", ROLE.secret_key)
    environment |= {**dict(role), "AWS_SESSION_TOKEN": ROLE.token, "AWS_EC2_METADATA_DISABLED": "true", **more}
    return subprocess.Popen(
        [sys.executable, "-m", "client.relay", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def url(upstream: Upstream) -> list[str]:
    return ["--url", f"http://127.0.0.1:{upstream.port}/a1b2c3d4e5/v1", "--region", "us-east-1", "--port", "0"]


def test_the_command_prints_address_and_key_once_and_ends_when_it_is_told_to(upstream: Upstream) -> None:
    with start(url(upstream)) as running:
        assert running.stdout
        given = dict(running.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(2))
        headers = {"Authorization": f"Bearer {given['OPENAI_API_KEY']}"}
        assert httpx.get(f"{given['OPENAI_BASE_URL']}/models", headers=headers, timeout=LONG).json() == {}
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=LONG)
    assert (running.returncode, out) == (0, "")
    assert "for API a1b2c3d4e5 in us-east-1" in err
    assert given["OPENAI_API_KEY"] not in err


def test_being_told_to_end_twice_ends_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `make` that is ended passes the signal on, and the shell sends it too."""
    set_: list[Any] = []
    monkeypatch.setattr("signal.signal", lambda number, how: set_.append((number, how)))
    with pytest.raises(SystemExit) as ended:
        module._end()
    assert (ended.value.code, set_) == (0, [(signal.SIGTERM, signal.SIG_IGN)])


def test_a_command_is_given_both_and_ends_the_relay(upstream: Upstream) -> None:
    asks = (
        "import os, sys, urllib.request as u;"
        "r = u.Request(os.environ['OPENAI_BASE_URL'] + '/models');"
        "r.add_header('Authorization', 'Bearer ' + os.environ['OPENAI_API_KEY']);"
        "sys.exit(7 if u.urlopen(r).read() == b'{}' else 8)"
    )
    with start([*url(upstream), "--", sys.executable, "-c", asks]) as running:
        out, err = running.communicate(timeout=LONG)
    assert (running.returncode, out) == (7, ""), err


@pytest.mark.parametrize(
    ("arguments", "more", "said"),
    [
        ([], {"AWS_SESSION_TOKEN": ""}, "only roles may call"),
        ([], {"AWS_ACCESS_KEY_ID": ""}, "sign in (aws sso login)"),
        (["--", "/nonexistent/agent"], {}, "cannot be started"),
    ],
)
def test_what_cannot_be_is_said_at_once(
    upstream: Upstream, arguments: list[str], more: dict[str, str], said: str
) -> None:
    with start([*url(upstream), *arguments], **more) as running:
        out, err = running.communicate(timeout=LONG)
    assert running.returncode in (1, 127)
    assert out == ""
    assert said in err


def test_a_port_that_is_taken(upstream: Upstream) -> None:
    with start([*url(upstream)[:-1], str(upstream.port)]) as running:
        _, err = running.communicate(timeout=LONG)
    assert running.returncode == 1
    assert f"port {upstream.port} of 127.0.0.1" in err
