"""What a company demands of all that is made: its tags, its names, its key."""

from pathlib import Path

import pytest

from stacks.settings import SettingsError, load
from tests.clone import copy_settings
from tests.stacks.assembly import Assembly, Json, resources
from tests.stacks.deployments import MODES

COMPANY = MODES["Elsewhere"]["company"]


def tags(properties: Json) -> dict[str, str] | None:
    """A resource's tags, as either form has them; None of one that has none."""
    written = properties.get("Tags")
    if isinstance(written, dict):
        return written
    return None if written is None else {tag["Key"]: tag["Value"] for tag in written}


def test_everything_that_is_tagged_carries_what_the_company_demands(modes: Assembly, deployed: Assembly) -> None:
    seen = 0
    for name, template in modes.templates.items():
        for id, resource in template["Resources"].items() if name.startswith("Elsewhere-") else ():
            if (found := tags(resource.get("Properties", {}))) is not None:
                seen += 1
                assert COMPANY["tags"].items() <= found.items(), f"{name}/{id}"
                assert set(COMPANY["mandatory_tags"]) <= set(found), f"{name}/{id}"
    # What can be tagged is tagged by the kit anyway: nothing was left out for having no tags.
    assert seen >= 20
    assert not [t for t in deployed.templates.values() for r in t["Resources"].values() if "cost-center" in str(r)]


def test_every_log_group_is_under_the_companys_key_and_none_is_made(modes: Assembly) -> None:
    groups = 0
    for name, template in modes.templates.items():
        if name.startswith("Elsewhere-"):
            for group in resources(template, "AWS::Logs::LogGroup").values():
                groups += 1
                assert group["KmsKeyId"] == COMPANY["logs_key"]
    assert groups >= 3
    audit = modes.templates["Elsewhere-Audit"]
    assert audit["Outputs"]["CompanyLogsKey"]["Value"] == COMPANY["logs_key"]
    assert not [id for id in resources(audit, "AWS::KMS::Key") if id.startswith("Logs")]


def test_no_role_has_a_name_that_does_not_come_from_its_stack(modes: Assembly, deployed: Assembly) -> None:
    for assembly in (modes, deployed):
        for template in assembly.templates.values():
            assert not [id for id, role in resources(template, "AWS::IAM::Role").items() if "RoleName" in role]


@pytest.mark.parametrize(
    ("company", "team", "said"),
    [
        ("{mandatory_tags: [cost-center]}", "", "found 'cost-center', which the platform's resources would lack"),
        ("{role_prefix: acme-}", "", "name: found 'Cloister', and CloudFormation names roles after it; needs 'acme-'"),
        ("{tags: {team: other}}", "", "found team; leave out what the kit sets itself"),
        ("{tags: {'aws:x': y}}", "", "not 'aws:' first"),
        ("{logs_key: alias/logs}", "", "needs the ARN of a key"),
        ("{tags: {cost-center: '1'}}", "tags: {owner: me}\n", "found owner; leave out what the kit sets itself"),
    ],
)
def test_what_cannot_be_kept_is_said(company: str, team: str, said: str, tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    for path, more in ((folder / "cloister.yaml", f"company: {company}\n"), (folder / "teams/atlas.yaml", team)):
        path.write_text(path.read_text() + more)
    with pytest.raises(SettingsError) as found:
        load(folder)
    assert said in str(found.value)


def test_a_team_has_values_of_its_own(tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    path = folder / "teams/atlas.yaml"
    path.write_text(path.read_text() + "tags: {cost-center: '4712'}\n")
    atlas = next(team for team in load(folder).teams if team.name == "atlas")
    assert dict(atlas.tags) == {"cost-center": "4712"}
