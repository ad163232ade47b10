"""Guarantees: a line of an authorizer's, or of API Gateway's, that is taken away is missed by the other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit.decisions import clock, moment
from audit.signatures import Keys
from audit.verify import Wanted, verify
from tests.audit.made import Signer, chain, sample

_ALL = Wanted()
BEGUN = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANNA, BERT = (f"arn:aws:sts::123456789012:assumed-role/{name}/s" for name in ("anna", "bert"))


def access(second: int, who: str = ANNA, *, status: str = "200", error: str = "-", id: str = "", **more: Any) -> str:
    """API Gateway's line of a request; with an error it was passed on to nobody."""
    line = sample("access") | {
        "time": (BEGUN + timedelta(seconds=second)).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "request_id": id or f"r-{second}-{who[-6:-2]}",
        "extended_request_id": f"x{second}=",
        "api": "Cloister-atlas",
        "token_principal": who,
        "status": status,
        "error": error,
        "integration_status": "-" if error != "-" else "504",
    }
    return json.dumps(line | more, separators=(",", ":"))


def decision(second: int, who: str | None = ANNA, verdict: str = "allow", *, team: str = "atlas", id: str = "") -> str:
    """An authorizer's line."""
    line = sample("authorization") | {
        "time": (BEGUN + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.250Z"),
        "request_id": id or f"r-{second}-{(who or ANNA)[-6:-2]}",
        "team": team,
        "decision": verdict,
        "reason": "caller",
        "principal": who,
    }
    return json.dumps(line, separators=(",", ":"))


#: Two hours: one caller is let in again and again, another is refused.
DECIDED = [
    *(decision(at) for at in range(0, 7200, 300)),
    *(decision(at, BERT, "deny") for at in (1000, 4000)),
    decision(5000, None, "unauthorized", id="11111111-7b61-11e6-9a41-93e8deadbeef"),
]
PASSED = [
    *(access(at) for at in range(0, 7300, 100)),
    *(access(at, BERT, status="403", error="ACCESS_DENIED") for at in (1000, 1200, 4000)),
    access(5000, "-", status="401", error="UNAUTHORIZED", id="11111111-7b61-11e6-9a41-93e8deadbeef"),
    access(5100, "-", status="401", error="UNAUTHORIZED"),
]


def found(*files: list[str], wanted: Wanted = _ALL, complete: bool = False) -> list[tuple[str, str]]:
    named = [iter([(f"{n}:{at}", line) for at, line in enumerate(file, 1)]) for n, file in enumerate(files)]
    report = verify(named, Keys(), wanted, complete=complete)
    assert "line_not_in_schema" not in report.counts
    return [(one.code, one.detail) for one in report.findings if one.fault]


@pytest.mark.parametrize("order", [1, -1])
def test_what_was_not_touched_is_whole_in_any_order(order: int) -> None:
    assert found(*[PASSED, DECIDED][::order]) == []
    assert found(PASSED[::order], DECIDED[::order], complete=True) == []


@pytest.mark.parametrize("at", [1000, 4000])
def test_a_refusal_whose_decision_is_taken_away_is_found(at: int) -> None:
    left = [line for line in DECIDED if line != decision(at, BERT, "deny")]
    said = found(PASSED, left)
    assert {code for code, _ in said} == {"request_without_decision"} and all(BERT in detail for _, detail in said)


def test_decisions_by_which_somebody_was_let_in_are_missed_too() -> None:
    left = [line for line in DECIDED if line not in (decision(3000), decision(3300))]
    said = found(PASSED, left)
    assert said and {code for code, _ in said} == {"request_without_decision"}


def test_a_line_of_api_gateways_that_is_taken_away_is_missed_by_the_decision() -> None:
    for gone in (access(4000, BERT, status="403", error="ACCESS_DENIED"), PASSED[-2], access(3000)):
        assert gone in PASSED
        said = found([line for line in PASSED if line != gone], DECIDED)
        assert [code for code, _ in said] == ["decision_without_request"]
        assert said[0][1].startswith(f"request {json.loads(gone)['request_id']}")


def test_a_decision_of_another_team_or_on_another_is_none() -> None:
    others = [line.replace('"team":"atlas"', '"team":"beacon"') for line in DECIDED]
    assert {code for code, _ in found(PASSED, others)} == {"request_without_decision"}
    assert {code for code, _ in found(PASSED, [line.replace("-role/anna", "-role/otto") for line in DECIDED])} == {
        "request_without_decision"
    }
    tailed = [line.replace('"team":"atlas"', '"team":"my-atlas"') for line in DECIDED]
    assert found([line.replace('"Cloister-atlas"', '"My-Cloister-my-atlas"') for line in PASSED], tailed) == []


def test_without_any_authorizers_lines_nothing_is_said_unless_they_had_to_be_there() -> None:
    assert found(PASSED) == []
    assert {code for code, _ in found(PASSED, complete=True)} == {"request_without_decision"}
    assert found(DECIDED) == []


def test_a_part_of_the_time_has_edges_at_which_nothing_is_missed() -> None:
    for since, until in (("12:30", "13:10"), ("12:02", ""), ("", "13:31"), ("12:59", "13:00")):
        wanted = Wanted(since=since and f"2026-11-28T{since}:00Z", until=until and f"2026-11-28T{until}:00Z")
        assert found(PASSED, DECIDED, wanted=wanted) == []
    middle = Wanted(since="2026-11-28T12:20:00Z", until="2026-11-28T13:50:00Z")
    left = [line for line in DECIDED if line != decision(4000, BERT, "deny")]
    assert [code for code, _ in found(PASSED, left, wanted=middle)] == ["request_without_decision"]
    assert found(PASSED, left, wanted=Wanted(until="2026-11-28T12:30:00Z")) == [], "it is about later"


def test_a_request_at_the_end_of_the_time_has_its_record_after_it() -> None:
    """And a request, or an event, of another time is not missed."""
    lines = chain(Signer(), 3)
    records = [json.loads(line) for line in lines if '"record":"inference"' in line]
    came = datetime.fromisoformat(records[1]["time"])
    stamps = [clock_of(came + timedelta(days=days)) for days in (-1, 0, 1)]
    about = {"token_principal": "-", "integration_status": "200", "error": "-"}
    passed = [
        json.dumps(
            sample("access") | about | {"time": stamp, "request_id": id, "extended_request_id": f"{id}="},
            separators=(",", ":"),
        )
        for stamp, id in zip(stamps, ("r-before", records[1]["request_id"], "r-after"), strict=True)
    ]
    day = came.strftime("%Y-%m-%dT%H:%M:%S")
    wanted = Wanted(since=f"{came - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}Z", until=f"{day}.001Z")
    files = [[(str(n), line) for n, line in enumerate(file)] for file in (lines, passed)]
    events = [
        (records[1]["upstream"]["request_id"], "trail", f"{day}Z"),
        ("up-before", "trail", f"{came - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"),
        ("up-after", "trail", f"{came + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"),
    ]
    report = verify(map(iter, files), Keys(), wanted, trail=events)
    assert not {"request_without_line", "event_without_record"} & report.counts.keys()
    late = Wanted(since=f"{came - timedelta(days=2):%Y-%m-%d}", until=f"{came + timedelta(days=2):%Y-%m-%d}")
    report = verify(map(iter, files), Keys(), late, trail=events)
    assert (report.counts["request_without_line"], report.counts["event_without_record"]) == (2, 2)


def clock_of(when: datetime) -> str:
    return when.strftime("%d/%b/%Y:%H:%M:%S +0000")


@pytest.mark.parametrize("stamp", ["", "-", "28/Nov/2026", "28/Nox/2026:20:00:00 +0000", "28/Nov/2026:20:00:00 +0100"])
def test_a_time_that_is_none_stops_nothing(stamp: str) -> None:
    assert clock(stamp) == stamp and moment(clock(stamp)) is None
    line = json.loads(PASSED[0]) | {"time": stamp or "x"}
    assert verify([iter([("a", json.dumps(line))])], Keys(), Wanted(since="2026-11-28")).lines in (0, 1)
