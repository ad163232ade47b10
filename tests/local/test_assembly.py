"""Guarantees: what an assembly's functions are is said, and a Python to compile for that is new here counts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lambdas import interpreters
from lambdas.package import COMPILED, UNCOMPILED, notice
from local import __main__ as command_line
from local import assembly, cdk, command, shell, verdict
from local.failure import LocalError
from local.state import State


def write(folder: Path, **kinds: str) -> None:
    for stack, kind in kinds.items():
        resources = {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Description": f"Cloister proxy; package {kind}"},
            },
        }
        (folder / f"{stack}.template.json").write_text(json.dumps({"Resources": resources}))


def test_the_kind_of_its_packages_is_read_from_the_functions(tmp_path: Path) -> None:
    write(tmp_path, one=COMPILED, two=COMPILED)
    assert assembly.package(tmp_path) == notice(COMPILED)
    write(tmp_path, two=UNCOMPILED)
    assert assembly.package(tmp_path) == notice(UNCOMPILED)


def test_it_is_made_anew_once_there_is_a_python_to_compile_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path).make()
    made: list[str | None] = []

    def synth(_state: State, output: Path, _line: cdk.Line, *, next_command: str) -> None:
        assert next_command == "make up, once that is mended"
        made.append(interpreters.find())
        output.mkdir(exist_ok=True)
        (output / "manifest.json").write_text(str(interpreters.find()))

    monkeypatch.setattr(cdk, "synth", synth)
    monkeypatch.setattr(assembly, "_sources", list)
    for python in (None, None, "/opt/python3.13", "/opt/python3.13"):
        monkeypatch.setattr(interpreters, "find", lambda python=python: python)
        assembly.current(state, lambda _line: None)
    assert made == [None, "/opt/python3.13"]


@pytest.mark.parametrize("damage", [b"\x00\xff{", b"", b"[]", b'{"inputs": 1}'])
def test_what_is_remembered_of_it_and_damaged_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    state = State(tmp_path).make()
    made: list[str] = []

    def synth(_state: State, output: Path, _line: cdk.Line, *, next_command: str) -> None:
        assert next_command == "make up, once that is mended"
        made.append("assembly")
        output.mkdir(exist_ok=True)
        (output / "manifest.json").write_text("{}")

    def check(_state: State, _name: str, words: list[str], *_: object, line: cdk.Line, **more: object) -> None:
        made.append("review")
        out = Path(words[words.index("--out") + 1])
        out.mkdir(exist_ok=True)
        (out / "report.html").write_text("<h1>")
        line("review: pass")

    monkeypatch.setattr(cdk, "synth", synth)
    monkeypatch.setattr(command, "run", check)
    monkeypatch.setattr(assembly, "_sources", list)

    def up() -> None:
        digest, _ = assembly.current(state, lambda _line: None)
        assert verdict.reached(state, digest).startswith("review: pass: ")

    up()
    up()
    assert made == ["assembly", "review"], "what is there is not made again"
    for name in ("synth.json", "review.json"):
        assert state.read(name)
        (state.directory / name).write_bytes(damage)
    up()
    assert made[2:] == ["assembly", "review"]


def test_a_synth_is_handed_the_python_that_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path)
    monkeypatch.setattr(interpreters, "find", lambda: "/opt/versions/3.13/bin/python3.13")
    assert cdk.offline(state)["PATH"].split(os.pathsep)[-1] == "/opt/versions/3.13/bin"
    monkeypatch.setattr(interpreters, "find", lambda: None)
    assert cdk.offline(state)["PATH"].split(os.pathsep)[-1] == "/bin"


@pytest.mark.parametrize("fails", [False, True])
def test_make_synth_writes_where_the_cdk_would_and_says_what_it_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], fails: bool
) -> None:
    asked: list[Path] = []

    def synth(_state: State, output: Path, _line: cdk.Line, opinions: Path | None) -> None:
        asked.append(output)
        if fails:
            raise LocalError("cloister.yaml:3: region: 'moon' is no Region", next_command="make synth")
        write(output, Network=COMPILED)
        stack = {"type": "aws:cloudformation:stack", "properties": {"stackName": "Cloister-Network"}}
        (output / "manifest.json").write_text(json.dumps({"artifacts": {"Cloister-Network": stack}}))

    (tmp_path / "cdk.out").mkdir()
    monkeypatch.setattr(command_line, "ROOT", tmp_path)
    monkeypatch.setattr(State, "find", lambda: State(tmp_path / ".local"))
    monkeypatch.setattr(cdk, "synth", synth)
    monkeypatch.setattr(shell, "leave", lambda: None)
    monkeypatch.setattr(shell, "end_with_make", lambda: None)
    monkeypatch.setattr(os, "umask", lambda _mask: 0)
    assert command_line.main(["synth"]) == int(fails)
    assert asked == [tmp_path / "cdk.out"]
    said = "".join(capsys.readouterr())
    assert ("'moon' is no Region" if fails else "Cloister-Network") in said
    assert (notice(COMPILED) in said) is not fails
