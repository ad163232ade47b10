"""Guarantees: all that a process writes is one chain, signed when nobody waits for it; a kill leaves what began."""

from __future__ import annotations

import base64
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from audit.signatures import Keys
from audit.valid import wrong
from audit.verify import Report, verify
from lambdas.proxy.audit.log import Log

from ..support.authority import Authority
from ..support.environment import Environment, running
from ..support.faults import right
from ..support.guardrail import guard
from ..support.tls_server import Handler, Peer, Request
from ..world import KMS, World, chat_events, world

LONG = 60
ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SIGNED = {"CLOISTER_SIGNING_KEY": ARN, "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/28/[$LATEST]ab"}


class Key:
    """KMS with one key; says what it was asked."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.keys = Keys(by_team={"atlas": [self.private.public_key()]}, arns={"atlas": {ARN}})
        self.asked: list[Request] = []

    def __call__(self, peer: Peer, request: Request) -> None:
        self.asked.append(request)
        asked = json.loads(request.body)
        digest = base64.b64decode(asked["Message"])
        made = self.private.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        peer.reply(json.dumps({"Signature": base64.b64encode(made).decode()}).encode())


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        made.mantle = right
        yield made


def verified(root: Path, keys: Keys) -> Report:
    lines = (root / "out").read_text().splitlines()
    assert [wrong(json.loads(line)) for line in lines] == [None] * len(lines)
    return verify([iter([(str(at), line) for at, line in enumerate(lines)])], keys)


def ask(one: Environment, requests: int) -> None:
    for _ in range(requests):
        assert one.invoke("/chat/completions").complete.wait(LONG)
        assert one.api.idle.wait(LONG)


def test_a_process_leaves_one_signed_chain_from_its_start_to_its_end(
    authority: Authority, here: World, tmp_path: Path
) -> None:
    here.kms = key = Key()
    with running(here, authority, tmp_path, **SIGNED) as one:
        ask(one, 12)
        registered, waits = one.api.extensions
        assert (registered.method, registered.path, json.loads(registered.body)) == ("POST", "register", {"events": []})
        assert (waits.method, waits.path) == ("GET", "event/next"), "which Lambda waits for before the first request"
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(LONG) == 128 + signal.SIGTERM
    report = verified(tmp_path, key.keys)
    assert report.whole
    assert not report.findings
    assert report.records == {"start": 1, "began": 12, "inference": 12, "head": 3, "end": 1}
    assert len(key.asked) == 3, "after the first request, after 20 lines, and at the end"
    for request in key.asked:
        body = json.loads(request.body)
        assert body.keys() == {"KeyId", "Message", "MessageType", "SigningAlgorithm"}
        assert (body["KeyId"], body["MessageType"], body["SigningAlgorithm"]) == (ARN, "DIGEST", "ECDSA_SHA_256")
        assert request.headers["x-amz-target"] == "TrentService.Sign"
        assert "/us-east-1/kms/aws4_request" in request.headers["authorization"]


def test_nobody_waits_for_a_signature(authority: Authority, here: World, tmp_path: Path) -> None:
    answered, ended = threading.Event(), threading.Event()
    answer: list[Any] = []

    def kms(peer: Peer, request: Request) -> None:
        if answer[0].complete.wait(LONG):
            answered.set()
        ended.wait(LONG)
        peer.reply(b"{}", "400 Bad Request")

    here.kms = kms
    with running(here, authority, tmp_path, **SIGNED) as one:
        answer.append(one.invoke("/chat/completions"))
        assert answered.wait(LONG), "the reply has ended before KMS has answered"
        ended.set()
        assert one.api.idle.wait(LONG)


@pytest.mark.parametrize(
    ("kms", "reason"),
    [
        (lambda peer, _: peer.reply(b"{}", "400 Bad Request"), "kms_400"),
        (lambda peer, _: peer.reply(b"{"), "kms_answer"),
        (lambda peer, _: peer.reply(b'{"Signature": "no base64!"}'), "kms_answer"),
        (lambda peer, _: peer.send(b"garbage\r\n\r\n"), "kms_protocol"),
    ],
)
def test_a_signature_that_fails_is_said_and_counted_and_fails_nobody(
    authority: Authority, here: World, tmp_path: Path, kms: Handler, reason: str
) -> None:
    here.kms = kms
    with running(here, authority, tmp_path, **SIGNED) as one:
        ask(one, 2)
        (line,) = (line for line in one.lines() if line["record"] == "unsigned")
        assert [record["status"] for record in one.records()] == [200, 200]
    assert (line["reason"], line["SigningErrors"], line["lines"]) == (reason, 1, 3)
    (metric,) = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert metric == {"Name": "SigningErrors", "Unit": "Count"}


def test_without_a_key_there_is_a_chain_and_nobody_is_asked(authority: Authority, here: World, tmp_path: Path) -> None:
    with running(here, authority, tmp_path) as one:
        ask(one, 2)
        assert one.lines()[0]["chained"] == "hashed"
    report = verified(tmp_path, Keys())
    assert report.whole
    assert report.records == {"start": 1, "began": 2, "inference": 2}
    assert not [request for request in here.server.requests if request.headers["host"] == KMS]


class Moments:
    """The moments of one request, in their order; at one of them the process is killed."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._lock = threading.Lock()
        self.passed = 0
        self.called = False
        self.process: Any = None

    def __call__(self) -> None:
        with self._lock:
            self.passed += 1
            if self.passed == self._at and self.process is not None:
                self.process.kill()

    def guardrail(self, peer: Peer, request: Request) -> None:
        self.called = True
        self()
        guard(peer, request)
        self()

    def mantle(self, peer: Peer, _: Request) -> None:
        self()
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in chat_events([f"word{number} " for number in range(12)]):
            self()
            peer.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        self()
        peer.send(b"0\r\n\r\n")
        self()


@pytest.mark.parametrize("at", range(20))
def test_a_kill_at_any_moment_of_a_request_leaves_its_record_or_that_it_began(
    authority: Authority, here: World, tmp_path: Path, at: int
) -> None:
    moments = Moments(at)
    here.guardrail, here.mantle = moments.guardrail, moments.mantle
    with running(here, authority, tmp_path) as one:
        moments.process = one.process
        one.invoke("/chat/completions", stream=True)
        if at == 0:  # the very first
            one.process.kill()
        assert one.process.wait(LONG) == -signal.SIGKILL
        kinds = [line["record"] for line in one.lines()]
    assert kinds[0] == "start"
    assert kinds.count("began") == int(moments.called or "began" in kinds), "nobody is asked before it is written"
    assert kinds.count("inference") <= kinds.count("began") <= 1
    report = verified(tmp_path, Keys())
    assert {finding.code for finding in report.findings} <= {"chain_open", "request_open"}
    assert report.counts["request_open"] == kinds.count("began") - kinds.count("inference"), "and it is seen"


def test_a_signal_in_the_middle_of_a_line_waits_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log()
    log.begin({})
    order: list[str] = []

    def make() -> str:
        assert log.later(lambda: order.append("handled")), "as a handler asks"
        order.append("made")
        return '{"record":"x"}'

    log.add(make)
    assert order == ["made", "handled"]
    assert not log.later(lambda: None), "no line is being written"
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_crash_is_a_link_of_the_chain_too_and_says_nothing(authority: Authority, here: World, tmp_path: Path) -> None:
    boom = "from proxy import app\ndef boom(*_): raise KeyError('secret')\napp.check.parse = boom"
    with running(here, authority, tmp_path, before=boom) as one:
        assert one.invoke("/chat/completions").complete.wait(LONG)
        assert one.api.idle.wait(LONG)
        (crash,) = (line for line in one.lines() if line["record"] == "crash")
        assert [record["error"] for record in one.records()] == ["internal_error"]
    assert (crash["type"], crash["during"]) == ("KeyError", "invocation")
    assert "secret" not in (tmp_path / "out").read_text()
    assert verified(tmp_path, Keys()).whole
