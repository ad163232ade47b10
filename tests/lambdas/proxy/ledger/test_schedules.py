"""Long random schedules of many requests: crashes, copies, delays, clocks that are wrong, and the end of a month.

`test_protocol` visits every order of a few; here are many, with limits on tokens and requests at once too.
"""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.proxy.ledger import protocol
from lambdas.proxy.ledger.protocol import Limits

from ..support.dynamo import Memory

#: Two hours before November ends.
BEGAN = 1_796_083_200 - 7200
LIMITS = Limits(1000, tokens=500, flying=4)


class Run:
    """A table, what is under way to it, and what each request knows of itself."""

    def __init__(self) -> None:
        self.table = Memory()
        self.now = BEGAN
        self.sent: list[tuple[int, bytes]] = []  # copies that may still be made, with the time of their signature
        self.held: dict[str, tuple[str, int, bool]] = {}  # month, nano-USD, doubtful
        self.settled: dict[str, tuple[str, int]] = {}
        self.given_up: dict[str, tuple[str, int]] = {}  # may be held, or not, and by nobody that lives

    def write(self, body: bytes, fate: str) -> tuple[int, dict[str, object]] | None:
        """Send a write: it is ``made``; made and not ``heard`` of; ``late``, perhaps; or ``twice``."""
        if fate in ("late", "twice"):
            self.sent.append((self.now, body))
        if fate == "late":
            return None
        answer = self.table.update(body)
        return None if fate == "heard" else answer

    def reserve(self, id: str, amount: int, skew: int, fates: list[str]) -> None:
        """Reserve; what a request takes more is reserved as ``ID+…``, and is no other at once."""
        limits, tokens = (LIMITS.under_way(), 0) if "+" in id else (LIMITS, amount)
        clock = float(self.now + skew)
        month = protocol.month(clock)
        doubtful = False
        for fate in fates:
            body = protocol.reserve("t", json.dumps(month), id, amount, tokens, limits, clock)
            answer = self.write(body, fate)
            doubtful = doubtful or fate != "made"
            if answer is None:
                continue
            if answer[0] == 200 or protocol.reserves(answer[1].get("Item", {}), id):  # type: ignore[arg-type]
                self.held[id] = (month, amount, doubtful)
            elif doubtful:
                self.given_up[id] = (month, amount)
            return
        self.given_up[id] = (month, amount)

    def settle(self, id: str, part: float, skew: int, fates: list[str]) -> None:
        month, amount, doubtful = self.held.pop(id)
        spent = int(amount * part)
        clock = float(self.now + skew)
        for fate in fates:
            body = protocol.settle(
                "t", json.dumps(month), id, amount, spent, clock, limits=LIMITS, tokens=spent - amount, marked=doubtful
            )
            if self.write(body, fate) is not None:
                self.settled[id] = (month, spent)
                return
        self.given_up[id] = (month, amount)

    def late(self, at: int) -> None:
        """A copy is made now, unless its signature is too old by now."""
        if self.sent:
            signed, body = self.sent.pop(at % len(self.sent))
            if self.now - signed <= 900:
                self.table.update(body)

    def sweep(self, skew: int) -> None:
        for month, item in list(self.table.items.items()):
            clock = float(self.now + skew)
            for name, amount in protocol.overdue(item, clock):
                self.table.update(protocol.expire("t", json.dumps(month), name, amount, clock, limits=LIMITS))

    def check(self) -> None:
        for month, item in self.table.items.items():
            committed, spent = protocol.number(item, "committed"), protocol.number(item, "spent")
            held = [value["M"] for name, value in item.items() if name.startswith("r:") and "n" in value["M"]]
            assert 0 <= committed <= LIMITS.month
            assert committed == spent + sum(int(entry["n"]["N"]) for entry in held)
            requests = {name.partition("+")[0] for name, value in item.items() if "n" in value.get("M", ())}
            assert protocol.number(item, "flying") == len(held)
            assert len(requests) <= (LIMITS.flying or 0)
            known = sum(amount for m, amount in self.settled.values() if m == month)
            most = known + sum(amount for m, amount in self.given_up.values() if m == month)
            most += sum(amount for m, amount, _ in self.held.values() if m == month)
            assert committed <= most, "something is counted twice"


FATES = st.lists(st.sampled_from(["made", "made", "heard", "late", "twice"]), min_size=1, max_size=3)
SKEW = st.integers(-300, 300)  # AWS refuses a signature whose clock is further off
STEP = st.one_of(
    st.tuples(st.just("reserve"), st.integers(1, 600), SKEW, FATES),
    st.tuples(st.just("more"), st.integers(1, 200), SKEW, FATES),
    st.tuples(st.just("settle"), st.floats(0, 1), SKEW, FATES),
    st.tuples(st.just("die")),
    st.tuples(st.just("late"), st.integers(0, 50)),
    st.tuples(st.just("wait"), st.integers(1, 1500)),
    st.tuples(st.just("sweep"), SKEW),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_nothing_is_lost_or_counted_twice_whatever_happens(steps: list[tuple[object, ...]]) -> None:
    run = Run()
    for number, (kind, *rest) in enumerate(steps):
        if kind == "reserve":
            run.reserve(f"req-{number}", *rest)  # type: ignore[arg-type]
        elif kind == "more" and run.held:
            run.reserve(f"{next(iter(run.held))}+{number}", *rest)  # type: ignore[arg-type]
        elif kind == "settle" and run.held:
            run.settle(next(iter(run.held)), *rest)  # type: ignore[arg-type]
        elif kind == "die" and run.held:
            id = next(iter(run.held))
            run.given_up[id] = run.held.pop(id)[:2]
        elif kind == "late":
            run.late(*rest)  # type: ignore[arg-type]
        elif kind == "wait":
            run.now += rest[0]  # type: ignore[operator]
        elif kind == "sweep":
            run.sweep(*rest)  # type: ignore[arg-type]
        run.check()
    run.held.clear()
    run.sent.clear()
    run.now += 2 * protocol.HELD
    run.sweep(0)
    for item in run.table.items.values():
        assert not [name for name in item if name.startswith("r:")], "something is held for ever"
        assert protocol.number(item, "committed") == protocol.number(item, "spent")
        assert protocol.number(item, "flying") == 0
