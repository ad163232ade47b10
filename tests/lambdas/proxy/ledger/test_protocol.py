"""Every order of everything: two and three requests, each write of which may be lost, late, made twice, or its last.

The states are those of one item and of the requests that write it, and the steps are the very bytes that the function
sends, applied by a stand-in as strict as DynamoDB. All states that can be reached are visited. In each:

- what is committed is no more than the limit;
- what is committed is what was settled, what has expired, and what is held: nothing is lost or counted twice.

A request is a function that asks, asks once more if it heard nothing, and settles in the same way; it may die at any
point. A write that was sent may be made at any later time: also after the request has been settled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from lambdas.proxy.ledger import protocol
from lambdas.proxy.ledger.protocol import Limits

from ..support.dynamo import ValidationError, apply

NOW = 1_796_000_000.0  # in November
LIMITS = Limits(10)
TABLE, KEY = "ledger", '"2026-11"'
MARKS = True


@dataclass(frozen=True)
class Process:
    """One request: where it is, how often it has asked, and what it knows."""

    amount: int
    cost: int
    at: str = "start"  # start, reserving, held, settling, done, refused, dead
    asked: int = 0
    doubtful: bool = False
    patience: int = 2  # how often it asks


@dataclass(frozen=True)
class State:
    """The item as JSON, the requests, and the writes under way: whose, which, and whether it is listened to."""

    item: str
    processes: tuple[Process, ...]
    under_way: tuple[tuple[int, str, bool], ...] = ()


@cache
def written(item: str, amount: int, cost: int, name: int, kind: str) -> tuple[int, dict[str, Any], str]:
    """What a write answers, and what the item is after it."""
    id = f"req-{name}"
    if kind == "reserve":
        body = protocol.reserve(TABLE, KEY, id, amount, 0, LIMITS, NOW)
    else:
        marked = kind == "settle+" and MARKS
        body = protocol.settle(TABLE, KEY, id, amount, cost, NOW, limits=LIMITS, marked=marked)
    status, answer, after = apply(body, json.loads(item))
    return status, answer, json.dumps(after or {}, sort_keys=True)


def heard(process: Process, name: int, kind: str, status: int, answer: dict[str, Any]) -> Process:
    """What a request makes of an answer, as the function does."""
    if kind != "reserve":
        return replace(process, at="done")
    mine = protocol.reserves(answer.get("Item", {}), f"req-{name}")
    if status == 200 or mine:
        return replace(process, at="held", doubtful=process.doubtful or mine)
    return replace(process, at="refused")


def steps(state: State) -> Iterator[State]:
    for name, process in enumerate(state.processes):
        waiting = any(whose == name and listened for whose, _, listened in state.under_way)

        def changed(process: Process, *more: tuple[int, str, bool], deaf: int | None = None) -> State:
            processes = tuple(process if at == name else other for at, other in enumerate(state.processes))  # noqa: B023
            kept = tuple((w, k, heard and w != deaf) for w, k, heard in state.under_way)
            return State(state.item, processes, tuple(sorted((*kept, *more))))

        if process.at in ("done", "refused", "dead"):
            continue
        yield changed(replace(process, at="dead"), deaf=name)
        if process.at == "start":
            yield changed(replace(process, at="reserving", asked=1), (name, "reserve", True))
        elif process.at == "held":
            kind = "settle+" if process.doubtful else "settle"
            yield changed(replace(process, at="settling", asked=1), (name, kind, True))
        elif waiting and process.asked < process.patience:
            # It hears nothing: it asks once more, and the first may be made yet.
            again = "reserve" if process.at == "reserving" else "settle+" if process.doubtful else "settle"
            doubtful = process.doubtful or again == "reserve"
            yield changed(replace(process, asked=2, doubtful=doubtful), (name, again, True), deaf=name)
        elif waiting:
            yield changed(replace(process, at="dead"), deaf=name)
    for at, (name, kind, listened) in enumerate(state.under_way):
        rest = state.under_way[:at] + state.under_way[at + 1 :]
        processes = list(state.processes)
        status, answer, after = written(state.item, processes[name].amount, processes[name].cost, name, kind)
        if listened:
            processes[name] = heard(processes[name], name, kind, status, answer)
        yield State(after, tuple(processes), rest)
        yield State(state.item, state.processes, rest) if not listened else state  # it is lost
    if all(process.at in ("done", "refused", "dead") for process in state.processes) and not state.under_way:
        # No copy can come any more: what is left expires.
        item = json.loads(state.item)
        late = NOW + protocol.HELD + 1
        for attribute, amount in protocol.overdue(item, late):
            _, _, gone = apply(protocol.expire(TABLE, KEY, attribute, amount, late, limits=LIMITS), item)
            yield State(json.dumps(gone, sort_keys=True), state.processes)


def reachable(*processes: Process) -> set[State]:
    start = State("{}", processes)
    seen, waiting = {start}, [start]
    while waiting:
        for state in steps(waiting.pop()):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return seen


def check(state: State) -> None:
    item = json.loads(state.item)
    committed, spent = protocol.number(item, "committed"), protocol.number(item, "spent")
    held = sum(int(value["M"]["n"]["N"]) for name, value in item.items() if name[:2] == "r:" and "n" in value["M"])
    assert 0 <= committed <= LIMITS.month, "more is committed than there is"
    assert committed == spent + held, "something is lost, or counted twice"
    for name, process in enumerate(state.processes):
        if process.at == "held":
            assert protocol.reserves(item, f"req-{name}"), (
                "a request that was told that it holds something holds nothing"
            )
    # Each request counts once at the most: with what it cost, or with its estimate.
    most = sum(max(process.amount, process.cost) for process in state.processes)
    assert committed <= most
    if all(p.at in ("done", "refused", "dead") for p in state.processes) and not state.under_way and not held:
        counted = {0, *(p.cost for p in state.processes), *(p.amount for p in state.processes)}
        assert spent in sums([{p.cost} if p.at == "done" else {0, p.amount, p.cost} for p in state.processes]), counted


def sums(choices: list[set[int]]) -> set[int]:
    found = {0}
    for each in choices:
        found = {total + one for total in found for one in each}
    return found


@pytest.mark.parametrize(
    "processes",
    [
        (Process(6, 2), Process(6, 5)),  # both together do not fit
        (Process(6, 6), Process(4, 1)),  # both fit exactly
        (Process(11, 1), Process(10, 0)),  # one can never fit
    ],
)
def test_two_requests_in_every_order(processes: tuple[Process, ...]) -> None:
    states = reachable(*processes)
    for state in states:
        check(state)
    ends = {tuple(process.at for process in state.processes) for state in states}
    assert ("dead", "dead") in ends
    assert any("done" in end for end in ends)


def test_without_its_mark_a_late_copy_would_count_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "MARKS", False)
    written.cache_clear()
    with pytest.raises(AssertionError):
        for state in reachable(Process(6, 2)):
            check(state)
    written.cache_clear()


def test_three_requests_of_which_two_fit() -> None:
    # Each asks once, which is where they meet; what asking twice does is in the test above.
    states = reachable(Process(5, 3, patience=1), Process(5, 5, patience=1), Process(5, 1, patience=1))
    assert len(states) > 1000
    for state in states:
        check(state)
    both = [state for state in states if [p.at for p in state.processes].count("held") == 3]
    assert not both, "three requests hold what is enough for two"


def test_the_month_is_where_it_was_reserved() -> None:
    last, first = 1_796_083_199.0, 1_796_083_201.0
    assert (protocol.month(last), protocol.month(first)) == ("2026-11", "2026-12")


@pytest.mark.parametrize("condition", ["#c + :n <= :room", "#c - :n <= :room", "committed <= :room", "#c <= :a + :b"])
def test_the_stand_in_refuses_what_dynamodb_refuses(condition: str) -> None:
    request = json.loads(protocol.reserve(TABLE, KEY, "x", 1, 0, LIMITS, NOW))
    request["ConditionExpression"] = condition
    with pytest.raises((ValidationError, KeyError)):
        apply(json.dumps(request).encode(), {"committed": {"N": "0"}})
