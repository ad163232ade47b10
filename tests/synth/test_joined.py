"""Two assemblies become one when what both hold is the same, and never otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from review.packs import REPORT
from synth.joined import JoinError, add_engine, join

Json = Any
FLAGS = {"type": "cdk:feature-flag-report"}


def stack(name: str) -> Json:
    """A stack in a manifest."""
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}


def finding(plugin: str, *stacks: str, kind: str = "violations") -> Json:
    """What a plugin found in some stacks."""
    places = [{"constructPath": f"{name}/Resource"} for name in stacks]
    return {
        **{"pluginName": plugin, "conclusion": "failure" if kind == "violations" else "success"},
        **{"violations": [], "suppressedViolations": []},
        kind: [{"ruleName": "rule", "violatingConstructs": places}],
    }


def assembly(folder: Path, *stacks: str, cli: str = "2.1.0", plugins: tuple[Json, ...] = (), **more: Json) -> Path:
    """An assembly with some stacks, whose templates say their names."""
    folder.mkdir()
    artifacts = {name: stack(name) for name in stacks} | {"flags": FLAGS}
    manifest = {"version": "55.0.0", "artifacts": artifacts, "minimumCliVersion": cli, **more}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name in stacks:
        (folder / f"{name}.template.json").write_text(name)
    report = {"version": "55.0.0", "title": "Validation Report", "pluginReports": list(plugins)}
    (folder / REPORT).write_text(json.dumps(report))
    return folder


def read(path: Path) -> Json:
    return json.loads(path.read_text())


def test_stacks_come_in_order_and_what_is_no_stacks_comes_last(tmp_path: Path) -> None:
    one = assembly(tmp_path / "one", "Platform", "A", "B", cli="2.9.0")
    other = assembly(tmp_path / "other", "Platform", "C", cli="2.10.0")
    (other / "asset.1").mkdir()
    (one / "C.template.json").write_text("of a synthesis before")
    join(one, other)
    manifest = read(one / "manifest.json")
    assert list(manifest["artifacts"]) == ["Platform", "A", "B", "C", "flags"]
    assert manifest["minimumCliVersion"] == "2.10.0"
    assert (one / "C.template.json").read_text() == "C"
    assert (one / "asset.1").is_dir()


@pytest.mark.parametrize("what", ["template", "artifact", "version"])
def test_what_differs_in_both_is_not_joined(what: str, tmp_path: Path) -> None:
    more: dict[str, Json] = {"version": "54.0.0"} if what == "version" else {}
    one, other = assembly(tmp_path / "one", "Platform", "A"), assembly(tmp_path / "other", "Platform", "B", **more)
    if what == "template":
        (other / "Platform.template.json").write_text("another")
    if what == "artifact":
        manifest = read(other / "manifest.json")
        manifest["artifacts"]["Platform"]["properties"]["terminationProtection"] = True
        (other / "manifest.json").write_text(json.dumps(manifest))
    before = (one / "manifest.json").read_bytes()
    said = r"versions 55\.0\.0 and 54\.0\.0" if what == "version" else "Platform came out differently in two processes"
    with pytest.raises(JoinError, match=said):
        join(one, other)
    assert (one / "manifest.json").read_bytes() == before


def test_a_report_says_of_the_platform_once_and_fails_if_either_does(tmp_path: Path) -> None:
    accepted = finding("Nag", "Platform", "A", kind="suppressedViolations")
    one = assembly(tmp_path / "one", "Platform", "A", plugins=(accepted,))
    other = assembly(
        tmp_path / "other", "Platform", "B", plugins=(finding("Nag", "Platform", "B"), finding("New", "B"))
    )
    join(one, other)
    nag, new = read(one / REPORT)["pluginReports"]
    assert nag["conclusion"] == new["conclusion"] == "failure"
    assert nag["suppressedViolations"] == accepted["suppressedViolations"]
    places = [v["violatingConstructs"] for plugin in (nag, new) for v in plugin["violations"]]
    assert places == [[{"constructPath": "B/Resource"}]] * 2


def test_of_the_third_only_what_the_engine_was_shown_is_said(tmp_path: Path) -> None:
    one = assembly(tmp_path / "one", "Platform", "A")
    plugins = (finding("CloudFormation Validate", "Platform", "A"), finding("Nag", "A"))
    add_engine(one, assembly(tmp_path / "shown", "Platform", "A", plugins=plugins), ["A"])
    (engine,) = read(one / REPORT)["pluginReports"]
    assert engine["conclusion"] == "failure"
    assert [v["violatingConstructs"] for v in engine["violations"]] == [[{"constructPath": "A/Resource"}]]


def test_without_a_report_nothing_was_checked(tmp_path: Path) -> None:
    one, other = assembly(tmp_path / "one", "A"), assembly(tmp_path / "other", "B")
    (other / REPORT).unlink()
    with pytest.raises(JoinError, match=r"other holds no validation-report\.json: CDK's checks did not run"):
        join(one, other)
