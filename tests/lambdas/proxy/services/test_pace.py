"""Guarantees: the guardrail is asked no faster than the account may, whoever is in its quota's way waits to come to
their turn, and what can never come to it is told so at once. In virtual time, against an account with AWS's buckets."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core.errors import GuardrailUnavailableError, TooLargeError
from lambdas.proxy.core.team import LEAST_BURST, Team
from lambdas.proxy.release.verdict import Verdict
from lambdas.proxy.release.windows import LARGEST, UNIT
from lambdas.proxy.services import backoff, call, guardrail, pace, together
from lambdas.proxy.services.credentials import Credentials
from lambdas.proxy.services.guardrail import Guardrail
from lambdas.proxy.services.pace import Pace
from lambdas.proxy.services.tally import Tally

from ..support.account import Account
from ..support.authority import Authority
from ..support.virtual_time import VirtualTime
from ..world import FORBIDDEN, chat, environment, refusing, world

#: The quotas of a Region where topics may be read at 25 text units a second, and no more at once.
SLOW = [(25, 1000), (25, 25)]
#: Seconds that one request may take, less the margin for its end.
PATIENCE = 898.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    made = VirtualTime()
    for module in (backoff, call, guardrail, pace):
        monkeypatch.setattr(module, "time", made)
    monkeypatch.setattr(together, "start_new_thread", made.start)
    monkeypatch.setattr(together, "SimpleQueue", made.queue)
    chance = random.Random(9)  # noqa: S311
    monkeypatch.setattr(os, "urandom", chance.randbytes)
    return made


def one(account: Account, quotas: object = SLOW) -> Guardrail:
    """The guardrail as one execution environment reaches it."""
    team = Team(environment(CLOISTER_TEXT_UNITS=quotas))
    client: Any = account
    return Guardrail(client, team, Credentials("AKIDEXAMPLE", "secret", "token"))


def checking(here: Guardrail, text: str, seconds: float = PATIENCE, source: str = "INPUT") -> Callable[[], Verdict]:
    tally = Tally()
    return lambda: here.check(source, [text], tally=tally, deadline=seconds)


def least(characters: int, quotas: list[tuple[int, int]]) -> int:
    """The fewest calls that any way of asking takes."""
    return -(-characters // (min(LARGEST, min(burst for _, burst in quotas) * UNIT)))


def test_a_prompt_of_200_000_characters_passes_where_25_units_may_be_read_at_once(clock: VirtualTime) -> None:
    account = Account(clock, SLOW)
    here = one(account)
    found: list[Verdict] = []
    clock.run(lambda: found.append(checking(here, "word " * 40_000)()))
    assert [verdict.word for verdict in found] == ["none"]
    assert account.throttled == 0, "what is paced is not refused"
    assert len(account.passed) <= 1.25 * least(200_000, SLOW)
    read = sum(units for _, units in account.passed)
    assert read <= 1.05 * 200
    assert clock.monotonic() <= 1.1 * (read - 25) / 25 + 1


@pytest.mark.parametrize("place", [0, 199_000])
def test_what_is_paced_is_judged_all_the_same(clock: VirtualTime, place: int) -> None:
    text = "x " * (place // 2) + FORBIDDEN + " y" * ((200_000 - place) // 2)
    found: list[Verdict] = []
    here = one(Account(clock, SLOW))
    clock.run(lambda: found.append(checking(here, text)()))
    assert [verdict.word for verdict in found] == ["blocked"]


def test_eight_users_at_once_who_do_not_know_of_one_another_all_come_to_their_turn(clock: VirtualTime) -> None:
    account = Account(clock, SLOW)
    found: list[Verdict] = []
    users = [checking(one(account), "word " * 4000) for _ in range(8)]
    clock.run(*[lambda user=user: found.append(user()) for user in users])
    assert [verdict.word for verdict in found] == ["none"] * 8
    assert len(account.passed) == 8 <= 1.25 * 8 * least(20_000, SLOW)
    assert sum(units for _, units in account.passed) == 160
    # The account needs 5.4 s to read it all. Who was refused cannot know how many others were.
    assert clock.monotonic() < 30
    assert account.throttled <= 3 * 8


def test_eight_users_of_one_environment_are_never_refused(clock: VirtualTime) -> None:
    account = Account(clock, SLOW)
    here = one(account)
    clock.run(lambda: [checking(here, "word " * 4000)() for _ in range(8)])
    assert (len(account.passed), account.throttled) == (8, 0)


def test_a_prompt_comes_to_its_turn_beside_others_who_take_most_of_the_quota(clock: VirtualTime) -> None:
    account = Account(clock, SLOW)
    here, other = one(account), one(account)
    clock.run(
        checking(here, "word " * 40_000),
        lambda: [checking(other, "word " * 4000)() for _ in range(20)],
    )
    assert sum(units for _, units in account.passed) >= 600


def test_a_quota_that_stays_used_up_is_a_503_at_the_deadline_and_not_before(clock: VirtualTime) -> None:
    account = Account(clock, [(25, 25)])
    account.used_up = True
    failed: list[GuardrailUnavailableError] = []

    def ask() -> None:
        try:
            checking(one(account), "word " * 4000)()
        except GuardrailUnavailableError as error:
            failed.append(error)

    clock.run(ask)
    assert "quota" in failed[0].message
    assert ("Retry-After", "30") in failed[0].headers
    assert PATIENCE - 20 < clock.monotonic() <= PATIENCE


def test_what_can_never_pass_is_a_413_that_says_how_much_would(clock: VirtualTime) -> None:
    account = Account(clock, SLOW)
    here = one(account)
    failed: list[TooLargeError] = []

    def ask() -> None:
        try:
            checking(here, "word " * 40_000, seconds=6.9)()
        except TooLargeError as error:
            failed.append(error)

    clock.run(ask)
    assert not account.passed, "nothing is asked in vain"
    assert "197,000 characters" in failed[0].message  # 25 at once, and 25 a second in 6.9 s
    clock.run(checking(one(account), "word " * 38_000, seconds=8.0))
    assert account.passed


CALLS = st.lists(st.tuples(st.integers(1, LEAST_BURST), st.floats(0, 2)), max_size=30)
QUOTAS = st.lists(st.tuples(st.integers(1, 200), st.integers(LEAST_BURST, 1000)), min_size=1, max_size=3)


@given(CALLS, QUOTAS)
def test_no_pace_is_faster_than_a_bucket_of_the_same_quota(
    calls: list[tuple[int, float]], quotas: list[tuple[int, int]]
) -> None:
    clock = VirtualTime()
    clock._working = 1
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(pace, "time", clock)
        here, left, at = Pace(quotas), [float(burst) for _, burst in quotas], 0.0
        for units, gap in calls:
            clock.sleep(gap)
            assert here.wait(units, float("inf"))
            now = clock.monotonic()
            left = [
                min(burst, has + rate * (now - at)) - units for has, (rate, burst) in zip(left, quotas, strict=True)
            ]
            at = now
            assert min(left) > -1e-6


@given(CALLS, QUOTAS, st.floats(0.1, 20))
def test_what_is_said_to_pass_in_some_seconds_does(
    calls: list[tuple[int, float]], quotas: list[tuple[int, int]], seconds: float
) -> None:
    most = Pace(quotas).most(seconds)
    assert most is not None
    assert all(most <= burst + rate * seconds for rate, burst in quotas)
    assert Pace([]).most(seconds) is None


def test_a_wait_past_the_deadline_is_none_and_takes_nothing() -> None:
    here = Pace([(1, 30)])
    assert here.wait(30, 1e9)
    assert not here.wait(10, time.monotonic() + 5)
    assert here.wait(0, 1e9)


def test_a_refusal_empties_the_count(clock: VirtualTime) -> None:
    account = Account(clock, [(25, 25)])
    account.used_up = True
    here = one(account, [(25, 1000)])  # which this environment believes to be full

    def others_stop() -> None:
        clock.sleep(0.005)
        account.used_up = False

    clock.run(checking(here, "word " * 4000), others_stop)
    assert account.throttled == 1
    assert here._texts_pace.most(0.0) == 1000
    assert max(here._texts_pace._left) < 1000 - 20, "what it believed to be left is not believed any more"


def test_the_largest_call_passes_at_once_under_every_quota_that_a_team_may_have() -> None:
    assert LARGEST == LEAST_BURST * UNIT


def test_refusals_stand_in_the_record(authority: Authority) -> None:
    with world(authority) as here:
        healthy, left = here.guardrail, [2]

        def busy(peer: Any, request: Any) -> None:
            left[0] -= 1
            (refusing("429 Too Many") if left[0] >= 0 else healthy)(peer, request)

        here.guardrail = busy
        assert here.call("/chat/completions", chat()).status == 200
        assert (here.record["guardrail"]["calls"], here.record["guardrail"]["throttled"]) == (4, 2)
        here.guardrail = refusing("429 Too Many")
        reply = here.call("/chat/completions", chat(), seconds=4)
        assert (reply.status, reply.error["code"]) == (503, "guardrail_unavailable")
        said = here.record["guardrail"]
        assert said["throttled"] > 1
        # The last of them may be sent, and not be answered before the deadline.
        assert said["calls"] - said["throttled"] in (0, 1)
