"""Guarantees: who can write a log does not decide how long, or in how much memory, it is verified."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from audit import segments, sources
from audit.__main__ import main
from audit.signatures import pem
from tests.audit.made import Signer, chain

SIGNER = Signer()
LINES = tuple(chain(SIGNER, 4))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    place = tmp_path / "atlas.pem"
    place.write_text(pem(SIGNER.key.public_key()))
    return place


def test_of_a_flood_the_rest_is_left_and_the_other_files_are_verified(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_text("x\n" * 200_000 + "\n".join(LINES))
    (tmp_path / "b").write_text("\n".join(LINES))
    asked = ["verify", "--from", str(tmp_path / "a"), str(tmp_path / "b"), "--keys", str(keys), "--json"]
    assert main(asked) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["counts"]["lines_left"] == 1 and said["foreign_lines"] < segments.FLOOD + 2 * segments.CHUNK
    assert said["lines"] == len(LINES)


@pytest.mark.parametrize("other", ["", "START RequestId: 1"])
def test_no_lines_of_others_go_on_for_ever(other: str) -> None:
    lines = (("f", other) for _ in range(10 * segments.FLOOD))
    assert sum(chunk.foreign for chunk in segments.read(lines)) < segments.FLOOD + 2 * segments.CHUNK
    assert next(lines), "no more of them was asked for"


def test_lambdas_own_lines_beside_the_functions_are_no_flood() -> None:
    lines = [("f", line) for line in (LINES[0], *["REPORT x"] * segments.EACH) for _ in range(2_100)]
    found = [finding.code for chunk in segments.read(iter(lines)) for finding in chunk.findings]
    assert len(lines) > segments.FLOOD and "lines_left" not in found


def test_what_is_packed_better_than_anything_with_an_id_in_it_is_refused(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_CHEAP", 100_000)
    (tmp_path / "packed").write_bytes(gzip.compress((b"a" * 5_000 + b"\n") * 1_000))
    assert main(["verify", "--from", str(tmp_path / "packed"), "--keys", str(keys)]) == 2
    assert "more than 200 times its size" in capsys.readouterr().err
    real = "\n".join(chain(SIGNER, 200)).encode()
    assert len(real) < 50 * len(gzip.compress(real))


_DEEP = "[" * 5_000 + "]" * 5_000
_MANY = ",".join(["{}"] * 200_000)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"a":[{_MANY}]}}',
        f'{{"record":"inference","a":[{_MANY}]}}',
        f'{{"logEvents":[[{_MANY}]]}}',
        f'{{"logEvents":[{{"message":"x","a":[{_MANY}]}}]}}',
        f'{{"logEvents":[],"a":[{_MANY}]}}',
        '{"logEvents":[' + ",".join(['{"message":"x"}'] * 50_000) + "]}",
        '{"logEvents":[],' + ",".join(f'"{n}":{{}}' for n in range(100_000)) + "}",
        f'{{"logEvents":[{{"message":"x","a":{_DEEP}}}]}}',
    ],
    ids=["an object", "a record", "an event", "in an event", "beside events", "events", "members", "deep"],
)
def test_memory_is_a_few_times_the_text_whatever_is_in_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_EVENT", 10_000)
    tracemalloc.start()
    found = [len(line) for _, line in sources.lines("f", [text])]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found and most < 3 * len(text) + 64 * sources._EVENT


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (
            '{"logEvents":[{"message":"a"}],"logEvents":[{"message":"b"}]}',
            ['{"logEvents":[{"message":"a"}],"logEvents"'],
        ),
        ('{"logEvents":[{"message":"a"}]} [1] "x"', ["a", "[1]", '"x"']),
        ('{"events":[{"message":"a"}],"logEvents":[{"message":"b"}]}', ["a", "b"]),
        ('{"logEvents":[{"message":"CONTROL"}],"messageType":"CONTROL_MESSAGE"}', ["CONTROL"]),
        ('{"logEvents":{"message":"a"}}', ['{"logEvents":{"message":"a"}}']),
        ('{"logEvents":[{"message":"a"},]}', ['{"logEvents":[{"message":"a"},]}']),
        ("{}", ["{}"]),
    ],
)
def test_nothing_that_stands_in_an_envelope_is_passed_over(text: str, held: list[str]) -> None:
    found = [line for _, line in sources.lines("f", [text])]
    assert len(found) == len(held) and all(line.startswith(said) for line, said in zip(found, held, strict=True))


def test_a_value_that_begins_where_a_window_ends_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_EVENT", 50)
    for before in range(120):
        events = [{"message": "a" * before}, *({"message": f"line {n}"} for n in range(30))]
        found = [line for _, line in sources.lines("f", [json.dumps({"logEvents": events}) + "\n"])]
        if before < 20:
            assert found == [event["message"] for event in events]
        else:
            assert len(found) in (1, len(events)), "whole, or not read at all"
