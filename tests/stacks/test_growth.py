"""Synthesis grows in step with the teams, and a team more changes no other stack."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from jsii._kernel.providers.process import _NodeProcess

from review.packs import APART
from review.waivers import Register
from stacks.acknowledgements import acknowledge
from stacks.kit import assemble
from stacks.settings import Settings
from tests.stacks.assembly import Assembly, context, packages
from tests.stacks.deployments import settings

#: Messages to CDK that a team may cost at most: each is a wait for another process, and together they were most of it.
MOST = 251


def teams(count: int) -> Settings:
    """The settings of a deployment with so many teams, of both ways in by turns."""
    few = settings()
    named = [
        few.teams[number % 2].model_copy(update={"name": f"team{number}", "owner": f"Owner {number}"})
        for number in range(count)
    ]
    return replace(few, teams=tuple(named))


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every message that goes to CDK's process from here on."""
    sent: list[object] = []
    send: Callable[..., Any] = _NodeProcess.send

    def counted(self: _NodeProcess, request: object, response: object) -> Any:
        sent.append(request)
        return send(self, request, response)

    monkeypatch.setattr(_NodeProcess, "send", counted)
    return sent


def test_a_team_costs_as_many_messages_as_the_one_before_and_few(messages: list[object], tmp_path: Path) -> None:
    waivers = [waiver for waiver in Register.read().waivers if waiver.is_of_a_pack and waiver.pack not in APART]
    counts = []
    packed = packages(tmp_path)
    assemble(App(context=context()), teams(2), packed)  # what all teams have alike is asked for once, here
    for number in (2, 4, 8):
        before = len(messages)
        kit = assemble(App(context=context()), teams(number), packed)
        acknowledge(kit.stacks, waivers)
        counts.append(len(messages) - before)
    first, second = (counts[1] - counts[0]) / 2, (counts[2] - counts[1]) / 4
    assert first == second
    assert second <= MOST


def test_one_team_alone_costs_the_same_however_many_there_are(messages: list[object], tmp_path: Path) -> None:
    packed = packages(tmp_path)
    counts = []
    for number in (2, 2, 100):
        before = len(messages)
        kit = assemble(App(context=context()), teams(number), packed, only=["team1"])
        assert [stack.team.name for stack in kit.teams.values()] == ["team1"]
        counts.append(len(messages) - before)
    assert counts[1] == counts[2]


def test_a_team_more_than_a_hundred_changes_no_other_stack(tmp_path: Path) -> None:
    made = []
    # The stacks of the others are left out here: what is made of one team is not given the others.
    for count, only in ((100, ["team0", "team1"]), (101, ["team0", "team1", "team100"])):
        app = App(outdir=str(tmp_path / str(count)), context=context())
        assemble(app, teams(count), packages(tmp_path / f"packages{count}"), only=only)
        app.synth()
        made.append(Assembly(tmp_path / str(count)).templates)
    fewer, more = made
    assert more.keys() - fewer.keys() == {"Cloister-Team-team100"}
    assert [name for name in fewer if fewer[name] != more[name]] == []


def test_the_first_team_changes_no_other_stack(deployed: Assembly, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path / "out"), context=context())
    assemble(app, settings(), packages(tmp_path), only=[])
    app.synth()
    alone = Assembly(tmp_path / "out").templates
    assert alone.keys() == {"Cloister-Audit", "Cloister-Guardrails", "Cloister-Network"}
    assert [name for name in alone if alone[name] != deployed.templates[name]] == []
