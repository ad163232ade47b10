"""CDK's own check of templates sees each shape of them once, and nothing that is wrong passes it."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, CfnResource, Validations

from stacks.base import CloisterStack
from stacks.kit import assemble
from stacks.template_check import TemplateCheck
from tests.stacks.assembly import Assembly, context, packages
from tests.stacks.deployments import settings
from tests.stacks.test_growth import teams

#: A property that CloudFormation's schema of the type does not have.
WRONG = {"LogGroupClassy": "STANDARD"}


def checked(folder: Path, memory: Path, count: int, wrong: str | None = None) -> list[str]:
    """Synthesise so many teams, with a mistake in one of them, and return what was shown to the engine."""
    app = App(outdir=str(folder / "out"), context=context())
    kit = assemble(app, teams(count), packages(folder))
    if wrong is not None:
        CfnResource(kit.teams[wrong], "Wrong", type="AWS::Logs::LogGroup", properties=WRONG)
    check = TemplateCheck(kit.stacks, memory)
    Validations.of(app).add_plugins(check)
    try:
        app.synth()
    except RuntimeError as error:
        raise AssertionError(str(error), check.checked) from None
    return check.checked


def test_each_shape_is_checked_once_and_a_mistake_in_one_team_is_found(tmp_path: Path) -> None:
    memory = tmp_path / "memory" / "templates.json"
    assert checked(tmp_path / "first", memory, 4) == [
        *("Cloister-Audit", "Cloister-Guardrails", "Cloister-Network", "Cloister-Team-team0", "Cloister-Team-team1")
    ]
    assert checked(tmp_path / "second", memory, 6) == []
    known = json.loads(memory.read_text())
    with pytest.raises(AssertionError) as found:
        checked(tmp_path / "third", memory, 4, wrong="team3")
    assert found.value.args[1] == ["Cloister-Team-team3"]
    assert json.loads(memory.read_text()) == known, "what is wrong is not remembered, so it is looked for anew"
    report = json.loads((tmp_path / "third" / "out" / "validation-report.json").read_text())
    (plugin,) = (each for each in report["pluginReports"] if each["pluginName"] == "CloudFormation Validate")
    assert "LogGroupClassy" in json.dumps(plugin["violations"])
    assert "Cloister-Team-team3" in json.dumps(plugin["violations"])


def test_what_was_found_by_another_release_is_found_again(tmp_path: Path) -> None:
    memory = tmp_path / "templates.json"
    check = TemplateCheck([], memory)
    for text in ('{"engine": "0.1.0", "shapes": {"x": []}}', "{", "[]", '{"engine": 1}'):
        memory.write_text(text)
        assert check._read() == {}


def test_a_warning_is_said_again_of_a_template_that_is_remembered(pinned: Assembly, tmp_path: Path) -> None:
    found = []
    for folder in ("first", "second"):
        app = App(outdir=str(tmp_path / folder), context=context())
        stacks: list[CloisterStack] = assemble(app, settings(), packages(tmp_path / f"{folder}p"), only=[]).stacks
        check = TemplateCheck(stacks, tmp_path / "templates.json")
        Validations.of(app).add_plugins(check)
        app.synth()
        found.append((check.checked, json.loads((tmp_path / folder / "validation-report.json").read_text())))
    (first, one), (second, other) = found
    assert first
    assert not second
    rules = [[v["ruleName"] for plugin in each["pluginReports"] for v in plugin["violations"]] for each in (one, other)]
    assert rules[0] == rules[1]
    assert "W3010" in rules[0]
