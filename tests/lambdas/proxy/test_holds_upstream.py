"""Guarantees: whatever the model endpoint does, the packaged function says one stated thing, records it, and lives on.

One process serves all of it, as one execution environment does. ``docs/faults.md`` says which tests hold what.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.waiting import until

from .support.authority import Authority
from .support.environment import Environment, running
from .support.faults import FAULTS, SAID, Fault, asked, chunked, pieces, right
from .support.tls_server import Peer, Request, TlsServer
from .world import MANTLE, World, world

ROUTES = {"/chat/completions": "chat", "/responses": "responses"}


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


@pytest.fixture(scope="module")
def one(here: World, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """One execution environment of the function; each fault is followed by a request that must be served."""
    with running(here, authority, tmp_path_factory.mktemp("function")) as made:
        yield made


def events(body: bytes) -> list[dict[str, Any]]:
    lines = [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("path", ROUTES, ids=ROUTES.get)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_its_outcome(here: World, one: Environment, fault: Fault, path: str, stream: bool) -> None:
    here.mantle = fault.handler
    before = one.record_count()
    answer = one.invoke(path, stream=stream, seconds=fault.seconds).wait()
    code = fault.code[stream]
    begun = stream and not fault.before
    if code is None or begun:
        assert answer.status == 200
    if code is None:
        assert b'"error"' not in answer.body.replace(b'"error":null', b"")
    elif not begun:
        assert int(str(answer.status)) in (429, 500, 502, 504)
        assert json.loads(answer.body)["error"]["code"] == code
    elif path == "/responses":
        kinds = [event["type"] for event in events(answer.body)]
        # There is a response to have failed only if there was one to begin with.
        assert kinds[-2:] == ["error", "response.failed"] if kinds[0] == "response.created" else kinds == ["error"]
        assert "response.completed" not in kinds
        assert events(answer.body)[kinds.index("error")]["code"] == code
    else:
        assert events(answer.body)[-1]["error"]["code"] == code
        assert b"[DONE]" not in answer.body
    assert b"secret" not in answer.raw
    (record,) = one.records_after(before)
    assert (record["error"], record["upstream"]["attempts"]) == (code, fault.attempts)
    # The environment lives on, and nothing of this answer is in the next.
    here.mantle = right
    assert SAID.strip() in one.invoke(path, stream=False).wait().body.decode()
    assert len(one.records_after(before)) == 2


def test_a_missing_usage_is_recorded_as_unknown_not_as_nothing(here: World, one: Environment) -> None:
    here.mantle = next(fault.handler for fault in FAULTS if fault.name == "usage missing")
    before = one.record_count()
    for stream in (False, True):
        one.invoke("/chat/completions", stream=stream).wait()
    assert [record["input_tokens"] for record in one.records_after(before)] == [None, None]


def test_calls_under_one_id_are_told_apart(here: World, one: Environment) -> None:
    here.mantle = next(fault.handler for fault in FAULTS if fault.name == "duplicate ids")
    whole = json.loads(one.invoke("/responses").wait().body)
    first, second = [item["call_id"] for item in whole["output"]]
    assert first == "call_1" != second, "a client puts a result to a call by its id"
    streamed = events(one.invoke("/responses", stream=True).wait().body)
    assert streamed[-1]["response"]["output"] == whole["output"]
    assert [event["sequence_number"] for event in streamed] == list(range(len(streamed)))


# who is called


def test_a_server_with_another_name_is_not_talked_to(here: World, authority: Authority, tmp_path: Any) -> None:
    def script(peer: Peer) -> None:
        peer.request()

    with (
        TlsServer(authority.server("evil.example"), script) as other,
        running(here, authority, tmp_path, mantle=str(other.port)) as made,
    ):
        answer = made.invoke("/chat/completions").wait()
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (502, "upstream_tls")
        assert other.requests == []
        assert made.records_after(0)[-1]["error"] == "upstream_tls"


@pytest.mark.parametrize(("how", "code"), [("nowhere", "upstream_dns"), ("closed", "upstream_connect")])
def test_a_name_that_leads_nowhere(here: World, authority: Authority, tmp_path: Any, how: str, code: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it meanwhile
        port = how if how == "nowhere" else str(taken.getsockname()[1])
        with running(here, authority, tmp_path, mantle=port) as made:
            answer = made.invoke("/responses", stream=True).wait()
            assert (answer.status, json.loads(answer.body)["error"]["code"]) == (502, code)
            assert made.records_after(0)[-1]["upstream"]["attempts"] == 3


EVIL = "evil.example"
TRICKS: dict[str, dict[str, Any]] = {
    "Host": {"headers": {"Host": EVIL}},
    "X-Forwarded-Host": {"headers": {"X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}", "X-Original-Host": EVIL}},
    "what points elsewhere": {"headers": {"Location": f"https://{EVIL}/", "X-Original-URL": f"https://{EVIL}/"}},
    "a header that ends early": {"headers": {"X-Trace": f"1\r\nHost: {EVIL}", "X-Request-Id": f"1\r\n\r\nGET {EVIL}"}},
    "framing": {"headers": {"Transfer-Encoding": "chunked", "Content-Length": "1", "Connection": "close, host"}},
    "who asks": {
        "headers": {"Authorization": "AWS4-HMAC-SHA256 x", "X-Amz-Security-Token": "x", "OpenAI-Project": "p"}
    },
    "domain names": {"requestContext": {"domainName": EVIL, "domainPrefix": EVIL, "requestId": "r"}},
    "a query": {"queryStringParameters": {"host": EVIL, "base_url": f"https://{EVIL}"}},
    "a stage variable": {"stageVariables": {"host": EVIL, "AWS_REGION": EVIL, "CLOISTER_SIGNING_NAME": EVIL}},
}
PATHS = [
    f"https://{EVIL}/chat/completions",
    f"//{EVIL}/chat/completions",
    f"/chat/completions@{EVIL}",
    f"/chat/completions?x=https://{EVIL}",
    f"/../{EVIL}/chat/completions",
    "/chat/completions\r\nHost: evil.example",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_nothing_in_a_request_says_who_is_called_or_as_whom(here: World, one: Environment, trick: str) -> None:
    here.mantle = right
    plain = len(here.server.requests)
    one.invoke("/chat/completions").wait()
    tricked = len(here.server.requests)
    assert one.invoke("/chat/completions", **TRICKS[trick]).wait().status == 200
    expected, found = here.server.requests[plain:tricked], here.server.requests[tricked:]
    changing = {"x-amz-date", "authorization"}

    def shown(request: Request) -> Any:
        headers = {name: value for name, value in request.headers.items() if name not in changing}
        return request.method, request.path, headers, request.body

    assert [shown(request) for request in found] == [shown(request) for request in expected]
    assert EVIL not in repr(found)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_one_of_the_routes_or_nobody_is_called(here: World, one: Environment, path: str) -> None:
    before = len(here.server.requests)
    answer = one.invoke(path).wait()
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, "unknown_route")
    assert len(here.server.requests) == before


# credentials


EXPIRED = b'{"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}'


def test_credentials_that_expire_in_the_middle_of_a_stream_release_nothing_unchecked(
    here: World, one: Environment
) -> None:
    """A stream is signed once, so it goes on; the guardrail's next check is refused, and the stream ends there."""
    healthy, checks = here.guardrail, 0

    def expiring(peer: Peer, request: Request) -> None:
        nonlocal checks
        checks += 1
        if checks > 2:  # the input's and the first window's
            peer.reply(EXPIRED, "403 Forbidden")
        else:
            healthy(peer, request)

    def slowly(peer: Peer, request: Request) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        whole = pieces(asked(request))
        peer.send(chunked(*whole[: len(whole) * 2 // 3]))
        until(lambda: checks == 2, "the first window is not checked")  # and the rest is not there yet
        peer.send(chunked(*whole[len(whole) * 2 // 3 :]) + b"0\r\n\r\n")

    here.guardrail, here.mantle = expiring, slowly
    before = one.record_count()
    try:
        answer = one.invoke("/chat/completions", stream=True).wait()
    finally:
        here.guardrail = healthy
    found = events(answer.body)
    text = "".join(choice["delta"].get("content") or "" for event in found for choice in event.get("choices", ()))
    assert found[-1]["error"]["code"].startswith("guardrail_")
    assert text != SAID
    assert SAID.startswith(text)
    (record,) = one.records_after(before)
    assert (record["error"], record["guardrail"]["output"]) == (found[-1]["error"]["code"], "error")


def test_credentials_that_the_endpoint_no_longer_takes_are_a_502_that_says_so(here: World, one: Environment) -> None:
    here.mantle = lambda peer, _: peer.reply(EXPIRED, "403 Forbidden")
    answer = one.invoke("/responses").wait()
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (502, "upstream_signature_refused")
    signed = [request for request in here.server.requests if request.headers["host"] == MANTLE][-1]
    assert "credential=akidexample/" in signed.headers["authorization"].lower()
