"""Who has not signed in is told what to type; who is refused for another reason is told that reason alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ProfileNotFound

from tests.clone import copy_settings
from tools import cost, deploy, plan, project, retire, versions
from tools.signing_in import ADVICE, not_asked


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, and nobody who has signed in."""
    for name in (*botocore.session.Session().session_var_map.values(),):
        for variable in name[1] if isinstance(name[1], list) else [name[1]]:
            if variable:
                monkeypatch.delenv(variable, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return copy_settings(tmp_path)


@pytest.mark.parametrize(
    ("command", "arguments", "local"),
    [
        (cost.main, [], True),
        (versions.main, [], True),
        (retire.main, ["--team", "gone"], False),
        (project.main, ["--team", "atlas"], False),
    ],
)
def test_without_credentials_each_command_says_what_to_type(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    command: Callable[[Sequence[str], Path], int],
    arguments: Sequence[str],
    local: bool,
) -> None:
    assert command(arguments, root) == 1
    said = capsys.readouterr().err
    assert ADVICE in said and ("LOCAL=1" in said) is local


def _refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "advised"),
    [
        (ProfileNotFound(profile="gone"), True),
        (_refused("ExpiredToken"), True),
        (_refused("AccessDenied"), False),
        (EndpointConnectionError(endpoint_url="https://sts.example", error="no"), False),
    ],
)
def test_signing_in_is_advised_where_it_helps(error: ProfileNotFound | ClientError, advised: bool) -> None:
    assert (ADVICE in not_asked(error)) is advised


def test_the_kit_of_this_machine_needs_nobody_who_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOISTER_LOCAL", "/somewhere")
    assert ADVICE not in not_asked(_refused("ExpiredToken"))


def test_a_team_that_is_not_there_is_said_in_a_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "no team 'nobody' in teams/: it is one of atlas, beacon\n"
    assert plan.main(["--team", "nobody"], root) == 1
    assert capsys.readouterr() == ("", said)
    assert deploy.run(["--team", "nobody", "--"], {}, root) == 1
    assert capsys.readouterr() == ("", said)
    for path in (root / "teams").glob("*.yaml"):
        path.unlink()
    assert plan.main(["--team", "nobody"], root) == 1
    assert capsys.readouterr() == ("", "no team 'nobody' in teams/: no team has a file yet (README.md, For a team)\n")
