"""`make deploy TEAM=…` deploys that team alone, and the platform with it only where the team has a part in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from stacks.settings import Additions, Settings, SettingsError, load
from tests.clone import copy_settings
from tools import deploy


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of two teams."""
    return load(copy_settings(tmp_path))


def test_a_team_is_deployed_alone(settings: Settings) -> None:
    assert deploy.command(settings, "beacon", ["--force"]) == [
        *("deploy", "Cloister-Team-beacon", "--exclusively", "--context", "team=beacon", "--force")
    ]


def test_a_team_with_a_guardrail_of_its_own_is_deployed_with_what_makes_it(settings: Settings) -> None:
    guarded = settings.teams[0].model_copy(update={"guardrail": Additions(words=("Osprey",))})
    words = deploy.command(replace(settings, teams=(guarded, *settings.teams[1:])), "atlas")
    assert words[1:4] == ["Cloister-Guardrails", "Cloister-Network", "Cloister-Team-atlas"]


def test_a_team_that_is_not_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingsError, match="did you mean 'atlas'"):
        deploy.command(settings, "atlass")
    monkeypatch.setattr("os.execvpe", lambda *_: pytest.fail("it would be deployed"))
    assert deploy.run(["--team", "atlass"], {}, tmp_path) == 1
    assert "did you mean 'atlas'?" in capsys.readouterr().err


def test_without_credentials_nothing_is_synthesised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("os.execvpe", lambda *_: pytest.fail("it would be deployed"))
    assert deploy.run(["--team", "atlas"], {}, copy_settings(tmp_path)) == 1
    said = capsys.readouterr().err
    assert "aws sso login" in said and "make up" in said
