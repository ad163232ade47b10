"""The verdict: rules, claims and waivers together."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from review.assembly import Assembly
from review.deployment import Deployment
from review.finding import Status
from review.rules.catalogue import by_id
from review.verdict import Held, Verdict, review
from review.waivers import Pattern, Register
from review.waivers.register import FILE
from tests.review.conftest import body_of, changed

TODAY = date(2026, 11, 28)
WAIVERS = Register.read(FILE, by_id())
GROUP = "default-group-is-closed"


def reviewed(deployment: Deployment, register: Register = WAIVERS, today: date = TODAY) -> Verdict:
    return review(deployment, register, today, claims=())


def held(verdict: Verdict, rule: str) -> Held:
    return next(h for h in verdict.waivers if h.waiver.rule.text == rule)


def test_the_example_passes_with_its_waivers_alone(example: Assembly) -> None:
    assert review(Deployment(example), WAIVERS, TODAY).exit_status == 0
    assert reviewed(Deployment(example), Register()).exit_status == 1


def test_a_waiver_that_has_ended_accepts_nothing(example: Assembly) -> None:
    end = next(w.expiry for w in WAIVERS.waivers if w.rule.text == GROUP)
    last = reviewed(Deployment(example), today=end)
    assert last.exit_status == 0
    assert held(last, GROUP).status is Status.WARNING
    after = reviewed(Deployment(example), today=end + timedelta(days=1))
    assert after.exit_status == 1
    assert held(after, GROUP).status is Status.FAIL
    assert any(f.code == GROUP and f.status is Status.FAIL for f in after.findings())


@pytest.mark.parametrize(("days", "status"), [(30, Status.WARNING), (31, Status.WAIVED)])
def test_a_waiver_that_soon_ends_is_warned_of(days: int, status: Status, example: Assembly) -> None:
    end = next(w.expiry for w in WAIVERS.waivers if w.rule.text == GROUP)
    assert held(reviewed(Deployment(example), today=end - timedelta(days=days)), GROUP).status is status


def test_a_waiver_of_what_passes_fails(example: Assembly) -> None:
    one = replace(
        WAIVERS.waivers[0], number=99, rule=Pattern("key-rotates"), resource=Pattern("{deployment}-Audit/LogsKey{hash}")
    )
    verdict = reviewed(Deployment(example), Register((*WAIVERS.waivers, one)))
    assert verdict.exit_status == 1
    assert held(verdict, "key-rotates").said == "nothing is found that it accepts: remove it"


def test_a_waiver_of_a_resource_that_is_not_there_fails_unless_it_says_where_it_is(example: Assembly) -> None:
    one = replace(WAIVERS.waivers[0], number=99, rule=Pattern("key-rotates"), resource=Pattern("Cloister-Audit/NoKey"))
    assert reviewed(Deployment(example), Register((*WAIVERS.waivers, replace(one, only_where="")))).exit_status == 1
    assert reviewed(Deployment(example), Register((*WAIVERS.waivers, one))).exit_status == 0


def test_doubt_is_not_accepted(example: Assembly) -> None:
    body = body_of(example, "Cloister-Audit")
    key = next(i for i, r in body["Resources"].items() if r["Type"] == "AWS::KMS::Key")
    body["Resources"][key]["Properties"]["EnableKeyRotation"] = {"Fn::FindInMap": ["a", "b", "c"]}
    one = replace(
        WAIVERS.waivers[0], number=99, rule=Pattern("key-rotates"), resource=Pattern("{deployment}-Audit/LogsKey{hash}")
    )
    verdict = reviewed(changed(example, "Cloister-Audit", body), Register((*WAIVERS.waivers, one)))
    doubts = [f for f in verdict.findings() if f.code == "key-rotates" and f.status is Status.UNDECIDED]
    assert len(doubts) == 1 and "Fn::FindInMap" in doubts[0].found


def test_what_is_accepted_elsewhere_fails(example: Assembly) -> None:
    elsewhere = [{"id": "AwsSolutions::AwsSolutions-S1", "where": "Cloister-Network/Somewhere/Resource"}]
    verdict = review(Deployment(example), WAIVERS, TODAY, claims=(), accepted=elsewhere)
    assert any("no waiver says so" in f.found for f in verdict.findings())
    # Nobody found what the other packs' waivers accept: those that are not for some deployments alone fail too.
    assert held(verdict, "AwsSolutions::AwsSolutions-S1").status is Status.FAIL


OUTSIDE = {
    "tool": "HIPAA.Security",
    "version": "3.0.2",
    "findings": [
        {"rule": "HIPAA.Security-LambdaDLQ", "where": place, "said": "=no queue", "accepted": False}
        for place in ("Cloister-Team-atlas/Proxy/Function/Resource", "Cloister-Team-beacon/Proxy/Function/Resource")
    ],
}


def test_what_others_find_is_answered_by_a_waiver_or_listed_and_halts_nothing(example: Assembly) -> None:
    one = replace(
        WAIVERS.waivers[1],
        number=99,
        rule=Pattern("HIPAA.Security::HIPAA.Security-LambdaDLQ"),
        resource=Pattern("Cloister-Team-atlas/Proxy/Function/Resource"),
    )
    register = Register((WAIVERS.waivers[0], one))
    verdict = review(Deployment(example), register, TODAY, claims=(), opinions=[OUTSIDE])
    assert [f["accepted"] for f in verdict.opinions[0]["findings"]] == [True, False]
    assert (verdict.exit_status, verdict.unanswered) == (0, 1)
    assert verdict.line().endswith("; 1 outside opinions unanswered)")
    assert held(verdict, one.rule.text).status is Status.WAIVED
    # Asked, and nothing found: the waiver accepts nothing. Not asked: nothing is known of it.
    silent = {**OUTSIDE, "findings": []}
    found = review(Deployment(example), register, TODAY, claims=(), accepted=[], opinions=[silent])
    assert (held(found, one.rule.text).status, found.unanswered) == (Status.FAIL, 0)
    unasked = review(Deployment(example), register, TODAY, claims=(), accepted=[])
    assert held(unasked, one.rule.text).status is Status.NOT_APPLICABLE
    assert "outside" not in unasked.line()
