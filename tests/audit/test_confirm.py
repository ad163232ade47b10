"""Guarantees: who has a request finds its records and no others, and nothing of it is said again."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from audit.__main__ import main
from audit.confirm import confirm
from audit.digests import Request
from audit.verify import Wanted
from tests.audit.made import sample

BODY = {"model": "m", "messages": [{"role": "user", "content": "the one that is looked for"}]}
CANONICAL = '{"messages":[{"content":"the one that is looked for","role":"user"}],"model":"m"}'
SECRET = b"of KMS"


def mac(_: str, message: bytes) -> bytes:
    return hmac.digest(SECRET, message, "sha256")


def record(id: str, body: str = CANONICAL, **more: Any) -> dict[str, Any]:
    """A record, its digest made as the page says it, step by step."""
    nonce = hashlib.sha256(id.encode()).hexdigest()
    key = mac("", f"cloister digest key\nCloister\natlas\n{nonce}".encode())
    made = hmac.digest(key, f"cloister-request-1\nchat.completions\n{body}\n{id}".encode(), "sha256").hex()
    line = sample("inference") | {"request_id": id, "team": "atlas", "deployment": "Cloister"}
    line |= {"route": "chat.completions", "digest": {"hmac": made, "nonce": nonce, "missing": None}}
    return line | more


def off(missing: str) -> dict[str, Any]:
    return {"digest": {"hmac": None, "nonce": None, "missing": missing}}


LINES = [
    record("r-1"),
    record("r-2", '{"model":"m"}'),
    record("r-3", time="2026-11-29T00:00:00.000Z"),
    record("r-4") | off("kms_403"),
    sample("inference"),
    sample("began"),
]


class Kms:
    """Stands where boto3's client of KMS does; no KMS is needed for what is told apart here."""

    asked: list[dict[str, Any]]

    def __init__(self) -> None:
        self.asked = []

    def generate_mac(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Mac": mac("", asked["Message"])}


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Kms:
    made = Kms()
    monkeypatch.setattr(boto3.Session, "client", lambda *_, **__: made)
    return made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "request.json").write_text(json.dumps(BODY, indent=1))
    (tmp_path / "lines").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in LINES))
    return tmp_path


def ask(place: Path, *more: str, request: str | None = None) -> int:
    given = ["--request", request or str(place / "request.json"), "--from", str(place / "lines")]
    return main(["confirm", *given, "--region", "us-east-1", *more])


def test_the_records_of_a_request_are_found_and_no_others(
    kms: Kms, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(place, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [line["request_id"] for line in told["found"]] == ["r-1", "r-3"]
    assert told["found"][0]["principal"] == LINES[0]["principal"]
    assert (told["looked_at"], told["without_digest"]) == (3, {"before_digests": 1, "kms_403": 1})
    assert {(asked["KeyId"], asked["MacAlgorithm"]) for asked in kms.asked} == {
        ("alias/cloister/digests/atlas", "HMAC_SHA_256")
    }


def test_what_is_said_says_nothing_of_the_request(
    kms: Kms, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(BODY).encode())))
    assert ask(place, request="-") == 0
    said = capsys.readouterr()
    assert "CONFIRMED" in said.out
    assert "looked for" not in said.out + said.err


def test_a_time_and_another_key_narrow_it(kms: Kms, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(place, "--json", "--since", "2026-11-29", "--key", "1234abcd") == 0
    assert [line["request_id"] for line in json.loads(capsys.readouterr().out)["found"]] == ["r-3"]
    assert {asked["KeyId"] for asked in kms.asked} == {"1234abcd"}
    assert ask(place, "--team", "beacon") == 2, "none with a digest was looked at"


def test_another_request_is_not_found(kms: Kms, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "request.json").write_text(json.dumps(BODY | {"model": "n"}))
    assert ask(place) == 1
    assert "NOT FOUND" in capsys.readouterr().out


@pytest.mark.parametrize("body", [b"secret words", b'{"a":1,"a":2}', b"\xff\xfe"])
def test_what_is_no_request_is_refused_without_being_quoted(
    kms: Kms, place: Path, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    (place / "request.json").write_bytes(body)
    assert ask(place) == 2
    assert capsys.readouterr().err == "the request is no JSON object in UTF-8 that the proxy would read\n"
    assert not kms.asked


def test_a_file_that_is_not_there_is_said(kms: Kms, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(place, request=str(place / "nothing")) == 2
    assert "nothing" in capsys.readouterr().err


def test_kms_is_asked_once_for_an_environment_however_many_records_it_has() -> None:
    asked: list[str] = []

    def counting(key: str, message: bytes) -> bytes:
        asked.append(key)
        return mac(key, message)

    lines = iter([(str(n), json.dumps(record("r-1"), separators=(",", ":"))) for n in range(50)])
    found = confirm([lines], Request(json.dumps(BODY).encode(), counting), Wanted())
    assert (len(found.records), len(asked)) == (50, 1)


def test_a_line_that_is_out_of_the_schema_confirms_nothing() -> None:
    line = record("r-1") | {"status": "200"}
    lines = iter([("a", json.dumps(line, separators=(",", ":")))])
    found = confirm([lines], Request(json.dumps(BODY).encode(), mac), Wanted())
    assert (found.records, found.missing) == ([], {"not_in_schema": 1})
