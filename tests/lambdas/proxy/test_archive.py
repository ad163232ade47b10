"""A team's archive: what is written there, when, and what becomes of an answer when it cannot be."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambdas.proxy import archiving
from lambdas.proxy.services import archive as service
from tests.waiting import LONG, until

from .ledger.test_budget import account, budget
from .pictures import PNG, url
from .support.authority import Authority
from .support.environment import running
from .support.tls_server import Peer, Request
from .world import (
    BIG,
    FORBIDDEN,
    S3,
    Collected,
    World,
    answering,
    chat_answer,
    chat_events,
    guard,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)

ROOT = Path(__file__).parents[3]
BUCKET = "cloister-audit-atlas-0123456789"
MAIL = "ann@example.com"
HOST = f"{BUCKET}.{S3}"
ROUTES = ("/chat/completions", "/responses")


class Bucket:
    """The archive's S3: it keeps every version, or fails."""

    def __init__(self) -> None:
        self.puts: list[Request] = []
        self.fails: list[str] = []  # statuses of the next answers; "" is none
        self.released: list[int] = []  # bytes that the caller had when each object came
        self.reply: Collected | None = None

    def __call__(self, peer: Peer, request: Request) -> None:
        assert request.method == "PUT", "the function reads nothing there"
        status = self.fails.pop(0) if self.fails else "200 OK"
        if not status:
            peer.close()
            raise EOFError
        if status == "200 OK":
            self.puts.append(request)
            self.released.append(len(self.reply.body) if self.reply else 0)
        peer.reply(b"", status)

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(put.body) for put in self.puts]


def having(authority: Authority, on_failure: str) -> Iterator[tuple[World, Bucket]]:
    with world(authority, CLOISTER_ARCHIVE=[BUCKET, on_failure]) as here:
        here.objects = bucket = Bucket()
        yield here, bucket


@pytest.fixture
def noting(authority: Authority) -> Iterator[tuple[World, Bucket]]:
    yield from having(authority, "record")


@pytest.fixture
def refusing(authority: Authority) -> Iterator[tuple[World, Bucket]]:
    yield from having(authority, "refuse")


def ask(here: World, bucket: Bucket, text: str = "Hello", *, route: str = ROUTES[0], stream: bool = False) -> Collected:
    said = {"messages": [{"role": "user", "content": text}]} if "chat" in route else {"input": text}
    bucket.reply = Collected()
    return here.call(route, {"model": BIG, **said, **({"stream": True} if stream else {})}, reply=bucket.reply)


def streams(here: World, route: str, text: str = "Hello there.") -> None:
    here.mantle = streaming(*(chat_events([text]) if "chat" in route else response_events(message_item(text))))


@pytest.mark.parametrize("on_failure", ["record", "refuse"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", ROUTES)
def test_the_last_version_holds_what_was_sent_and_what_was_released(
    authority: Authority, on_failure: str, stream: bool, route: str
) -> None:
    for here, bucket in having(authority, on_failure):
        if stream:
            streams(here, route, f"Ask {MAIL}.")
        else:
            whole = chat_answer(f"Ask {MAIL}.") if "chat" in route else response_answer(message_item(f"Ask {MAIL}."))
            here.mantle = answering(whole)
        said = ask(here, bucket, f"Write to {MAIL}", route=route, stream=stream)
        assert said.status == 200
        written = bucket.objects[-1]
        assert written["request"] == here.prompts[-1]
        assert written["answer"].encode() == said.body
        assert MAIL not in json.dumps(bucket.objects), "what was masked is nowhere in the archive"
        assert written["request_id"] == here.record["request_id"]
        assert (written["archive"], here.record["archive"]) == ("written", "written")
        assert len(bucket.puts) == (2 if stream and on_failure == "refuse" else 1)


def test_the_object_is_put_under_the_team_and_the_day_with_its_checksum(noting: tuple[World, Bucket]) -> None:
    here, bucket = noting
    ask(here, bucket)
    (put,) = bucket.puts
    day = here.record["time"][:10].replace("-", "/")
    assert put.path == f"/atlas/{day}/{here.record['request_id']}/inv-1.json"
    assert put.headers["host"] == HOST
    digest = hashlib.sha256(put.body)
    assert put.headers["x-amz-checksum-sha256"] == base64.b64encode(digest.digest()).decode()
    assert put.headers["x-amz-content-sha256"] == digest.hexdigest()
    signed = put.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"content-type", "host", "x-amz-checksum-sha256", "x-amz-content-sha256"} <= set(signed)
    assert sorted(bucket.objects[0]) == sorted(
        (
            *(
                "version",
                "request_id",
                "invocation",
                "time",
                "deployment",
                "team",
                "principal",
                "route",
                "model",
                "tier",
            ),
            *("archive", "request", "answer"),
        )
    )


def test_a_client_that_chooses_the_id_of_another_request_covers_nothing(noting: tuple[World, Bucket]) -> None:
    """API Gateway takes a UUID for a request's id from its client."""
    here, bucket = noting
    for invocation in ("inv-1", "inv-2"):
        here.call(ROUTES[0], {"model": BIG, "messages": [{"role": "user", "content": "Hi"}]}, invocation=invocation)
    first, second = bucket.puts
    assert first.path != second.path
    assert first.path.rpartition("/")[0] == second.path.rpartition("/")[0]
    assert [found["invocation"] for found in bucket.objects] == ["inv-1", "inv-2"]


def test_pictures_are_archived_as_they_were_sent(noting: tuple[World, Bucket]) -> None:
    here, bucket = noting
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url(PNG)}}]
    here.call(ROUTES[0], {"model": BIG, "messages": [{"role": "user", "content": content}]})
    assert bucket.objects[0]["request"] == here.prompts[-1]
    assert url(PNG).rpartition(",")[2] in bucket.puts[0].body.decode()


def test_a_failure_is_noted_when_the_last_byte_has_left(noting: tuple[World, Bucket]) -> None:
    here, bucket = noting
    for stream in (False, True):
        streams(here, ROUTES[0]) if stream else None
        bucket.fails = ["403 Forbidden"]
        said = ask(here, bucket, stream=stream)
        assert said.status == 200
        assert (here.record["archive"], here.record["status"], here.record["error"]) == ("failed", 200, None)
        said = ask(here, bucket, stream=stream)
        assert here.record["archive"] == "written"
        assert bucket.released[-1] == len(said.body), "nobody waits for it"


def test_a_whole_answer_is_refused_that_cannot_be_archived(refusing: tuple[World, Bucket]) -> None:
    here, bucket = refusing
    bucket.fails = ["403 Forbidden"]
    said = ask(here, bucket)
    assert (said.status, said.error["code"]) == (503, "archive_unavailable")
    assert "Hello." not in said.body.decode()
    assert (here.record["archive"], here.record["error"], here.record["cause"]) == (
        *("failed", "archive_unavailable"),
        "upstream",
    )
    ask(here, bucket)
    assert bucket.released == [0], "it is archived before it leaves"


@pytest.mark.parametrize("route", ROUTES)
def test_no_byte_of_a_stream_leaves_before_its_request_is_archived(refusing: tuple[World, Bucket], route: str) -> None:
    here, bucket = refusing
    streams(here, route)
    bucket.fails = ["403 Forbidden"]
    said = ask(here, bucket, route=route, stream=True)
    assert (said.status, said.error["code"], here.record["archive"]) == (503, "archive_unavailable", "failed")
    said = ask(here, bucket, route=route, stream=True)
    first, last = bucket.objects
    assert (first["archive"], first["answer"], first["request"]) == ("request", None, last["request"])
    assert bucket.puts[0].path == bucket.puts[1].path, "a second version of the same object"
    assert bucket.released[0] == 0
    assert said.body[bucket.released[1] :] == last["answer"].encode()[bucket.released[1] :]
    ending = said.body[bucket.released[1] :]
    assert b"[DONE]" in ending if "chat" in route else b"response.completed" in ending
    assert ending.count(b"data: ") == 1, "its last event alone waits for the archive"


@pytest.mark.parametrize("route", ROUTES)
def test_a_stream_whose_answer_cannot_be_archived_ends_with_an_error(
    refusing: tuple[World, Bucket], route: str
) -> None:
    here, bucket = refusing
    streams(here, route)
    bucket.fails = ["200 OK", "403 Forbidden"]
    said = ask(here, bucket, route=route, stream=True)
    assert said.status == 200
    assert b"archive_unavailable" in said.body
    assert b"[DONE]" not in said.body
    assert b"response.completed" not in said.body
    if "chat" not in route:
        assert [event["type"] for event in said.events][-1] == "response.failed"
    assert (here.record["archive"], here.record["error"]) == ("request", "archive_unavailable")
    assert len(bucket.puts) == 1


def test_a_put_that_fails_for_now_is_made_again(refusing: tuple[World, Bucket]) -> None:
    here, bucket = refusing
    for fails in (["503 Slow Down"], ["", "500 Oops"]):
        bucket.fails = fails
        assert ask(here, bucket).status == 200
        assert here.record["archive"] == "written"


@pytest.mark.parametrize("on_failure", ["record", "refuse"])
def test_what_is_blocked_is_not_archived(authority: Authority, on_failure: str) -> None:
    for here, bucket in having(authority, on_failure):
        said = ask(here, bucket, f"Say {FORBIDDEN}")
        assert (said.status, here.record["archive"], bucket.puts) == (400, "none", [])
        for stream in (False, True):
            here.mantle = answering(chat_answer(f"It is {FORBIDDEN}."))
            if stream:
                streams(here, ROUTES[0], f"It is {FORBIDDEN}.")
            said = ask(here, bucket, stream=stream)
            assert FORBIDDEN not in json.dumps(bucket.objects)
            assert bucket.objects[-1]["answer"].encode() == said.body
            assert here.record["archive"] == "written"


def test_what_a_caller_heard_before_leaving_is_archived(noting: tuple[World, Bucket]) -> None:
    here, bucket = noting
    here.mantle = streaming(*chat_events(["Word. " * 400] * 4), pause=0.02)
    said = here.call(
        ROUTES[0],
        {"model": BIG, "messages": [{"role": "user", "content": "Hi"}], "stream": True},
        reply=Collected(leave_after=1),
    )
    assert here.record["status"] == 499
    assert bucket.objects[0]["answer"].encode().startswith(said.body)
    assert here.record["archive"] == "written"


def test_more_than_is_kept_is_cut_or_refused(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "LIMIT", 300)
    for on_failure, archive in (("record", "truncated"), ("refuse", "truncated")):
        for here, bucket in having(authority, on_failure):
            streams(here, ROUTES[0], "Hello there. " * 50)
            said = ask(here, bucket, stream=True)
            assert here.record["archive"] == archive
            if on_failure == "record":
                assert b"[DONE]" in said.body
                kept = bucket.objects[-1]
                assert (kept["archive"], said.body.startswith(kept["answer"].encode())) == ("truncated", True)
                assert kept["answer"].endswith("\n\n"), "no event is kept in part"
                assert 0 < len(json.dumps(kept["answer"])) <= 302
            else:
                assert b"archive_unavailable" in said.body
                kept = bucket.objects[-1]
                assert (kept["archive"], said.body.startswith(kept["answer"].encode())) == ("truncated", True)
                assert len(said.body) - said.body.index(b"archive_unavailable") < 300


def test_an_error_after_the_model_was_asked_leaves_its_request(noting: tuple[World, Bucket]) -> None:
    here, bucket = noting
    here.mantle = lambda peer, _: peer.reply(b"[]")
    said = ask(here, bucket)
    assert said.status == 502
    assert (bucket.objects[0]["answer"], here.record["archive"]) == ("", "written")


def test_other_teams_have_nothing_of_it(authority: Authority) -> None:
    with world(authority) as here:
        here.objects = bucket = Bucket()
        assert ask(here, bucket).status == 200
        assert "archive" not in here.record
        assert not bucket.puts


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_model_had_before_it_was_masked_is_not_archived(authority: Authority, stream: bool) -> None:
    """By ``input: overlap`` the model is asked before the guardrail has answered, and once more after a mask."""
    with world(authority, CLOISTER_ARCHIVE=[BUCKET, "refuse"], CLOISTER_INPUT="overlap") as here:
        here.objects = bucket = Bucket()
        here.mantle = answering(response_answer(message_item("Hello there.")))
        if stream:
            streams(here, ROUTES[1])

        def slow(peer: Peer, request: Request) -> None:
            if json.loads(request.body)["source"] == "INPUT":
                until(lambda: here.prompts, "the model is not asked before the verdict")
            guard(peer, request)

        here.guardrail = slow
        said = ask(here, bucket, f"Write to {MAIL}", route=ROUTES[1], stream=stream)
        assert (said.status, len(here.prompts)) == (200, 2)
        assert MAIL in json.dumps(here.prompts[0])
        assert [found["request"] for found in bucket.objects] == [here.prompts[1]] * (2 if stream else 1)
        assert MAIL not in json.dumps(bucket.objects)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("on_failure", ["record", "refuse"])
def test_an_archive_that_does_not_answer_is_given_up(
    authority: Authority, on_failure: str, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LONGEST", 0.3)
    for here, bucket in having(authority, on_failure):
        if stream:
            streams(here, ROUTES[0])
        here.objects = lambda peer, _: peer.wait()
        said = ask(here, bucket, stream=stream)
        assert said.status == (200 if on_failure == "record" else 503)
        assert here.record["archive"] == "failed"


def test_a_put_ends_in_time_for_the_record(noting: tuple[World, Bucket]) -> None:
    """The function's deadline is nearer than the archive's own: the record is written before it."""
    here, _ = noting
    here.objects = lambda peer, _: peer.wait()
    reply = Collected()
    here.call(ROUTES[0], {"model": BIG, "messages": [{"role": "user", "content": "Hi"}]}, reply=reply, seconds=5)
    assert (reply.status, here.record["archive"]) == (200, "failed")


def test_an_archive_that_hangs_leaves_the_settlement_its_time(authority: Authority) -> None:
    with world(authority, CLOISTER_ARCHIVE=[BUCKET, "record"], **budget()) as here:
        here.objects = lambda peer, _: peer.wait()
        asked = {"model": BIG, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 10}
        here.call(ROUTES[0], asked, seconds=5)
        item = account(here)
        assert (here.record["status"], item["committed"]) == (200, item["spent"])


@pytest.mark.parametrize(
    ("on_failure", "number", "archived"),
    [("record", signal.SIGTERM, "failed"), ("refuse", signal.SIGTERM, "request"), ("refuse", signal.SIGKILL, None)],
)
def test_a_process_that_ends_before_its_put_leaves_no_record_that_says_more(
    authority: Authority, tmp_path: Path, on_failure: str, number: signal.Signals, archived: str | None
) -> None:
    with world(authority) as here:
        streams(here, ROUTES[0])
        asked = threading.Event()
        before = [] if on_failure == "record" else ["the request"]

        def bucket(peer: Peer, _: Request) -> None:
            if before:
                before.pop()
                peer.reply(b"", "200 OK")
                return
            asked.set()
            peer.wait()

        here.objects = bucket
        with running(here, authority, tmp_path, CLOISTER_ARCHIVE=[BUCKET, on_failure]) as one:
            one.invoke(ROUTES[0], stream=True)
            assert asked.wait(LONG)
            one.process.send_signal(number)
            assert one.process.wait(LONG) != 0
            found = [line["archive"] for line in one.lines() if line["record"] == "inference"]
            assert found == ([archived] if archived else [])
            assert [line["record"] for line in one.lines()].count("began") == 1


def test_what_archives_is_not_even_loaded_for_other_teams() -> None:
    code = "import sys, lambdas.proxy.__main__; print(*[name for name in sys.modules if 'archiv' in name])"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""
