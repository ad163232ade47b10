"""`make deploy TEAM=…` deploys that team alone, and the platform with it only where the team has a part in it."""

from pathlib import Path

import pytest

from stacks.settings import Additions, SettingsError, load
from tests.clone import ROOT
from tools import deploy


def test_a_team_is_deployed_alone() -> None:
    assert deploy.command(load(ROOT), "beacon", ["--force"]) == [
        *("deploy", "Cloister-Team-beacon", "--exclusively", "--context", "team=beacon", "--force")
    ]


def test_a_team_with_a_guardrail_of_its_own_is_deployed_with_what_makes_it() -> None:
    settings = load(ROOT)
    first, *others = settings.teams
    guarded = first.model_copy(update={"guardrail": Additions(words=("Osprey",))})
    changed = type(settings)(settings.deployment, (guarded, *others), settings.catalogue)
    stacks = deploy.command(changed, first.name)[1:4]
    assert stacks == ["Cloister-Guardrails", "Cloister-Network", f"Cloister-Team-{first.name}"]


def test_a_team_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingsError, match="did you mean 'atlas'"):
        deploy.command(load(ROOT), "atlass")
    assert deploy.run(["--team", "atlass"], {}, Path(ROOT)) == 1
    assert "found 'atlass'" in capsys.readouterr().err
