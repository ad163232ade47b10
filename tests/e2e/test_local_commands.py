"""Commands for an account, with `LOCAL=1`: at the kit of this machine, with what a person types next."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.clone import local_command
from tests.e2e.kit import Kit


def local(kit: Kit, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = local_command(kit.state.directory.parent)
    command["args"] = [*command["args"][:-1], module, *words]
    return subprocess.run(**command, capture_output=True, text=True, check=False, timeout=300)


def test_the_projects_of_this_machine_have_the_mode_none(quiet: Kit) -> None:
    done = local(quiet, "local.account", "retention")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.partition(": ")[0] for line in said] == ["atlas", "beacon"]
    assert all(line.endswith("has the mode 'none' already") for line in said)


def test_what_is_to_be_typed_next_is_for_this_machine_too(kit: Kit) -> None:
    with kit.told(retention="default"):
        done = local(kit, "local.account", "retention", "--team", "atlas")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == (
        "nothing was changed; to change it: make retention LOCAL=1 TEAM=atlas APPLY=1"
    )


def test_versions_of_this_machines_guardrail_are_looked_at(quiet: Kit) -> None:
    done = local(quiet, "local.account", "versions")
    # A function that was updated minutes ago may still answer with its former settings.
    assert "guardrail " in done.stdout or "was updated at" in done.stderr, done.stderr
    assert done.returncode == (0 if done.stdout else 1)


def test_a_token_alone_is_on_standard_output_and_opens_its_teams_api(quiet: Kit) -> None:
    done = local(quiet, "local.token", "--team", "atlas")
    assert done.returncode == 0, done.stderr
    with quiet.openai("atlas", done.stdout.strip()) as client:
        assert [model.id for model in client.models.list()]


@pytest.mark.parametrize(
    ("module", "team", "reason", "advice"),
    [
        ("local.token", "beacon", "has 'access: iam'", "make relay TEAM=beacon LOCAL=1"),
        (
            "local.token",
            "nobody",
            "no team 'nobody' has callers here; those that have are atlas, beacon",
            "make status",
        ),
        (
            "local.relay",
            "nobody",
            "no team 'nobody' has callers here; those that have are atlas, beacon",
            "make status",
        ),
    ],
)
def test_a_team_that_has_no_token_is_told_what_to_type(
    quiet: Kit, module: str, team: str, reason: str, advice: str
) -> None:
    done = local(quiet, module, "--team", team)
    said = done.stdout + done.stderr
    assert done.returncode == 2 and reason in said and f"next: {advice}" in said, said


def test_damaged_ports_are_read_from_what_runs(quiet: Kit) -> None:
    place: Path = quiet.state.directory / "ports.json"
    before = place.read_text()
    place.write_text("{")
    try:
        done = local(quiet, "local", "status")
        assert done.returncode == 0, done.stdout + done.stderr
        assert {name: quiet.ports[name] for name in ("aws", "bedrock", "door")}.items() <= quiet.ports.items()
    finally:
        place.write_text(before)
