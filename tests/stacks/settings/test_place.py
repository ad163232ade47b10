"""Several deployments in one clone: which is meant, and that none takes another's names."""

import shutil
from pathlib import Path

import pytest

from stacks.settings import SettingsError, load
from tests.clone import DEPLOYMENT


def deployment(root: Path, name: str, **changes: str) -> Path:
    """Make a folder of settings beside the others."""
    folder = root / "deployments" / changes.get("folder", name)
    shutil.copytree(DEPLOYMENT, folder)
    file = folder / "cloister.yaml"
    head = "".join(f"{key}: {value}\n" for key, value in changes.items() if key not in ("folder", "region"))
    lines = [line for line in file.read_text().splitlines(keepends=True) if not line.startswith("name:")]
    text = f"name: {name}\n{head}{''.join(lines)}"
    file.write_text(text.replace("us-east-1", changes.get("region", "us-east-1")))
    return folder


def report(root: Path, folder: str) -> list[str]:
    """Return the mistakes of a folder's settings."""
    with pytest.raises(SettingsError) as refused:
        load(root, folder)
    return [str(mistake) for mistake in refused.value.mistakes]


def test_a_folder_is_chosen_by_the_environment_and_by_cdks_context_alike(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment(root, "dev", beside="[prod]")
    deployment(root, "prod", beside="[dev]")
    assert load(root).deployment.name == "Cloister"
    assert load(root, "deployments/prod").deployment.name == "prod"
    monkeypatch.setenv("SETTINGS", "deployments/dev/")
    assert load(root).deployment.name == "dev"
    assert load(root, "deployments/dev").deployment.beside == ("prod",)
    assert report(root, "deployments/prod") == [
        "SETTINGS: found 'deployments/dev' in the environment and 'deployments/prod' in CDK's context; name one of them"
    ]


def test_a_folder_that_is_not_there_is_said(root: Path) -> None:
    assert report(root, "deployments/test")[0] == "deployments/test/cloister.yaml: no such file; create it"


@pytest.mark.parametrize(("mine", "other"), [("dev", "Dev"), ("dev", "dev-2"), ("dev-2", "dev"), ("Dev-2", "dev")])
def test_a_name_that_takes_anothers_resources_is_refused(root: Path, mine: str, other: str) -> None:
    deployment(root, mine, folder="one")
    deployment(root, other, folder="two")
    assert report(root, "deployments/one") == [
        f"deployments/one/cloister.yaml:1: name: found '{mine}', and deployments/two/cloister.yaml of the same account "
        f"and Region has '{other}'; needs a name that is not the other's, nor the other's with a hyphen and more "
        "after it"
    ]


def test_names_in_other_places_are_nobodys_business(root: Path) -> None:
    deployment(root, "dev", account='"111122223333"')
    deployment(root, "Dev", folder="west", region="us-west-2")
    deployment(root, "DEV", folder="elsewhere", account='"444455556666"')
    assert load(root, "deployments/dev").deployment.name == "dev"


def test_a_deployment_that_is_not_named_beside_another_would_stop_it(root: Path) -> None:
    deployment(root, "dev")
    deployment(root, "prod")
    (found,) = report(root, "deployments/dev")
    assert found.startswith("deployments/dev/cloister.yaml:1: beside: does not name 'prod'")
    assert found.endswith("add prod: without it the policies for the organisation deny the other deployment's proxies")


def test_a_team_in_a_folder_below_is_refused_and_not_passed_over(root: Path) -> None:
    (root / "teams" / "more" / "here").mkdir(parents=True)
    for name in ("comet.yaml", "here/dart.yml", "notes.txt"):
        shutil.copy(root / "teams" / "beacon.yaml", root / "teams" / "more" / name)
    assert report(root, "") == [
        "teams/more/comet.yaml: found a file in a folder below; needs to be in teams/ itself: one team, one file",
        "teams/more/here/dart.yml: found a file in a folder below; needs to be in teams/ itself: one team, one file",
    ]
