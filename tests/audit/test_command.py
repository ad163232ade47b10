"""Guarantees: the command reads what is exported in each known form, and its status says what it found."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from audit import sources
from audit.__main__ import main
from audit.signatures import pem
from tests.audit.made import Signer, chain, sample

SIGNER = Signer()
LINES = tuple(chain(SIGNER, 4))
#: What Lambda's Python runtime writes of a 401, and of a 500, behind the authorizer's own line.
RAISED = (
    '[ERROR] Exception: Unauthorized\rTraceback (most recent call last):\r\xa0\xa0File "a.py", line 88, in handler',
    '[ERROR] UndecidedError: sts_unreachable\rTraceback (most recent call last):\r\xa0\xa0File "a.py", line 1, in f',
)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "atlas.pem").write_text(pem(SIGNER.key.public_key()))
    return folder


def envelopes(lines: tuple[str, ...], size: int = 5) -> list[str]:
    """As a subscription delivers them: some events each, with a control message before."""
    made = [json.dumps({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "checking"}]})]
    for at in range(0, len(lines), size):
        events = [
            {"id": str(n), "timestamp": n, "message": line + "\n"} for n, line in enumerate(lines[at : at + size])
        ]
        stream = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": events}
        made.append(json.dumps(stream))
    return made


def forms() -> dict[str, bytes]:
    events = {"events": [{"logStreamName": "s", "timestamp": 1, "message": line} for line in LINES]}
    lambdas = ["INIT_START Runtime Version: python:3.13", *LINES, "REPORT RequestId: 1\tDuration: 1.0 ms", *RAISED]
    return {
        "lines": "\n".join(lambdas).encode(),
        "export to S3": gzip.compress("\n".join(f"2026-11-28T20:00:00.000Z {line}" for line in LINES).encode()),
        "envelopes, a line each": gzip.compress("\n".join(envelopes(LINES)).encode()),
        "envelopes, one after the other": "".join(envelopes(LINES)).encode(),
        "two gzip files in one": gzip.compress("\n".join(LINES[:5]).encode() + b"\n")
        + gzip.compress("\n".join(LINES[5:]).encode()),
        "filter-log-events": json.dumps(events).encode(),
        "filter-log-events, printed": json.dumps(events, indent=2).encode(),
    }


@pytest.mark.parametrize("form", forms())
def test_each_form_of_an_export_is_read(
    form: str, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "exported").write_bytes(forms()[form])
    assert main(["verify", "--from", str(tmp_path / "exported"), "--keys", str(keys)]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert f"looked at {len(LINES)} lines of 1 chain, 2 signatures" in said
    assert said.splitlines()[-1].startswith("WHOLE")


def test_a_fault_is_told_to_people_and_to_programs(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text("\n".join([*LINES[:3], *LINES[4:]]))
    told = ["verify", "--from", str(folder), "--keys", str(keys)]
    assert main(told) == 1
    said = capsys.readouterr().out
    assert "FAULT line_missing" in said
    assert "a.log:3" in said
    assert main([*told, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["whole"] is False
    (found,) = (finding for finding in answer["findings"] if finding["code"] == "line_missing")
    assert found.keys() == {"code", "where", "chain", "seq", "detail", "fault", "what", "right"}


def test_files_of_cloudtrail_are_held_against_the_records(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [json.loads(line)["upstream"]["request_id"] for line in LINES if '"record":"inference"' in line]
    about = {"eventSource": "bedrock-mantle.amazonaws.com", "eventName": "CreateInference"}
    events = [{**about, "requestID": id} for id in ids] + [{"eventSource": "kms.amazonaws.com", "eventName": "Sign"}]
    (tmp_path / "log").write_text("\n".join(LINES))
    trail = tmp_path / "trail.json.gz"
    told = ["verify", "--from", str(tmp_path / "log"), "--keys", str(keys), "--trail", str(trail)]
    trail.write_bytes(gzip.compress(json.dumps({"Records": events}).encode()))
    assert main(told) == 0, capsys.readouterr().out
    trail.write_bytes(gzip.compress(json.dumps({"Records": events[1:]}).encode()))
    assert main(told) == 1
    assert "record_without_event" in capsys.readouterr().out


def test_what_looks_as_if_it_ended_with_each_line_is_read_in_the_time_of_its_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    whole = sources._is_whole

    def counted(text: str) -> bool:
        read.append(len(text))
        return whole(text)

    monkeypatch.setattr(sources, "_is_whole", counted)
    for count in (1_000, 10_000):
        read.clear()
        (found,) = sources.lines("a", ["{\n"] * count)
        assert found == ("a: its end", "{\n" * count)
        assert sum(read) <= 12 * 2 * count


def test_an_object_without_a_space_at_its_lines_is_read_to_its_end() -> None:
    printed = json.dumps({"events": [{"message": line} for line in LINES]}, indent=0).splitlines(keepends=True)
    assert [line for _, line in sources.lines("a", printed)] == list(LINES)
    assert [line for _, line in sources.lines("a", [*printed, LINES[0]])] == [*LINES, LINES[0]]


def test_a_trail_of_anything_else_is_no_trail(keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, trail = tmp_path / "log", tmp_path / "trail"
    log.write_text("\n".join(LINES))
    about = {"eventSource": "bedrock-mantle.amazonaws.com", "eventName": "CreateInference", "requestID": "r"}
    strange = [{**about, "userIdentity": who} for who in ("root", ["root"], None)]
    for text in ("[" * 100_000, "null", json.dumps({"Records": strange}), json.dumps({"Records": [None, 3]})):
        trail.write_text(text)
        told = ["verify", "--from", str(log), "--keys", str(keys), "--trail", str(trail), "--team", "atlas"]
        assert main(told) == 1
        assert "record_without_event" in capsys.readouterr().out


def test_what_cannot_be_looked_at_is_said(keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--from", str(tmp_path / "nowhere")]) == 2
    assert "holds no files" in capsys.readouterr().err
    (tmp_path / "empty").write_text("")
    assert main(["verify", "--from", str(tmp_path / "empty")]) == 2
    assert "NOTHING LOOKED AT" in capsys.readouterr().out
    (tmp_path / "no.pem").write_text("no key")
    assert main(["verify", "--from", str(tmp_path / "empty"), "--keys", str(tmp_path / "no.pem")]) == 2
    with pytest.raises(SystemExit):
        main(["verify", "--from", "x", "--since", "yesterday"])


def test_an_object_without_an_end_takes_no_lines_with_it(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "exported").write_text("\n".join(['{"x', *LINES]))
    assert main(["verify", "--from", str(tmp_path / "exported"), "--keys", str(keys), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["lines"], said["counts"]) == (len(LINES), {"line_foreign": 1})


@pytest.mark.parametrize("broken", [gzip.compress("\n".join(LINES).encode())[:-20], b"\x1f\x8b\x08", b"[" * 200_000])
def test_a_file_that_cannot_be_read_is_not_whole(
    broken: bytes, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "exported").write_bytes(broken)
    (tmp_path / "more").write_text("\n".join(LINES))
    asked = ["verify", "--from", str(tmp_path / "more"), str(tmp_path / "exported"), "--keys", str(keys)]
    assert main(asked) in (1, 2)
    capsys.readouterr()


def test_an_event_without_a_message_is_not_passed_over(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [{"message": line} for line in LINES]
    (tmp_path / "exported").write_text(json.dumps({"logStream": "s", "logEvents": [*events, {"text": "x"}]}))
    assert main(["verify", "--from", str(tmp_path / "exported"), "--keys", str(keys)]) == 1
    assert "line_foreign" in capsys.readouterr().out


@pytest.mark.parametrize("place", [["--deployment", "Cloister"], ["--bucket", "evidence"]])
def test_an_account_that_cannot_be_asked_is_said(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    asked = [*place, "--region", "us-east-1"]
    assert main(["verify", *asked]) == 2
    assert capsys.readouterr().err.startswith("no AWS credentials: sign in (aws sso login), pass PROFILE=…")
    assert main(["verify", *asked, "--profile", "nobody"]) == 2
    assert capsys.readouterr().err == "The config profile (nobody) could not be found\n"


@pytest.mark.parametrize("over", ["one line", "an object over several lines"])
def test_what_unpacks_to_more_than_there_can_be_is_said_and_not_read(
    over: str, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LONGEST", 100_000)
    bomb = '{"x":"' + "a" * 10_000_000 if over == "one line" else '{"x":[\n' + ' "a",\n' * 30_000
    (tmp_path / "packed").write_bytes(gzip.compress(bomb.encode()))
    assert main(["verify", "--from", str(tmp_path / "packed"), "--keys", str(keys)]) == 2
    said = capsys.readouterr()
    assert "packed: " in said.err and "more than 100,000 letters" in said.err
    assert "WHOLE" not in said.out


def test_no_more_of_a_line_is_unpacked_than_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LONGEST", 1000)
    asked: list[int] = []

    class Packed(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            made = super().read1(size)
            asked.append(len(made))
            return made

    packed = Packed(b'{"record":"x"}\n' + b"a" * 1_000_000)
    with pytest.raises(ValueError, match="line 2 has more than 1,000 letters"):
        list(sources.lines("a", io.TextIOWrapper(packed, encoding="utf-8", newline="\n")))
    assert sum(asked) < 20_000


def test_the_verdict_says_what_would_know_of_lines_that_were_cut_off(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Right after a signature nothing in the lines shows it."""
    cut = max(n for n, line in enumerate(LINES[:-2]) if '"record":"head"' in line) + 1
    exported = tmp_path / "exported"
    exported.mkdir()
    (exported / "proxy").write_text("\n".join(LINES[:cut]))
    asked = ["verify", "--from", str(exported), "--keys", str(keys)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "1 chain without an end" in said and "give API Gateway's access log" in said and "TRAIL=" in said
    ids = [json.loads(line)["request_id"] for line in LINES if '"record":"inference"' in line]
    passed = [sample("access") | {"integration_status": "200", "status": "200", "request_id": id} for id in ids]
    (exported / "access").write_text("\n".join(json.dumps(line, separators=(",", ":")) for line in passed))
    assert main(asked) == 1
    assert "request_without_line" in capsys.readouterr().out


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = tmp_path / "gone"
    place = ["--from", str(tmp_path)]
    assert main(["confirm", "--request", str(gone), *place]) == 2
    assert capsys.readouterr().err == f"{gone} cannot be read: no such file or directory\n"
    assert main(["verify", "--keys", str(gone), *place]) == 2
    assert capsys.readouterr().err == f"{gone} cannot be read: no such file or directory\n"
