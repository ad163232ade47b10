"""A team's class is found by its place; what is wrong with it is said with its file and line."""

from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from stacks.extension_files import ExtensionError, find
from stacks.kit import Kit, assemble
from tests.stacks.assembly import Json, context, packages, resources
from tests.stacks.deployments import settings

HEAD = "from stacks.extension import TeamExtension\n\n\n"
GOOD = (
    HEAD
    + "class Atlas(TeamExtension):\n"
    + "    def extend(self) -> None:\n"
    + "        alarm = self.metrics.metric_throttles()\n"
    + "        alarm.create_alarm(self, 'Throttled', threshold=5, evaluation_periods=3)\n"
)


def alarms(kit: Kit, team: str) -> dict[str, Json]:
    """The alarms of a team's stack."""
    return resources(Template.from_stack(kit.teams[team]).to_json(), "AWS::CloudWatch::Alarm")


def written(folder: Path, text: str, name: str = "atlas.py") -> Path:
    (folder / name).write_text(text)
    return folder


def test_a_class_beside_the_teams_file_adds_to_its_stack_alone(tmp_path: Path) -> None:
    written(tmp_path, "raise RuntimeError('not read')\n", "_shared.py")
    extensions = find(written(tmp_path, GOOD), "teams", ["atlas", "beacon"])
    assert list(extensions) == ["atlas"]
    built = packages(tmp_path / "packages")
    kit = assemble(App(context=context()), settings(), built, extensions=extensions)
    plain = assemble(App(context=context()), settings(), built)
    added = [
        [alarm for name, alarm in alarms(kit, team).items() if name not in alarms(plain, team)]
        for team in ("atlas", "beacon")
    ]
    assert [len(each) for each in added] == [1, 0]
    assert {"Name": "team", "Value": "atlas"} in added[0][0]["Dimensions"]


def test_no_extension_is_none(tmp_path: Path) -> None:
    assert find(tmp_path, "teams", ["atlas"]) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "teams/atlas.py: found no class; needs one class"),
        ("class Atlas:\n    pass\n", "teams/atlas.py:1: found Atlas, which is no TeamExtension"),
        (GOOD + "\n\nclass Other(TeamExtension):\n    pass\n", "teams/atlas.py:10: found 2 of them, Atlas, Other"),
        ("\ndef broken(:\n", "teams/atlas.py:2: it is no Python"),
        ("\nimport nowhere_to_be_found\n", "teams/atlas.py:2: ModuleNotFoundError: No module named"),
        ("import sys\n\nsys.exit(0)\n", "teams/atlas.py:3: SystemExit: 0"),
        ("x = 1\ny = x / 0\n", "teams/atlas.py:2: ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_is_no_extension(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ExtensionError) as found:
        find(written(tmp_path, text), "teams", ["atlas"])
    assert str(found.value).startswith(said)


def test_a_file_of_no_team(tmp_path: Path) -> None:
    with pytest.raises(ExtensionError, match=r"^teams/legal\.py: there is no legal\.yaml beside it"):
        find(written(tmp_path, GOOD, "legal.py"), "teams", ["atlas"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("        self.metrics.metric_speed()\n", "teams/atlas.py:6: AttributeError"),
        ("        self.nothing\n", "teams/atlas.py:6: AttributeError"),
        # A refusal of CDK's own, in its other process.
        (
            "        Alarm(self, 'A', evaluation_periods=0, threshold=1, metric=self.metrics.metric_throttles())\n"
            "        Alarm(self, 'A', evaluation_periods=1, threshold=1, metric=self.metrics.metric_throttles())\n",
            "teams/atlas.py:7: RuntimeError",
        ),
        # A token is not to be had by a right in IAM.
        ("        self.api.calling()\n", "teams/atlas.py:6: ValueError: the team's callers bring tokens"),
        (None, "teams/atlas.py:4: NotImplementedError: Atlas adds nothing"),
    ],
)
def test_an_error_in_it_names_file_and_line(body: str | None, said: str, tmp_path: Path) -> None:
    head = f"from aws_cdk.aws_cloudwatch import Alarm\n{HEAD.strip()}\n\nclass Atlas(TeamExtension):\n"
    text = head + ("    pass\n" if body is None else f"    def extend(self) -> None:\n{body}")
    extensions = find(written(tmp_path, text), "teams", ["atlas"])
    with pytest.raises(ExtensionError) as found:
        assemble(App(context=context()), settings(), packages(tmp_path / "p"), extensions=extensions, only=["atlas"])
    assert str(found.value).startswith(said), str(found.value)
