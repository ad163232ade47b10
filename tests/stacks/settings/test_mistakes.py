"""Every mistake is reported, all at once: the place, what was found, and what would be right."""

from pathlib import Path

import pytest

from stacks.settings import SettingsError, load
from tests.stacks.settings import slips_in_deployment, slips_in_images, slips_in_network, slips_in_teams
from tests.stacks.settings.slips_in_deployment import DEPLOYMENT
from tests.stacks.settings.slips_in_teams import ATLAS, BEACON, CATALOGUE

CASES = {
    **slips_in_deployment.CASES,
    **slips_in_network.CASES,
    **slips_in_images.CASES,
    **slips_in_teams.CASES,
}


def report(root: Path) -> list[str]:
    """What is reported of the settings, a line a mistake."""
    with pytest.raises(SettingsError) as caught:
        load(root)
    head, *lines = str(caught.value).split("\n")
    assert head == f"{len(lines)} mistake{'' if len(lines) == 1 else 's'} in the settings:"
    return [line.strip() for line in lines]


def change(root: Path, file: str, old: str, new: str) -> None:
    """Change a file's text, which must have the old text once."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_explained_once(root: Path, name: str) -> None:
    file, old, new, expected = CASES[name]
    change(root, file, old, new)
    assert report(root) == [expected]


def test_all_mistakes_of_all_files_are_reported_at_once(root: Path) -> None:
    change(root, DEPLOYMENT, "retention_days: 400", "retention_days: 401")
    change(root, DEPLOYMENT, "zones: [us-east-1a, us-east-1b]", "zones: [us-east-2a]")
    change(root, ATLAS, "access: token", "acess: token")
    change(root, ATLAS, "google.gemma-4-31b,", "google.gemma-5,")
    change(root, BEACON, "name: beacon", "name: bacon")
    change(root, CATALOGUE, "required: high ", "required: utmost ")
    places = [line.split(": ")[0] + " " + line.split(": ")[1] for line in report(root)]
    assert places == [
        "cloister.yaml:9 network.zones",
        "cloister.yaml:9 network.zones[0]",
        "cloister.yaml:12 audit.retention_days",
        "stacks/catalogue.yaml:69 models.google.gemma-4-e2b.reasoning.required",
        "teams/atlas.yaml:1 access",
        "teams/atlas.yaml:5 acess",
        "teams/atlas.yaml:8 models[0]",
        "teams/beacon.yaml:2 name",
    ]


def test_a_model_must_be_offered_in_the_region(root: Path) -> None:
    text = (root / CATALOGUE).read_text()
    head, tail = text.split("  google.gemma-4-e2b:\n    <<: *gemma\n")
    (root / CATALOGUE).write_text(
        head + "  google.gemma-4-e2b:\n    <<: *gemma\n    regions: [us-west-2, us-east-1, us-gov-west-1]\n" + tail
    )
    change(root, DEPLOYMENT, "region: us-east-1\n", "region: us-east-2\n")
    change(root, DEPLOYMENT, "zones: [us-east-1a, us-east-1b]", "zones: [us-east-2a, us-east-2b]")
    assert report(root) == [
        "teams/beacon.yaml:8: models[0]: google.gemma-4-e2b is not offered in us-east-2; "
        "it is in us-west-2, us-east-1, us-gov-west-1"
    ]


def test_a_tier_must_be_offered_by_each_model(root: Path) -> None:
    text = (root / CATALOGUE).read_text()
    (root / CATALOGUE).write_text(
        text.replace("    name: Gemma 4 26B-A4B\n", "    name: Gemma 4 26B-A4B\n    tiers: [default, priority]\n")
    )
    assert [line for line in report(root) if line.startswith("teams/")] == [
        "teams/atlas.yaml:9: tiers[1]: google.gemma-4-26b-a4b is not offered in tier 'flex'; it is in default, priority"
    ]


def test_a_token_team_has_callers_of_the_deployments_account_alone(root: Path) -> None:
    change(root, DEPLOYMENT, '# account: "123456789012"', 'account: "123456789012"')
    foreign = "role: arn:aws:iam::210987654321:role/dev"
    change(root, BEACON, "role: beacon-service", foreign)  # signed requests may come from another account
    change(root, ATLAS, "role: atlas-developer", foreign)
    assert report(root) == [
        "teams/atlas.yaml:7: callers[0].role: found a role of account '210987654321'; "
        "a token proves roles of this account, 123456789012, alone"
    ]


def test_a_token_team_names_no_arn_while_the_account_is_open(root: Path) -> None:
    change(root, ATLAS, "role: atlas-developer", "role: arn:aws:iam::210987654321:role/dev")
    assert report(root) == [
        "teams/atlas.yaml:7: callers[0].role: found a role of account '210987654321'; a token proves roles of the "
        "deployment's account alone: set 'account' in cloister.yaml, or name the role without an ARN"
    ]


def test_an_administrator_of_another_account(root: Path) -> None:
    change(
        root,
        DEPLOYMENT,
        '# account: "123456789012"',
        'account: "123456789012"\nadministrators: [platform, "arn:aws:iam::210987654321:role/dev"] #',
    )
    assert report(root) == [
        "cloister.yaml:5: administrators[1]: found a role of account '210987654321'; "
        "keys are managed from their own account, 123456789012"
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert report(tmp_path) == [
        "cloister.yaml: no such file; create it",
        "stacks/catalogue.yaml: no such file; create it",
        "teams: cannot be read (No such file or directory); make a folder with a file per team",
    ]


def test_a_file_that_cannot_be_read(root: Path) -> None:
    (root / ATLAS).unlink()
    (root / ATLAS).mkdir()
    assert report(root) == ["teams/atlas.yaml: cannot be read (Is a directory); make it a readable file"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "teams/comet.yaml:1: the file is empty; write 'key: value' lines"),
        (b"- name: comet\n", "teams/comet.yaml:1: found no mapping at the top; write 'key: value' lines"),
        (b"name: comet\nowner: \xff\n", "teams/comet.yaml:2: not UTF-8; save the file in UTF-8"),
        (
            b"name: " + b"[" * 5000 + b"]" * 5000,
            "teams/comet.yaml:1: nested too deeply; a few levels are all that is needed",
        ),
        (b"#" * 1_000_001, "teams/comet.yaml: larger than 1,000,000 bytes; make it smaller"),
        (
            b"name: comet\n---\nname: comet\n",
            "teams/comet.yaml:2: not YAML: but found another document; a file is one document: take '---' away",
        ),
    ],
)
def test_a_file_that_is_no_settings_file(root: Path, data: bytes, expected: str) -> None:
    (root / "teams" / "comet.yaml").write_bytes(data)
    assert report(root) == [expected]


def test_a_team_file_with_another_ending_is_not_passed_over(root: Path) -> None:
    (root / ATLAS).rename(root / "teams" / "atlas.yml")
    assert report(root) == ["teams/atlas.yml: found the ending '.yml'; needs '.yaml'"]


def test_an_alias_that_holds_itself(root: Path) -> None:
    change(root, CATALOGUE, "tiers: [default, priority, flex]", "tiers: &loop [default, *loop]")
    assert "stacks/catalogue.yaml:1: an alias refers to what it stands in; write the value out" in report(root)


def test_a_secret_pasted_into_a_file_is_not_repeated(root: Path) -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    change(root, ATLAS, "contact: atlas@example.com", f"contact: {secret}")
    assert secret not in "\n".join(report(root))
