"""The queries of the documents, each run on recorded lines.

Athena's own engine is a service, so SQLite runs them: the text is the file's, letter by letter, and what SQLite lacks
of Athena's language is one function, `json_extract_scalar`, given to it here as Athena documents it
(https://docs.aws.amazon.com/athena/latest/ug/querying-JSON.html). The lines are the samples of the record's schema,
and others made of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.constructs.record_archive import PLACE
from tests.clone import ROOT

QUERIES = ROOT / "docs" / "queries"
DAY = "2026-11-28"
SAMPLES = [
    json.loads(line)
    for file in sorted((ROOT / "tests" / "audit" / "samples").glob("v*.jsonl"))
    for line in file.read_text("utf-8").splitlines()
]


def scalar(line: str | None, path: str) -> str | None:
    """What a path of names leads to in a JSON text, as text; None of what is missing, an object or a list."""
    found: Any = json.loads(line) if line is not None else None
    for name in path.removeprefix("$.").split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if found is None or isinstance(found, dict | list):
        return None
    return found if isinstance(found, str) else json.dumps(found)


def kind(record: str) -> Iterator[dict[str, Any]]:
    return (dict(line) for line in SAMPLES if line["record"] == record)


@pytest.fixture
def athena() -> Iterator[sqlite3.Connection]:
    """The tables of a day: the samples, a call that the trail does not know, and one that only the trail knows."""
    database = sqlite3.connect(":memory:")
    database.create_function("json_extract_scalar", 2, scalar, deterministic=True)
    database.execute("CREATE TABLE records (line text, day text)")
    database.execute("CREATE TABLE cloudtrail (requestid text, eventtime text, eventsource text, eventname text)")
    answered = next(line for line in kind("inference") if line["status"] == 200 and line["model"] != "unknown")
    known, unknown = (
        {**answered, "request_id": name, "upstream": {**answered["upstream"], "request_id": f"up-{name}"}}
        for name in ("known", "unknown")
    )
    killed = {**next(kind("began")), "request_id": "killed"}
    for line in (*SAMPLES, known, unknown, killed):
        database.execute("INSERT INTO records VALUES (?, ?)", (json.dumps(line), DAY))
    database.execute("INSERT INTO records VALUES (?, ?)", (json.dumps({**known, "request_id": "before"}), "2026-11-27"))
    for request in ("up-known", "up-elsewhere"):
        database.execute(
            "INSERT INTO cloudtrail VALUES (?, ?, 'bedrock-mantle.amazonaws.com', 'CreateInference')",
            (request, f"{DAY}T12:00:00Z"),
        )
    yield database
    database.close()


def answer(athena: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    """What a query of the documents says, row by row."""
    athena.row_factory = sqlite3.Row
    return [dict(row) for row in athena.execute((QUERIES / f"{name}.sql").read_text())]


def test_calls_of_a_day_are_counted_by_team_caller_and_model(athena: sqlite3.Connection) -> None:
    rows = answer(athena, "calls_of_a_day")
    # Two more than the samples: `known` and `unknown`; none of the day before.
    assert sum(row["calls"] for row in rows) == len(list(kind("inference"))) + 2
    blocked = [line for line in kind("inference") if line["error"] == "content_filter"]
    assert sum(row["blocked"] for row in rows) == len(blocked) > 0
    assert sum(row["refused"] for row in rows) == len([li for li in kind("inference") if li["status"] >= 400])
    tokens = [line["input_tokens"] for line in kind("inference") if line["input_tokens"]]
    assert sum(row["input_tokens"] or 0 for row in rows) > sum(tokens)
    assert [row["calls"] for row in rows] == sorted((row["calls"] for row in rows), reverse=True)


def test_a_request_that_began_and_did_not_end_is_found(athena: sqlite3.Connection) -> None:
    ended = {line["request_id"] for line in kind("inference")}
    expected = {line["request_id"] for line in kind("began")} - ended | {"killed"}
    assert {row["request_id"] for row in answer(athena, "began_and_did_not_end")} == expected


def test_whatever_was_refused_is_found_with_who_refused_it(athena: sqlite3.Connection) -> None:
    rows = answer(athena, "guardrail_and_refusals")
    assert {row["written_by"] for row in rows} == {"inference", "access", "authorization"}
    assert {row["why"] for row in rows} >= {"content_filter", "not_a_caller", "ACCESS_DENIED"}
    assert "blocked" in {row["guardrail_on_the_prompt"] for row in rows}
    refused = [line for line in kind("inference") if line["status"] >= 400]
    assert len([row for row in rows if row["written_by"] == "inference"]) == len(refused)


def test_the_join_finds_what_one_side_alone_knows(athena: sqlite3.Connection) -> None:
    rows = {row["upstream_request_id"]: row["missing"] for row in answer(athena, "trail_and_records")}
    assert {"up-elsewhere": "no record", "up-unknown": "no data event"}.items() <= rows.items()
    assert "up-known" not in rows


def test_the_table_is_where_the_archive_puts_the_records() -> None:
    text = (QUERIES / "table.sql").read_text()
    # The stream's own prefix is asserted in test_archive.
    assert text.count(f"s3://BUCKET/{PLACE}/deployment=DEPLOYMENT/") == 2
    assert "day=${day}/" in text
    assert "'yyyy-MM-dd'" in text


def test_every_query_is_run_here() -> None:
    run = {"calls_of_a_day", "began_and_did_not_end", "guardrail_and_refusals", "trail_and_records"}
    assert {path.stem for path in QUERIES.glob("*.sql")} == run | {"table"}
