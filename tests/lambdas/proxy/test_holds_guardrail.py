"""Guarantees: whatever the guardrail's endpoint does, what it did not clear goes nowhere: not to the model, not out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .support.authority import Authority
from .support.environment import Environment, running
from .support.faults import FAULTS, SAID, Fault, right
from .support.tls_server import Peer, Request
from .world import MANTLE, World, guard, world


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


@pytest.fixture(scope="module")
def one(here: World, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with running(here, authority, tmp_path_factory.mktemp("function")) as made:
        yield made


def calls_of_the_model(here: World) -> int:
    return sum(request.headers["host"] == MANTLE for request in here.server.requests)


def served(here: World, one: Environment) -> None:
    """Both endpoints are well again, and so is the function."""
    here.guardrail, here.mantle = guard, right
    assert SAID.strip() in one.invoke("/responses").wait().body.decode()


def patience(fault: Fault) -> float:
    """Seconds that a request may take: a quota that is used up is asked again until they are over."""
    return min(fault.seconds, 4.0) if "429" in fault.name else fault.seconds


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_prompt_that_was_not_cleared_never_reaches_the_model(here: World, one: Environment, fault: Fault) -> None:
    here.guardrail, here.mantle = fault.handler, right
    before, calls = one.record_count(), calls_of_the_model(here)
    answer = one.invoke("/chat/completions", stream=True, seconds=patience(fault)).wait()
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"]) in ((503, "guardrail_unavailable"), (504, "deadline_reached"))
    assert b"secret" not in answer.raw
    assert calls_of_the_model(here) == calls
    (record,) = one.records_after(before)
    assert (record["error"], record["guardrail"]["input"]) == (error["code"], "error")
    served(here, one)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_an_answer_that_was_not_cleared_never_leaves(here: World, one: Environment, fault: Fault, stream: bool) -> None:
    def guardrail(peer: Peer, request: Request) -> None:
        source = json.loads(request.body)["source"]
        (fault.handler if source == "OUTPUT" else guard)(peer, request)

    here.guardrail, here.mantle = guardrail, right
    before = one.record_count()
    answer = one.invoke("/chat/completions", stream=stream, seconds=patience(fault)).wait()
    assert b"quick" not in answer.raw
    assert b"secret" not in answer.raw
    assert b"[DONE]" not in answer.body
    (record,) = one.records_after(before)
    assert record["error"] in ("guardrail_unavailable", "deadline_reached")
    assert record["error"].encode() in answer.body
    assert record["guardrail"]["output"] == "error"
    served(here, one)
