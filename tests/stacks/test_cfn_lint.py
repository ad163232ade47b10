"""CloudFormation's own schemas, for the Region that each deployment is for, find nothing wrong with its templates.

cfn-lint carries the registry's schemas of every Region in its package, so its pin is theirs: those of 20 October 2026.
"""

from pathlib import Path

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from tests.stacks.assembly import Assembly
from tests.stacks.deployments import IMAGES_ELSEWHERE

#: What is not looked at, each with the reason.
IGNORED = {
    "W3005": "CDK writes DependsOn for a role and its policies together, of which the role is referred to as well.",
    "W3010": "The zones are the settings'; CDK reports the same of its own, where it is acknowledged with its reason.",
}
REGIONS = {"pinned": "eu-central-1"}


def found(assembly: Assembly, region: str, *patterns: str) -> list[str]:
    """Return what cfn-lint finds in the templates of an assembly, in a Region."""
    paths = [str(path) for pattern in patterns for path in sorted(assembly.folder.glob(f"{pattern}.template.json"))]
    assert len(paths) >= len(patterns)
    config = ConfigMixIn([], templates=paths, regions=[region], ignore_checks=sorted(IGNORED))
    return [f"{Path(match.filename).name}: {match}" for match in Runner(config).run()]


@pytest.mark.parametrize("fixture", ["deployed", "pinned"])
def test_the_schemas_find_nothing_wrong(fixture: str, request: pytest.FixtureRequest) -> None:
    assert found(request.getfixturevalue(fixture), REGIONS.get(fixture, "us-east-1"), "*") == []


def test_the_schemas_find_nothing_wrong_in_any_mode_of_the_network(modes: Assembly) -> None:
    assert found(modes, "us-east-1", "*-Network", "Hub-Guardrails", "Wide-Guardrails") == []


@pytest.mark.parametrize("name", ["Gov", "Development"])
def test_the_schemas_find_nothing_wrong_in_other_regions_and_with_images(
    pictures_elsewhere: Assembly, name: str
) -> None:
    region = str(IMAGES_ELSEWHERE[name].get("region", "us-east-1"))
    assert found(pictures_elsewhere, region, f"{name}-*") == []


def test_a_type_that_a_region_lacks_is_found(deployed: Assembly) -> None:
    """The check can fail: with this Region's schemas, what eu-central-1 lacks is an error there."""
    wrong = found(deployed, "eu-central-1", "Cloister-Team-atlas")
    assert wrong
    assert all("AWS::BedrockMantle::Project" in each for each in wrong)
