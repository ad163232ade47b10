"""What a command of the local kit says to type next: it mends what is wrong, and no more than that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import __main__ as local
from local import buckets, command, retention
from local.failure import LocalError
from local.here import called
from local.processes import Process
from local.state import State
from local.terminal import Step, Terminal
from local.typed import place


@pytest.mark.parametrize(
    ("typed", "advice"),
    [("status", "make up"), ("alarms", "make up"), ("up", "make down up"), ("down", "rm -rf '{}' && make down")],
)
def test_a_state_that_is_not_what_it_should_be_is_made_anew_by_the_least_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, advice: str
) -> None:
    directory = tmp_path / "a path"
    (directory / "logs").mkdir(parents=True)
    monkeypatch.setenv("CLOISTER_LOCAL", str(directory))
    monkeypatch.setattr("local.shell.leave", lambda: None)
    monkeypatch.setattr("local.shell.end_with_make", lambda: None)

    def fail(*_: Any) -> int:
        raise OSError("what no command expects")

    monkeypatch.setattr(local, "_run", fail)
    assert local.main([typed]) == 1
    said = capsys.readouterr().out
    assert "what no command expects" in said and place(directory) in said
    assert said.splitlines()[-1] == f"next: {advice.format(directory)}"


def test_the_log_of_a_command_that_failed_is_named_as_it_can_be_typed(tmp_path: Path) -> None:
    state = State(tmp_path / "a path").make()
    with pytest.raises(LocalError) as failed:
        command.run(state, "synth", ["false"], {"PATH": "/usr/bin:/bin"})
    assert failed.value.reason.endswith(f"the whole log is in '{state.logs}/synth.log'")


def test_projects_that_began_anew_are_given_their_mode_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the embedded AWS's, and the stand-ins may have gone on."""
    state = State(tmp_path).make()
    runs = {name: Process(name, pid, "1", "", 1) for pid, name in enumerate(("aws", "bedrock"), 1)}
    monkeypatch.setattr("local.processes.find", lambda _state, name: runs[name])
    ran: list[str] = []
    monkeypatch.setattr("local.command.run", lambda _state, name, *_, **__: ran.append(name))
    here: Any = type("Here", (), {"settings": type("S", (), {"teams": (1,)}), "state": state, "administrator": {}})
    step = Step(Terminal(1), "")
    for name in ("", "", "aws", "bedrock"):
        if name:
            runs[name] = replace(runs[name], started="2")
        retention.ensure(here, "digest", step)
    assert len(ran) == 3, "once at first, and once for each that began anew"


class _Caller:
    def __init__(self, *, own: bool) -> None:
        self.is_extension = own


class _Team:
    def __init__(self, name: str, *, own: bool = False) -> None:
        self.name, self.callers = name, (_Caller(own=own),)


@pytest.mark.parametrize(
    ("asked", "reason", "advice"),
    [
        ("new", "team 'new' has no callers here yet; those that have are atlas", "make up"),
        ("own", "functions of its own class alone", "make start TEAM=own FUNCTION=…"),
        ("gone", "no team 'gone' has callers here; those that have are atlas", "make status"),
    ],
)
def test_a_team_that_nobody_calls_here_is_told_why_and_what_to_type(
    tmp_path: Path, asked: str, reason: str, advice: str
) -> None:
    state = State(tmp_path).make()
    state.write("callers.json", [{"team": "atlas", "arn": "arn:aws:iam::0:role/a", "access_key": "A"}])
    teams = (_Team("atlas"), _Team("new"), _Team("own", own=True))
    deployed: Any = type("Here", (), {"state": state, "settings": type("S", (), {"teams": teams})})
    assert called(deployed, "atlas").name == "atlas"
    with pytest.raises(LocalError) as wrong:
        called(deployed, asked)
    assert reason in wrong.value.reason and wrong.value.next_command == advice


def test_buckets_that_the_settings_name_are_made_once_where_the_deployment_is() -> None:
    asked: list[dict[str, Any]] = []

    class S3:
        def list_buckets(self) -> Any:
            return {"Buckets": [{"Name": "there"}, *({"Name": made["Bucket"]} for made in asked)]}

        def create_bucket(self, **words: Any) -> None:
            asked.append(words)

    class Place:
        extensions = tuple(type("E", (), {"bucket": name}) for name in ("there", "minutes", None))
        images = (type("I", (), {"bucket": "pictures"}), type("I", (), {"bucket": "minutes"}))

    aws = type("Aws", (), {"client": lambda _self, _name: S3()})()
    deployed: Any = type(
        "Here", (), {"settings": type("S", (), {"deployment": Place}), "aws": aws, "region": "eu-west-1"}
    )
    assert buckets.ensure(deployed) == "; minutes and pictures made, empty, as the settings name them"
    here = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert asked == [{"Bucket": "minutes", **here}, {"Bucket": "pictures", **here}]
    assert buckets.ensure(deployed) == ""
