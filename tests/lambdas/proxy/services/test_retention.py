"""Guarantees: what a team's Project keeps is asked at the start, and a mode that keeps anything ends each request."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from typing import Any

import pytest

from lambdas.proxy.services import retention

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import BIG, SMALL, Handler, World, ask, chat, refusing, retaining, world

PROJECT, MODELS = "/v1/organization/projects/proj_atlas", [f"/v1/models/{BIG}", f"/v1/models/{SMALL}"]


def started(here: World) -> list[dict[str, Any]]:
    """Start the environment, have it look, and return what it logged."""
    said = io.StringIO()
    with redirect_stderr(said):
        here.app.warm()
        assert here.app._upstream.retention._looking.acquire(timeout=20)
        here.app._upstream.retention._looking.release()
    return [json.loads(line) for line in said.getvalue().splitlines()]


def saying(value: object) -> Handler:
    return lambda peer, _: peer.reply(json.dumps(value).encode())


WRONG: list[tuple[str, Handler]] = [
    ("default", retaining("default")),
    ("aws_review", retaining("aws_review")),
    ("provider_data_share", retaining("provider_data_share")),
    ("default", retaining("inherit")),
    ("aws_review", retaining("inherit", model="aws_review")),
]
UNREAD: dict[str, Handler] = {
    "403": refusing("403 Forbidden"),
    "404": refusing("404 Not Found"),
    "500": refusing("500 Oh"),
    "no object": saying(["none"]),
    "another shape": saying({"retention": "none"}),
    "another word": saying({"data_retention": {"mode": "nothing"}}),
    "no word": saying({"data_retention": {"mode": None}}),
    "inherited from nobody": saying({"data_retention": {"mode": "inherit"}}),
    "no JSON": lambda peer, _: peer.reply(b"<html>"),
}


@pytest.mark.parametrize("wants", ["required", "proved", "reported"])
@pytest.mark.parametrize("handler", [retaining("none"), retaining("inherit", model="none")], ids=["own", "inherited"])
def test_a_project_that_keeps_nothing_is_served_and_asked_once(
    authority: Authority, handler: Handler, wants: str
) -> None:
    with world(authority, CLOISTER_RETENTION=wants) as here:
        here.retention = handler
        assert started(here) == []
        for _ in range(3):
            assert here.call("/chat/completions", chat()).status == 200
            assert here.record["retention"] == "none"
        assert here.looks == [PROJECT, *MODELS]


@pytest.mark.parametrize("wants", ["required", "proved"])
@pytest.mark.parametrize(("mode", "handler"), WRONG, ids=[f"{n}: {mode}" for n, (mode, _) in enumerate(WRONG)])
def test_a_project_that_keeps_something_is_a_503_until_it_does_not(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, mode: str, handler: Handler, wants: str
) -> None:
    with world(authority, CLOISTER_RETENTION=wants) as here:
        here.retention = handler
        (line,) = started(here)
        assert (line["record"], line["mode"]) == ("retention", mode)
        for body, path in ((chat(), "/chat/completions"), (ask(stream=True), "/responses")):
            reply = here.call(path, body)
            assert (reply.status, reply.error["code"]) == (503, "retention_not_none")
            assert mode in reply.error["message"]
            assert "make retention" in reply.error["message"]
            assert (here.record["retention"], here.record["cause"]) == (mode, "proxy")
        assert not here.prompts
        assert not here.checks, "who will be refused anyway is not guarded first"
        here.retention = retaining("none")
        monkeypatch.setattr(retention, "AGAIN", 0.0)
        assert here.call("/chat/completions", chat()).status == 200
        assert here.record["retention"] == "none"


@pytest.mark.parametrize(("mode", "handler"), WRONG[:1])
def test_what_is_reported_is_in_the_record_and_no_more(authority: Authority, mode: str, handler: Handler) -> None:
    with world(authority, CLOISTER_RETENTION="reported") as here:
        here.retention = handler
        assert len(started(here)) == 1
        assert here.call("/chat/completions", chat()).status == 200
        assert here.record["retention"] == mode


@pytest.mark.parametrize("handler", UNREAD.values(), ids=UNREAD)
def test_an_answer_that_cannot_be_read_is_no_wrong_mode(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, handler: Handler
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    for wants, status in (("reported", 200), ("required", 200), ("proved", 503)):
        with world(authority, CLOISTER_RETENTION=wants) as here:
            here.retention = handler
            (line,) = started(here)
            assert line["mode"] == "unread"
            assert here.call("/chat/completions", chat()).status == status
            assert here.record["retention"] == "unread"
            assert len(here.prompts) == (status == 200)


def test_a_finding_is_logged_once(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AGAIN", 0.0)
    with world(authority, CLOISTER_RETENTION="required") as here:
        here.retention = refusing("404 Not Found")
        assert len(started(here)) == 1
        assert started(here) == []
        here.retention = retaining("default")
        assert [line["mode"] for line in started(here)] == ["default"]


def test_a_model_that_does_not_allow_none_is_named(authority: Authority) -> None:
    with world(authority, CLOISTER_RETENTION="required") as here:
        here.retention = retaining("none", allowed=["default"])
        (line,) = started(here)
        assert line["models_without_none"] == [BIG, SMALL]
        assert here.call("/chat/completions", chat()).status == 200


@pytest.mark.parametrize("flow", ["strict", "overlap"])
def test_an_answer_that_is_late_is_waited_for_before_the_model_is_told_anything(
    authority: Authority, flow: str
) -> None:
    def late(peer: Peer, request: Request) -> None:
        time.sleep(0.2)
        retaining("default")(peer, request)

    with world(authority, CLOISTER_RETENTION="required", CLOISTER_INPUT=flow) as here:
        here.retention = late
        with redirect_stderr(io.StringIO()):
            here.app.warm()
            assert here.call("/chat/completions", chat()).error["code"] == "retention_not_none"
        assert not here.prompts


def test_nobody_waits_who_wants_it_reported(authority: Authority) -> None:
    held: list[Callable[[], None]] = []

    def never(peer: Peer, request: Request) -> None:
        while not held:
            time.sleep(0.01)
        retaining("none")(peer, request)

    with world(authority, CLOISTER_RETENTION="reported") as here:
        here.retention = never
        here.app.warm()
        assert here.call("/chat/completions", chat()).status == 200
        assert here.record["retention"] == "unknown"
        held.append(lambda: None)
