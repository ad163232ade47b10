"""Guarantees: no line is altered, removed, added, copied or moved unseen, but where the page on the record says so."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import redirect_stdout
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import segments
from audit.chains import BOUND, Chains
from audit.report import lines as printed
from audit.signatures import Keys
from audit.verify import Wanted
from lambdas.proxy.audit.log import Log
from lambdas.proxy.audit.signing import _METRICS, LINES
from tests.audit.made import ARN, Signer, chain, codes, report, sample

SIGNER = Signer()
KEYS = SIGNER.keys
WHOLE = tuple(chain(SIGNER, 30))
MIDDLE = len(WHOLE) // 2


def test_what_was_not_touched_is_whole() -> None:
    found = report([WHOLE], KEYS)
    assert found.whole
    assert not found.findings
    assert found.signatures >= len(WHOLE) // (LINES + 3)
    assert (found.chains, found.records["inference"]) == (1, 30)


def test_a_line_altered() -> None:
    for at in (0, 1, MIDDLE, len(WHOLE) - 2):
        edited = [*WHOLE[:at], WHOLE[at].replace('"time":"2026', '"time":"2025', 1), *WHOLE[at + 1 :]]
        assert edited != list(WHOLE)
        assert codes([edited], KEYS) >= {"line_altered"}, at


def test_a_line_removed() -> None:
    assert codes([[*WHOLE[:MIDDLE], *WHOLE[MIDDLE + 1 :]]], KEYS) >= {"line_missing"}


def test_a_line_twice() -> None:
    assert codes([[*WHOLE[:MIDDLE], WHOLE[MIDDLE - 1], *WHOLE[MIDDLE:]]], KEYS) == {"line_twice"}
    assert codes([WHOLE, WHOLE[2:5]], KEYS) == {"line_twice"}


def test_two_lines_swapped() -> None:
    edited = list(WHOLE)
    edited[MIDDLE], edited[MIDDLE + 1] = edited[MIDDLE + 1], edited[MIDDLE]
    assert codes([edited], KEYS) == {"line_misplaced"}


def test_a_chain_cut_at_its_start() -> None:
    assert codes([WHOLE[3:]], KEYS) >= {"chain_without_start"}


def test_a_chain_cut_at_its_end() -> None:
    for cut in range(1, len(WHOLE) - 1):
        found = report([WHOLE[:cut]], KEYS)
        assert found.counts["chain_open"] == 1, "an end that is not there is always told"
        (told,) = (finding for finding in found.findings if finding.code == "chain_open")
        assert f"last line {cut - 1}" in told.detail
    # Its signatures taken away as well, what is left has more lines than the function ever leaves unsigned.
    bare = [line for line in WHOLE[: BOUND + 10] if '"record":"head"' not in line]
    assert codes([bare], KEYS) >= {"line_missing"}


def test_a_tail_without_its_signatures() -> None:
    renumbered = unsigned(WHOLE)
    assert len(renumbered) > BOUND + 1
    assert codes([renumbered], KEYS) == {"signature_missing"}


def unsigned(lines: tuple[str, ...], *then: dict[str, Any]) -> list[str]:
    """A chain written anew, as who cannot sign would: every hash right, no signature but one that was there."""
    made: list[str] = []
    previous = json.loads(lines[0])["chain"]["previous"]
    for value in [line for line in map(json.loads, lines) if line["record"] != "head"] + list(then):
        value["chain"] |= {"seq": len(made), "previous": previous}
        text = json.dumps(value, separators=(",", ":"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        made.append(text)
    return made


def test_a_chain_that_says_nobody_signs_it() -> None:
    first = json.loads(WHOLE[0]) | {"chained": "hashed", "key": None}
    made = unsigned((json.dumps(first, separators=(",", ":")), *WHOLE[1:]))
    assert codes([made], KEYS) == {"chain_not_signed"}


def test_a_signature_moved_far_from_what_it_signed_proves_nothing() -> None:
    """Else the first lines are altered, and their signature, which is of the chain, stands too late to compare."""
    lines = [json.loads(line) for line in WHOLE]
    head = next(line for line in lines if line["record"] == "head")
    others = [line for line in lines if line["record"] not in ("head", "end")]
    altered = [line | ({"status": 499} if line["record"] == "inference" else {}) for line in others[:22]]
    assert codes([unsigned(tuple(map(json.dumps, altered)), head)], KEYS) == {"signature_mismatched"}


def test_a_chain_without_any_signature_is_made_up_however_short_it_is() -> None:
    """The function signs after its first request, or says why it does not."""
    bare = [line for line in WHOLE if '"record":"head"' not in line]
    assert codes([unsigned(tuple(bare[:12]))], KEYS) == {"signature_missing"}
    late = WHOLE[0].replace('"time":"2026', '"time":"2025', 1)
    earlier = [line.replace('"time":"2026', '"time":"2025', 1) for line in bare[1:3]]
    alone = unsigned((late, *earlier))
    assert codes([alone], KEYS) == set(), "it may be signed yet"
    assert codes([alone, chain(SIGNER, 2)], KEYS) == {"signature_missing"}


def test_a_part_of_a_time_needs_signatures_too() -> None:
    made = unsigned(WHOLE)
    assert codes([made[1:]], KEYS, wanted=Wanted(since="2026-01-01")) == {"signature_missing"}


def test_a_few_lines_that_seem_to_go_on_from_before_need_a_signature_too() -> None:
    """Whoever can write the log can make lines without a beginning, and no chain says that there was none."""
    own = json.loads(WHOLE[0])["chain"]["id"]
    made = [line.replace('"time":"2026', '"time":"2025', 1).replace(own, "f" * 32) for line in unsigned(WHOLE)[:13]]
    fragment = unsigned(tuple(made))[4:]
    since = f"2025{json.loads(WHOLE[1])['time'][4:10]}"
    assert codes([fragment, WHOLE], KEYS, wanted=Wanted(since=since)) == {"signature_missing"}
    begun = json.loads(fragment[0])["time"]
    assert codes([fragment, WHOLE], KEYS, wanted=Wanted(since=begun)) == set(), "it may have been signed just before"


def test_what_is_missing_between_two_times_is_missing_within_one_of_them_if_they_overlap() -> None:
    lines = [json.loads(line) for line in WHOLE]
    hours = [
        json.dumps(line | {"time": f"2026-11-28T{at:02}:00:00.000Z"}, separators=(",", ":"))
        for at, line in zip(range(24), lines, strict=False)
    ]
    chained = unsigned(tuple(hours))
    assert len(chained) > 18
    left = [*chained[:11], *chained[13:]]
    parts = Wanted(until="2026-11-28T11:00:00Z"), Wanted(since="2026-11-28T13:00:00Z")
    assert all("line_missing" not in codes([left], Keys(), wanted=part) for part in parts)
    assert "line_missing" in codes([left], Keys(), wanted=Wanted(since="2026-11-28T08:00:00Z"))


def test_lines_that_no_signature_covers_are_counted() -> None:
    found = report([WHOLE[:-2]], KEYS)
    assert found.whole and found.unsigned == len(WHOLE) - 2 - 1 - max(
        json.loads(line)["signed"]["seq"] + 1 for line in WHOLE[:-2] if '"record":"head"' in line
    )
    assert report([WHOLE], KEYS).unsigned == 0


@pytest.mark.parametrize(
    "forged",
    [{"signature": None}, {"key": []}, {"team": []}, {"start": {}}, {"signed": 1}, {"log_stream": "\ud800"}],
    ids=str,
)
def test_a_signature_that_is_none_stops_nothing(forged: dict[str, object]) -> None:
    lines = [json.loads(line) for line in WHOLE[:6]]
    made = [line | (forged if line["record"] == "head" else {}) for line in lines]
    found = codes([[json.dumps(line, separators=(",", ":")) for line in made]], KEYS)
    assert "line_not_in_schema" in found


def test_what_a_forged_line_holds_is_nothing_to_a_terminal() -> None:
    line = json.dumps({"record": "began", "chain": {"id": "\x1b[2J\nWHOLE\ud800", "seq": 0, "previous": ""}})
    found = report([[line, '{"record":"x","y":"\ud800","chain":{"id":"a","seq":0,"previous":""}}']], KEYS)
    said = "".join(printed(found))
    assert said.isprintable() and said.encode()


def test_lines_without_any_chain_are_not_whole() -> None:
    """API Gateway's alone say nothing of what is gone from the function's."""
    found = report([[json.dumps(sample("access"), separators=(",", ":"))]], KEYS)
    assert not found.whole and not found.faulty


def test_a_long_request_at_the_edge_of_the_time_is_no_fault() -> None:
    """The time of its record is when it came, and its other lines are of later."""
    log = Log()
    with redirect_stdout(io.StringIO()) as out:
        for record, time, took in (
            ("start", "19:59:58.000", 0), ("began", "20:00:00.100", 0), ("inference", "19:59:59.900", 900),
            ("began", "20:00:02.000", 0), ("inference", "20:00:01.900", 500),
        ):  # fmt: skip
            line = sample(record) | {"time": f"2026-11-28T{time}Z", "team": "atlas", "deployment": "Cloister"}
            log.write(json.dumps(line | ({"duration_ms": took} if took else {}), separators=(",", ":")))
    written = out.getvalue().splitlines()
    for wanted in (Wanted(since="2026-11-28T20:00:00Z"), Wanted(until="2026-11-28T20:00:02.000Z")):
        assert "line_missing" not in codes([written], Keys(), wanted=wanted)
    assert report([written], Keys(), wanted=Wanted(since="2026-11-28T20:00:00Z")).lines == 4


def test_two_chains_joined() -> None:
    other = chain(SIGNER, 30, stream="2026/11/28/[1]cd")
    one = json.loads(WHOLE[0])["chain"]["id"]
    theirs = json.loads(other[0])["chain"]["id"]
    joined = [*WHOLE[:MIDDLE], *(line.replace(theirs, one) for line in other[MIDDLE:])]
    assert codes([joined], KEYS) >= {"line_altered", "signature_wrong"}
    assert codes([[*WHOLE, *other]], KEYS) == set(), "two chains in one file are no fault"


def test_a_signature_of_another_key() -> None:
    another = chain(Signer(), 3)
    assert codes([another], KEYS) == {"signature_wrong"}
    renamed = [line.replace(ARN, ARN.replace("1234abcd", "5678abcd")) for line in another]
    assert "signature_of_another" in codes([renamed], KEYS)


def test_a_signature_that_nobody_can_check_is_no_proof() -> None:
    assert codes([WHOLE], Keys()) == {"signature_unchecked"}


def test_a_record_outside_the_schema() -> None:
    edited = [*WHOLE[:-1], WHOLE[-1].replace('"version":1', '"version":1,"prompt":"x"')]
    assert "line_not_in_schema" in codes([edited], KEYS)
    assert "line_not_chained" in codes([[*WHOLE, json.dumps(sample("inference"), separators=(",", ":"))]], KEYS)
    assert "line_unreadable" in codes([[*WHOLE, '{"record":"inference","ver']], KEYS)


def test_a_request_that_began_and_did_not_end() -> None:
    assert codes([chain(SIGNER, 2, kill=True)], KEYS) == {"request_not_ended"}
    running = report([chain(SIGNER, 2, kill=True, end=False)], KEYS)
    assert running.counts["request_open"] == 1, "it may still be answered"


def test_a_signature_that_could_not_be_had_is_told_and_made_up_for() -> None:
    signer = Signer()
    signer.fails = "kms_403"
    found = report([chain(signer, 1, end=False)], signer.keys)
    assert found.counts["signature_failed"] == 1
    assert found.whole, "it may be signed yet"
    never = report([chain(signer, 30)], signer.keys)
    assert codes([chain(signer, 30)], signer.keys) == {"signature_excused"}
    assert never.counts["signature_failed"] >= 1


def test_a_line_that_says_why_there_is_no_signature_excuses_no_more_lines_than_one() -> None:
    """Who can write the log, and not sign, goes on after the last signature, with a reason for there being none."""
    at = max(n for n, line in enumerate(WHOLE[:MIDDLE]) if '"record":"head"' in line) + 1
    log, out = Log(), io.StringIO()
    with redirect_stdout(out):
        last = json.loads(WHOLE[at - 1])
        log.id, log.seq = last["chain"]["id"], last["chain"]["seq"]
        log.hash = hashlib.sha256(WHOLE[at - 1].encode()).hexdigest()
        whose = {name: last[name] for name in ("deployment", "team", "function_version", "log_stream")}
        log.say("unsigned", {**whose, "reason": "kms_403", "lines": 20}, _METRICS % 1)
        for _ in range(BOUND + 1):
            log.write(
                json.dumps(sample("inference") | {"team": "atlas", "deployment": "Cloister"}, separators=(",", ":"))
            )
    assert codes([[*WHOLE[:at], *out.getvalue().splitlines()]], KEYS) == {"signature_excused"}


def test_a_chain_that_nobody_signs_of_a_team_that_nobody_knows() -> None:
    """It would stand in for records that were taken away from a team's chain, where these are looked for by ids."""
    made = [line.replace('"team":"atlas"', '"team":"nobody"') for line in WHOLE]
    first = made[0].replace('"chained":"signed"', '"chained":"hashed"')
    assert codes([unsigned((first, *made[1:]))], KEYS) == {"chain_of_nobody"}
    assert codes([unsigned((first, *made[1:]))], Keys()) == set(), "where no team has a key, none is missing"


def test_requests_that_api_gateway_passed_on_have_a_record() -> None:
    id = next(json.loads(line)["request_id"] for line in WHOLE if '"record":"inference"' in line)
    passed = sample("access") | {"status": "200", "integration_status": "200", "request_id": id, "error": "-"}
    refused = sample("access") | {"request_id": "never-passed"}
    access = [json.dumps(line, separators=(",", ":")) for line in (passed, refused)]
    assert codes([WHOLE, access], KEYS) == set()
    without = [line for line in access if "never" in line] + [access[0].replace(id, "r-gone")]
    assert codes([WHOLE, without], KEYS) == {"request_without_line"}


def test_a_request_whose_client_chose_the_id_of_another_has_a_record_of_its_own() -> None:
    """By a header a client chooses the one id; the other is API Gateway's."""
    kept = sample("inference") | {"request_id": "r-same", "extended_request_id": "JKJaXmPLvHcESHA="}
    log, out = Log(), io.StringIO()
    with redirect_stdout(out):
        log.begin(
            {name: sample("start")[name] for name in ("deployment", "team", "function_version", "log_stream")}
            | {"code": None, "chained": "hashed", "key": None}
        )
        log.write(json.dumps(kept, separators=(",", ":")))
    passed = sample("access") | {"status": "200", "integration_status": "200", "request_id": "r-same", "error": "-"}
    access = [
        json.dumps(passed | {"extended_request_id": own}, separators=(",", ":"))
        for own in ("JKJaXmPLvHcESHA=", "-x2kPmPLvHcESHA=")
    ]
    assert "request_without_line" not in codes([out.getvalue().splitlines(), access[:1]], Keys())
    for files in ([out.getvalue().splitlines(), access], [access, out.getvalue().splitlines()]):
        found = [one for one in report(files, Keys()).findings if one.code == "request_without_line"]
        assert [one.where.partition(":")[2] for one in found] == ["2"]


def test_records_and_events_of_cloudtrail_are_held_against_each_other() -> None:
    ids = [json.loads(line)["upstream"]["request_id"] for line in WHOLE if '"record":"inference"' in line]
    events = [(id, "trail", "2026-11-28T20:00:00Z") for id in ids]
    assert codes([WHOLE], KEYS, trail=events) == set()
    assert codes([WHOLE], KEYS, trail=events[1:]) == {"record_without_event"}
    assert codes([WHOLE], KEYS, trail=[*events, ("past-the-proxy", "trail", "")]) == {"event_without_record"}


def test_a_time_and_a_team_are_picked_out() -> None:
    latest = json.loads(WHOLE[-1])["time"]
    found = report([WHOLE], KEYS, wanted=Wanted(since=latest))
    assert found.counts["chain_begins_before"] <= 1
    assert not [finding for finding in found.findings if finding.fault]
    assert report([WHOLE], KEYS, wanted=Wanted(teams=("beacon",))).lines == 0


def test_nothing_looked_at_is_not_whole() -> None:
    assert not report([[]], KEYS).whole


@pytest.mark.parametrize("parts", [2, 5])
def test_lines_that_come_in_parts_in_any_order_are_as_one(parts: int) -> None:
    size = len(WHOLE) // parts + 1
    files = [WHOLE[at : at + size] for at in range(0, len(WHOLE), size)]
    assert not report(reversed(files), KEYS).findings


SHORT = tuple(chain(SIGNER, 4))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_any_edit_of_a_log_is_found(data: st.DataObject) -> None:
    lines = list(SHORT)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["byte", "remove", "copy", "move", "swap"])):
            case "byte":
                place = data.draw(st.integers(0, len(lines[at]) - 1))
                letter = data.draw(st.sampled_from('0aZ"}, '))
                lines[at] = lines[at][:place] + letter + lines[at][place + 1 :]
            case "remove" if len(lines) > 1:
                del lines[at]
            case "copy":
                lines.insert(data.draw(st.integers(0, len(lines))), lines[at])
            case "move":
                lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case _:
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
    if lines == list(SHORT):
        return
    found = report([lines], KEYS)
    if lines == list(SHORT[: len(lines)]):  # cut at its end: told, and no fault while it is within the bound
        assert found.counts["chain_open"] or lines[-1] == SHORT[-2] or len(lines) == 0
    else:
        assert not found.whole, "\n".join(lines)


def test_work_grows_with_the_lines_and_what_is_kept_does_not() -> None:
    """Of any number of lines of a chain one segment is kept."""
    kept = []
    for requests in (50, 200):
        chains, read = Chains(KEYS), 0
        for chunk in segments.read(("f", line) for line in chain(SIGNER, requests)):
            chains.add(chunk)
            read += chunk.lines
        kept.append(sum(len(found) for found in chains._chains.values()))
        assert read > 2 * requests
    assert kept == [1, 1]
