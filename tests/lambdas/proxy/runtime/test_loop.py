"""Guarantees: the function speaks the Lambda Runtime API's streaming protocol, and outlives what goes wrong.

A real process against a real server; the server stands for AWS's and is checked against the public documentation only.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit.valid import wrong
from tests.waiting import LONG

from ..support import function
from ..support.function import SECRET
from ..support.runtime_server import Answer, RuntimeServer

ROOT = Path(__file__).parents[4]


@contextmanager
def running(server: RuntimeServer, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The function's process; ended by its own id."""
    process = subprocess.Popen(
        [sys.executable, "-m", function.__name__, *arguments],
        cwd=ROOT, env={**os.environ, "AWS_LAMBDA_RUNTIME_API": server.address},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=LONG)


@pytest.fixture
def server() -> Iterator[RuntimeServer]:
    with RuntimeServer() as server:
        yield server


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[RuntimeServer, subprocess.Popen[str]]]:
    """One function for the tests that leave it as it was."""
    with RuntimeServer() as server, running(server) as process:
        yield server, process


Shared = tuple[RuntimeServer, "subprocess.Popen[str]"]


def test_a_reply_is_streamed_in_lambdas_http_form(shared: Shared) -> None:
    server, _ = shared
    headers = [["content-type", "text/event-stream"], ["set-cookie", "a"], ["set-cookie", "b"]]
    answer = server.invoke({"do": "write", "parts": ["one", "two"], "status": 201, "headers": headers}).wait()
    sent = dict(answer.headers)
    assert sent["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert sent["lambda-runtime-function-response-mode"] == "streaming"
    assert sent["transfer-encoding"] == "chunked"
    assert [value for name, value in answer.headers if name == "trailer"] == [
        "Lambda-Runtime-Function-Error-Type",
        "Lambda-Runtime-Function-Error-Body",
    ]
    assert answer.metadata == {
        "statusCode": 201,
        "headers": {"content-type": "text/event-stream"},
        "multiValueHeaders": {"set-cookie": ["a", "b"]},
    }
    assert answer.body == b"onetwo"
    assert answer.trailers == {}
    assert [data for _, data in answer.chunks][1:] == [b"one", b"two"], "each write is one chunk"


def test_each_write_leaves_at_once(shared: Shared, tmp_path: Path) -> None:
    server, _ = shared
    answer = server.invoke({"do": "write", "parts": ["one", "two"], "gate": str(tmp_path / "open")})
    answer.wait_for(b"one")
    assert b"two" not in answer.raw
    (tmp_path / "open").touch()
    assert answer.wait().body == b"onetwo"


def test_an_empty_write_sends_the_head_ahead(shared: Shared, tmp_path: Path) -> None:
    server, _ = shared
    answer = server.invoke({"do": "write", "parts": ["", "late"], "gate": str(tmp_path / "open")})
    answer.wait_for(b"\0" * 8)
    assert b"late" not in answer.raw
    (tmp_path / "open").touch()
    assert answer.wait().body == b"late"


def test_a_finished_reply_is_complete_before_the_handler_returns(shared: Shared, tmp_path: Path) -> None:
    server, process = shared
    answer = server.invoke({"do": "finish", "text": "all", "gate": str(tmp_path / "open")}).wait()
    assert answer.body == b"all"
    (tmp_path / "open").touch()  # the handler has not gone on before
    assert process.stdout is not None
    assert process.stdout.readline() == "refused\n", "a reply that has ended takes no more"


@pytest.mark.parametrize("size", [0, 1, 8_000_000])
def test_a_body_of_any_size(shared: Shared, size: int) -> None:
    server, _ = shared
    assert server.invoke({"do": "many bytes", "size": size}).wait().body == b"x" * size


def test_a_large_event_is_read_whole(shared: Shared) -> None:
    server, _ = shared
    event = {"do": "finish", "text": "é" * 3_000_000}
    assert server.invoke(event).wait().body.decode() == event["text"]


def test_an_invocation_says_what_lambda_said(shared: Shared) -> None:
    server, _ = shared
    answer = server.invoke(
        {"do": "facts"}, seconds=36_000, headers={"Lambda-Runtime-Trace-Id": "Root=1;Sampled=1"}
    ).wait()
    facts = json.loads(answer.body)
    assert facts["request_id"] == answer.request_id
    assert 35_000 < facts["seconds"] < 36_001
    assert facts["arn"] == "arn:aws:lambda:us-east-1:111122223333:function:proxy"
    assert facts["trace"] is None, "a caller may have written it"
    assert "do" not in facts["shown"]


def test_the_invocation_id_is_given_back(shared: Shared) -> None:
    server, _ = shared
    for do in ("facts", "fail first"):
        answer = server.invoke({"do": do}, headers={"Lambda-Runtime-Invocation-Id": "attempt-1"}).wait()
        assert dict(answer.headers)["lambda-runtime-invocation-id"] == "attempt-1"
    assert "lambda-runtime-invocation-id" not in dict(server.invoke({"do": "facts"}).wait().headers)


def test_only_the_first_invocation_is_a_cold_start(server: RuntimeServer) -> None:
    with running(server):
        colds = [json.loads(server.invoke({"do": "facts"}).wait().body)["cold"] for _ in range(3)]
    assert colds == [True, False, False]


def test_one_connection_serves_all(server: RuntimeServer) -> None:
    with running(server):
        for _ in range(5):
            server.invoke({"do": "facts"}).wait()
    assert server.connections == 1


def test_an_api_that_closes_gets_a_new_connection(server: RuntimeServer) -> None:
    server.accept = "202 Accepted\r\nConnection: close\r\n"
    with running(server):
        for _ in range(3):
            assert server.invoke({"do": "facts"}).wait().status == 200
        assert server.idle.wait(LONG)
    assert server.connections == 4


def test_a_connection_lost_while_the_handler_worked_costs_nothing(server: RuntimeServer) -> None:
    server.hang_up = True
    with running(server):
        for _ in range(2):
            answer = server.invoke({"do": "write", "parts": ["", "x"], "before": 0.1}).wait()
            assert answer.body == b"x"


# failures of the handler: their types are told, never their messages


def test_a_failure_before_the_start_is_an_error(shared: Shared) -> None:
    server, _ = shared
    answer = server.invoke({"do": "fail first"}).wait()
    assert answer.error == {
        "errorType": "Function.Quoting",
        "errorMessage": "The function failed; its log says where.",
        "stackTrace": [],
    }
    assert dict(answer.headers)["lambda-runtime-function-error-type"] == "Function.Quoting"
    assert answer.chunks == []


def test_a_failure_after_the_start_is_in_the_trailers(shared: Shared) -> None:
    server, _ = shared
    answer = server.invoke({"do": "fail later"}).wait()
    assert answer.body == b"begun"
    assert answer.trailers["lambda-runtime-function-error-type"] == "Function.Quoting"
    assert answer.trailer_error["errorType"] == "Function.Quoting"
    assert function.SECRET not in json.dumps(answer.trailer_error)


def test_no_reply_is_an_error(shared: Shared) -> None:
    server, _ = shared
    answer = server.invoke({"do": "nothing"}).wait()
    assert answer.error is not None
    assert answer.error["errorType"] == "Function.NoResponse"


def test_headers_over_what_api_gateway_reads_are_an_error(shared: Shared) -> None:
    server, _ = shared
    answer = server.invoke({"do": "write", "parts": [], "headers": [["x", "y" * 17_000]]}).wait()
    assert answer.error is not None
    assert answer.error["errorType"] == "Function.ValueError"


def test_the_log_says_where_and_not_what(server: RuntimeServer) -> None:
    with running(server) as process:
        server.invoke({"do": "fail later"}).wait()
        server.invoke({"do": "leave"})
        _, log = process.communicate(timeout=LONG)
    line = json.loads(log.splitlines()[0])
    assert (line["record"], line["type"], line["during"]) == ("crash", "Quoting", "invocation")
    assert line["request_id"].startswith("00000000-")
    assert any(place.startswith("function.py:") and place.endswith(" handle") for place in line["at"])
    assert function.SECRET not in log


def test_a_failing_init_is_told_and_ends_the_process(server: RuntimeServer) -> None:
    with running(server, "fail") as process:
        _, log = process.communicate(timeout=LONG)
    assert process.returncode == 1
    (call,) = server.calls
    assert call.path == "init/error"
    assert dict(call.headers)["lambda-runtime-function-error-type"] == "Function.Quoting"
    assert server.init_error is not None
    assert function.SECRET not in log + json.dumps(server.init_error)
    assert server.nexts == 0


# callers that leave


def leave(answer: Answer, sock: socket.socket) -> None:
    """Reset the function's connection at its third chunk."""
    if len(answer.chunks) == 3:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        raise EOFError


@pytest.mark.parametrize("swallow", [True, False])
def test_a_caller_that_leaves_ends_its_reply_and_no_other(server: RuntimeServer, swallow: bool) -> None:
    server.on_chunk = leave
    with running(server) as process:
        answer = server.invoke({"do": "until gone", "swallow": swallow})
        assert process.stdout is not None
        assert process.stdout.readline() == f"gone {swallow}\n"
        server.on_chunk = None
        assert server.invoke({"do": "facts"}).wait().status == 200
    assert len(answer.chunks) == 3
    assert len(server.calls) == 2, "nothing more was said of a reply that nobody reads"
    assert server.connections == 2


def test_a_caller_that_leaves_is_noticed_while_there_is_nothing_to_say(server: RuntimeServer) -> None:
    def shut(answer: Answer, sock: socket.socket) -> None:
        if b"first" in answer.raw:
            sock.shutdown(socket.SHUT_RDWR)
            raise EOFError

    server.on_chunk = shut
    with running(server) as process:
        server.invoke({"do": "watch"})
        assert process.stdout is not None
        assert process.stdout.readline() == "not alive\n"
        server.on_chunk = None
        assert server.invoke({"do": "facts"}).wait().status == 200


def test_a_caller_that_does_not_read_holds_the_function_to_its_deadline_only(server: RuntimeServer) -> None:
    over = threading.Event()

    def dawdle(answer: Answer, sock: socket.socket) -> None:
        if answer.request_id.endswith("1"):
            over.wait(LONG)

    server.on_chunk = dawdle
    with running(server):
        try:
            server.invoke({"do": "endless"}, seconds=2)
            # The next is served while the caller has not gone on.
            assert server.invoke({"do": "facts"}).wait().status == 200
        finally:
            over.set()


# what the Runtime API itself may do


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "413 Content Too Large"])
def test_a_refused_response_is_logged_and_the_next_is_served(server: RuntimeServer, status: str) -> None:
    server.accept = f"{status}\r\n"
    with running(server) as process:
        server.invoke({"do": "facts"}).wait()
        server.accept = "202 Accepted\r\n"
        assert server.invoke({"do": "facts"}).wait().status == 200
        server.invoke({"do": "leave"})
        _, log = process.communicate(timeout=LONG)
    assert status[:3] in json.loads(log.splitlines()[0])["reason"]


@pytest.mark.parametrize("status", ["500 Internal Server Error", "410 Gone"])
@pytest.mark.parametrize("do", ["facts", "fail first", "fail later"])
def test_a_container_error_ends_the_process(server: RuntimeServer, status: str, do: str) -> None:
    server.accept = f"{status}\r\n"
    with running(server) as process:
        server.invoke({"do": do}).wait()
        process.communicate(timeout=LONG)
    assert process.returncode == 1
    assert server.nexts == 1


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Internal Server Error", "410 Gone"])
def test_an_api_without_a_next_invocation_ends_the_process(server: RuntimeServer, status: str) -> None:
    server.next_status = status
    with running(server) as process:
        server.invoke({"do": "facts"})
        _, log = process.communicate(timeout=LONG)
    assert process.returncode == 1
    assert status[:3] in log


def test_an_api_that_is_gone_ends_the_process(server: RuntimeServer) -> None:
    with running(server) as process:
        assert server.idle.wait(LONG)
        server.__exit__(None, None, None)
        _, log = process.communicate(timeout=LONG)
    assert process.returncode == 1
    assert "cannot be reached" in log


UNCAUGHT = f"""
import sys, time
from _thread import start_new_thread
from lambdas.proxy.runtime import loop

def fail(*_, **__):
    raise LookupError({SECRET!r})

def write(line):
    print(line, file=sys.stderr)
    written.append(line)

def apart(*_, **__):
    start_new_thread(fail, ())
    while not written:
        time.sleep(0.01)
    sys.exit()

written = []
loop.RuntimeApi = lambda _: None
loop._to_standard_error = write
"""


@pytest.mark.parametrize("answer", ["fail", "apart"])
def test_what_nobody_catches_is_logged_without_its_message(answer: str) -> None:
    code = f"{UNCAUGHT}\nloop._answer = {answer}\nloop.serve(lambda: None, write=write)"
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "nowhere:1"}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=LONG)
    (said,) = done.stderr.splitlines()
    assert SECRET not in said
    found = json.loads(said)
    assert wrong(found) is None
    assert (found["record"], found["type"]) == ("crash", "LookupError")
    assert found["at"][-1].endswith(" fail")
