"""`python -m review decide`: one line for each case, whatever the file holds."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from review.commands.decide import of
from tests.review.iam.cases import ANN, OBJECT, SESSION, allow, deny
from tests.review.spoiling import spoiled

CASE: dict[str, Any] = {
    "request": {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, "context": {}},
    "identityPolicies": [allow()],
}


def printed(case: Any, folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    path = folder / "case.json"
    path.write_text(json.dumps(case))
    assert main(["decide", str(path), *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "allowed\n"),
        ({"identityPolicies": []}, "implicitly-denied\n"),
        ({"identityPolicies": [deny()]}, "explicitly-denied\n"),
        # A policy in every plain shape.
        ({"identityPolicies": allow()}, "allowed\n"),
        ({"identityPolicies": json.dumps(allow())}, "allowed\n"),
        ({"identityPolicies": [{"name": "mine", "policy": allow()}]}, "allowed\n"),
        ({"serviceControlPolicies": [{"orgIdentifier": "r-1", "policies": [allow("*")]}]}, "allowed\n"),
        ({"serviceControlPolicies": [{"name": "all", "policy": allow("*")}]}, "allowed\n"),
        ({"serviceControlPolicies": [[allow("*")], [{"name": "no", "policy": deny()}]]}, "explicitly-denied\n"),
        ({"resourcePolicy": None, "name": "a remark", "expected": "allowed"}, "allowed\n"),
        ({"surprise": 1}, "unsupported: the case has a field 'surprise', which is not known here\n"),
    ],
)
def test_a_case(changes: Any, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed({**CASE, **changes}, tmp_path, capsys) == expected


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"principal": {"type": "AWS", "arn": ANN}}, "allowed"),
        ({"resource": {"resource": OBJECT, "accountId": "444455556666"}}, "implicitly-denied"),
        ({"context": {"aws:MultiFactorAuthPresent": True, "aws:TagKeys": ["a", "b"], "aws:EpochTime": 1}}, "allowed"),
        ({"context": {"aws:TagKeys": {"a": "b"}}}, "unsupported: a context value is"),
        ({"principal": "somebody"}, "unsupported: 'somebody' is no principal"),
        ({"principal": ["a"]}, "unsupported: the request's principal is"),
        ({"action": "s3:*"}, "unsupported: the request's action is 's3:*'"),
        ({"action": "GetObject"}, "unsupported: the request's action is 'GetObject'"),
        ({"resource": 1}, "unsupported: the request's resource is 1"),
        ({"mode": "x"}, "unsupported: the request has a field 'mode'"),
    ],
)
def test_a_request(changes: Any, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {**CASE, "request": {**CASE["request"], **changes}}
    assert printed(case, tmp_path, capsys).startswith(start)


@pytest.mark.parametrize("case", [None, [], 1, "text", {}, {"request": None}, {"request": {}, "identityPolicies": [1]}])
def test_what_is_no_case_is_unsupported(case: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(case, tmp_path, capsys).startswith("unsupported: ")


def test_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**CASE, "identityPolicies": [{"name": "mine", "policy": deny(Sid="Never")}]}))
    assert main(["decide", "--why", str(path)]) == 0
    assert capsys.readouterr().err == "denied by identityPolicies mine, statement 1 (Never)\n"


def test_several_cases_and_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE))
    other = {**CASE, "request": {**CASE["request"], "principal": SESSION}, "identityPolicies": []}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(other)))
    assert main(["decide", str(path), "-"]) == 0
    assert capsys.readouterr().out == f"{path}: allowed\n-: implicitly-denied\n"


def test_a_file_that_is_none_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.json").write_text("{")
    assert main(["decide", str(tmp_path / "none.json")]) == 2
    assert main(["decide", str(tmp_path / "broken.json")]) == 2
    assert "cannot be read as JSON" in capsys.readouterr().err


def test_whatever_stands_in_a_case_there_is_a_verdict_and_no_crash() -> None:
    policy_ = allow(
        "s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Null": {"aws:SourceVpce": "false"}}
    )
    levels = [{"orgIdentifier": "r-1", "policies": [{"name": "all", "policy": allow("*")}]}]
    case = {
        **CASE,
        "identityPolicies": [policy_],
        "resourcePolicy": deny(Principal="*"),
        "serviceControlPolicies": levels,
    }
    words = {str(of(spoiled(case, number))).partition(":")[0] for number in range(600)}
    assert words <= {"allowed", "implicitly-denied", "explicitly-denied", "unsupported"}
    assert len(words) > 2
