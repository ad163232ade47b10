"""All looks at once: none is lost, whatever becomes of it, and none keeps the command from ending."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks import Look
from preflight.looks._base import ok
from preflight.plan import Plan
from preflight.run import run
from review.finding import Finding, Status
from tests.preflight.recorded import HEALTHY, account, plan

_SOURCE = "https://docs.aws.amazon.com/"


def _look(code: str, ask: object) -> Look:
    return Look(code, code, "It matters.", _SOURCE, ask)  # type: ignore[arg-type]


def _well(_account: Account, _plan: Plan) -> Iterator[Finding]:
    yield ok("well", "here", "fine")


def _refused(_account: Account, _plan: Plan) -> Iterator[Finding]:
    yield ok("refused", "here", "found before")
    raise NotAnsweredError("ec2:DescribeVpcs", "AccessDenied", is_refused=True)


def _broken(_account: Account, _plan: Plan) -> Iterator[Finding]:
    raise KeyError("secret word")
    yield


def test_a_look_that_fails_says_so_and_keeps_what_it_found() -> None:
    findings = run(account()[0], plan(), [_look("refused", _refused), _look("broken", _broken), _look("well", _well)])
    assert [(f.code, f.status) for f in findings] == [
        ("refused", Status.OK),
        ("refused", Status.NOT_ASKED),
        ("broken", Status.NOT_ASKED),
        ("well", Status.OK),
    ]
    assert "could not be read (KeyError)" in findings[2].found
    assert all("secret" not in line for finding in findings for line in finding.lines())


def test_a_look_without_an_answer_does_not_hold_the_others_up() -> None:
    held = threading.Event()
    try:
        late = _look("late", lambda _account, _plan: held.wait() and [])
        findings = run(account()[0], plan(), [late, _look("well", _well)], seconds=3)
    finally:
        held.set()
    assert [(f.code, f.status) for f in findings] == [("late", Status.NOT_ASKED), ("well", Status.OK)]
    assert "no answer within" in findings[0].found


def test_the_looks_run_at_the_same_time() -> None:
    meeting = threading.Barrier(8)

    def meet(_account: Account, _plan: Plan) -> Iterator[Finding]:
        meeting.wait(timeout=20)  # passed only if all are there
        yield ok("met", "here", "fine")

    findings = run(account()[0], plan(), [_look(f"met-{number}", meet) for number in range(8)])
    assert {finding.status for finding in findings} == {Status.OK}


def test_a_question_is_asked_once_whoever_asks_it() -> None:
    def slow(_asked: object) -> object:
        time.sleep(0.05)
        return HEALTHY["cloudformation.DescribeStacks"]

    asked, session, _ = account({"cloudformation.DescribeStacks": slow})
    threads = [
        threading.Thread(target=lambda: asked.all("cloudformation", "DescribeStacks", "Stacks")) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [name for name, _ in session.asked] == ["cloudformation.DescribeStacks"]


def test_every_page_is_read() -> None:
    def pages(asked: object) -> object:
        assert isinstance(asked, dict)
        zone = {"HostedZoneId": "Z", "Name": f"{asked.get('NextToken', 'first')}.", "Owner": {}}
        more = {} if "NextToken" in asked else {"NextToken": "second"}
        return {"HostedZoneSummaries": [zone], "MaxItems": "1", **more}

    asked, _, _ = account({"route53.ListHostedZonesByVPC": pages})
    zones = asked.all("route53", "ListHostedZonesByVPC", "HostedZoneSummaries", VPCId="vpc-1", VPCRegion="us-east-1")
    assert [zone["Name"] for zone in zones] == ["first.", "second."]
