"""``python -m preflight``: what it prints for people and for programs, and what it ends with."""

from __future__ import annotations

import io
import json
from pathlib import Path

import boto3
import pytest
from rich.console import Console

from preflight import __main__ as command
from preflight import rights, show
from preflight.looks import INFERENCE, LOOKS, identity
from review.finding import Finding, Status
from tests.clone import copy_settings
from tests.preflight.recorded import ACCOUNT, Refused, account, plan

_WRONG = Finding("c", Status.STOPS, "a [b] \x1b", "found", "why so", "do this", "https://docs.aws.amazon.com/")


def test_the_json_is_all_that_is_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = command._look(account()[0], plan(), command._options(["--json"]))
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert status == 0 and document["exit"] == 0
    assert (document["deployment"], document["account"], document["region"]) == ("Cloister", ACCOUNT, "us-east-1")
    assert {finding["status"] for finding in document["findings"]} == {"ok", "warning"}
    assert all(set(finding) == set(_WRONG.as_json()) for finding in document["findings"])
    assert f"{len(LOOKS)} looks" in err and "Zones of every endpoint service: ok" in err


def test_a_model_is_asked_for_a_token_unless_it_is_told_not_to(capsys: pytest.CaptureFixture[str]) -> None:
    asked, _, endpoint = account()
    command._look(asked, plan(), command._options(["--json", "--without-inference"]))
    assert [request.method for request in endpoint.requests if request.method == "POST"] == []
    assert INFERENCE.code not in {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    asked, _, endpoint = account()
    command._look(asked, plan(), command._options(["--json"]))
    bodies = [json.loads(request.body) for request in endpoint.requests if request.method == "POST"]
    assert len(bodies) == 3 and all(body["store"] is False and body["max_output_tokens"] == 16 for body in bodies)


def test_what_stops_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    asked, _, _ = account({"ssm.GetParameter": {"Parameter": {"Value": "1"}}})
    assert command._look(asked, plan(), command._options(["--without-inference"])) == 1
    out = capsys.readouterr().out
    assert out.rstrip().endswith("1 stops the deployment")
    assert "do    cdk bootstrap aws://111122223333/us-east-1\n" in out


def test_settings_of_a_folder_are_named_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = copy_settings(tmp_path)
    (clone / "deployments").mkdir()
    (clone / "deployments" / "prod").mkdir()
    for name in ("cloister.yaml", "teams"):
        (clone / name).rename(clone / "deployments" / "prod" / name)
    monkeypatch.setenv("SETTINGS", "deployments/prod")
    monkeypatch.setattr(command, "Account", lambda *_: account({"iam.GetRole": Refused("NoSuchEntity", 404)})[0])
    assert command.main(["--json", "--without-inference"], clone) == 1
    cures = [finding["cure"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    assert any("deployments/prod/teams/beacon.yaml" in cure for cure in cures)


def test_wrong_settings_end_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([], tmp_path) == 2
    assert "cloister.yaml" in capsys.readouterr().err


def test_no_credentials_end_with_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    boto3.DEFAULT_SESSION = None
    assert command.main([], copy_settings(tmp_path)) == 2
    assert "nothing was looked at" in capsys.readouterr().err


def test_the_policy_is_printed_for_the_partition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--policy"], copy_settings(tmp_path)) == 0
    assert capsys.readouterr().out == rights.document("aws")


def test_others_words_act_on_no_terminal() -> None:
    out = io.StringIO()
    show.table(Console(file=out, force_terminal=False), [_WRONG])
    assert "a [b] \\x1b" in out.getvalue() and "\x1b" not in out.getvalue()


def test_a_long_command_is_not_broken() -> None:
    out = io.StringIO()
    long = "aws " + "x" * 300
    finding = Finding("c", Status.WARNING, "where", "found", "why", long, "https://docs.aws.amazon.com/")
    show.table(Console(file=out, force_terminal=False), [finding])
    assert f"  do    {long}\n" in out.getvalue()


def test_a_person_sees_what_is_waited_for() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=200)
    with show.Progress(console, 2) as progress:
        progress.begun(identity.LOOK)
        progress.begun(INFERENCE)
        progress.done(identity.LOOK, [])
        assert "waiting for One token of each model" in str(progress._status.status)
