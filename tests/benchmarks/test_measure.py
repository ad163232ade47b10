"""Guarantees: a short run measures what it says, of the package as it is deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from benchmarks import payloads
from benchmarks.function import FunctionFailedError
from benchmarks.gate import ratios
from benchmarks.inside import inside
from benchmarks.measure import DIRECT, EMPTY, GUARDED, PROXY, RELAY, Plan, measure
from benchmarks.services import MARKS, SLOW
from benchmarks.subjects import Ground, ground


@pytest.fixture(scope="module")
def here() -> Iterator[Ground]:
    """Certificates, services, and the unpacked package."""
    with ground() as made:
        yield made


def said(stream: bytes) -> str:
    """The text that a client puts together."""
    events = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith(b"data: {")]
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


def test_a_small_run(here: Ground) -> None:
    results = measure(here, Plan(rounds=2, calls={"small": 2, "burst": 1, "paced": 1}, warm=1, starts=1))
    assert set(results.kinds["small"]) == {DIRECT, EMPTY, RELAY, PROXY, GUARDED}
    for kind, count in (("small", 2), ("burst", 1)):
        for series in results.kinds[kind].values():
            assert [len(times) for times in series.last] == [count, count]
            assert all(cpu > 0 for cpu in series.cpu)
    assert set(results.memory) == {EMPTY, RELAY, PROXY, GUARDED}
    assert len(list(ratios(results, inside(here, 1)))) == 8


def test_what_the_proxy_is_asked_is_answered(here: Ground) -> None:
    function = here.proxy(guarded=True)
    try:
        whole = json.loads(function.invoke(payloads.event(payloads.chat())).body)
        assert whole["choices"][0]["message"]["content"].startswith("The wind went over")
        for mark in MARKS:
            answer = function.invoke(payloads.event(payloads.chat(mark.decode() + " ")))
            assert answer.body.endswith(b"data: [DONE]\n\n")
            assert said(answer.body).startswith(" word0 word1 word2")
            assert b"thought" not in answer.body, "reasoning is dropped"
            # The first event is not held back until the second comes.
            assert answer.first < answer.last or not MARKS[mark]
        assert answer.last > SLOW * MARKS[b"[slow]"]
    finally:
        function.close()


def test_the_guardrail_is_called_unless_it_was_taken_out(here: Ground) -> None:
    calls = []
    for guarded in (True, False):
        before = here.log.read_text().count("\n") if here.log.exists() else 0
        function = here.proxy(guarded=guarded)
        try:
            function.invoke(payloads.event(payloads.chat()))
        finally:
            function.close()
        lines = here.log.read_text().splitlines()[before:]
        calls.append(json.loads(lines[-1])["guardrail"]["calls"])
    # Instructions and what users say are judged apart, at the same time; and the answer.
    assert calls == [3, 0]


def test_a_function_that_does_not_start_is_an_error(here: Ground) -> None:
    del (broken := dict(here.environment))["CLOISTER_TEAM"]
    here.environment, kept = broken, here.environment
    try:
        with pytest.raises(FunctionFailedError, match="init/error"):
            here.proxy(guarded=True)
    finally:
        here.environment = kept


def test_the_large_request_is_as_large_as_the_model_takes() -> None:
    body = payloads.picture()
    assert payloads.BIG - 1000 < len(body) <= 3_670_016
    assert json.loads(json.loads(payloads.event(body))["body"])["messages"][0]["content"][1]["type"] == "image_url"
