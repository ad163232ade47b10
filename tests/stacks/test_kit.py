"""A team is one file, or one class more."""

from pathlib import Path

import pytest
from aws_cdk import App, CfnOutput
from aws_cdk.assertions import Template

from stacks.extension import TeamExtension
from stacks.kit import assemble
from tests.stacks.assembly import context, packages
from tests.stacks.deployments import settings


class Extended(TeamExtension):
    """A team that tells one thing more."""

    def extend(self) -> None:
        CfnOutput(self, "Alarmed", value=self.metrics.metric_errors("proxy").metric_name).override_logical_id("Alarmed")


def test_a_team_file_is_a_stack(tmp_path: Path) -> None:
    kit = assemble(App(context=context()), settings(), packages(tmp_path))
    assert {name: stack.stack_name for name, stack in kit.teams.items()} == {
        "atlas": "Cloister-Team-atlas",
        "beacon": "Cloister-Team-beacon",
    }


@pytest.mark.parametrize("team", ["atlas", "beacon"])
def test_a_class_extends_one_team_and_no_other(team: str, tmp_path: Path) -> None:
    kit = assemble(App(context=context()), settings(), packages(tmp_path), extensions={team: Extended})
    for name, stack in kit.teams.items():
        assert ("Alarmed" in Template.from_stack(stack).to_json()["Outputs"]) is (name == team)
