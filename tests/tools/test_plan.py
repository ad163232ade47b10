"""`make plan TEAM=…` counts what the template holds, says who calls what, and computes from the prices there are."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import Deployment, Settings, load
from tests.clone import copy_settings
from tests.stacks.deployments import ARCHIVES, ARCHIVING, OPENED_ELSEWHERE
from tests.stacks.deployments import settings as deployed
from tests.synthesis import warmed
from tools import plan
from tools.idle_prices import IDLE

TEMPLATE = {
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key"},
        "One": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
        "Two": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Metrics": [{"Id": "m", "MetricStat": {}}, {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m)"}],
                "ThresholdMetricId": "band",
            },
        },
        "Function": {"Type": "AWS::Lambda::Function"},
        "Strange": {"Type": "AWS::Strange::Thing"},
    }
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(copy_settings(tmp_path))


def test_what_it_costs_is_what_the_prices_say(settings: Settings) -> None:
    found = plan.plan(settings, "beacon", TEMPLATE)
    assert found["resources"]["AWS::CloudWatch::Alarm"] == 2
    usd = found["usd"]
    # A band looks at three metrics: the metric, and its two edges.
    assert usd["idle"] == {"AWS::CloudWatch::Alarm": 0.40, "AWS::KMS::Key": 1.00}
    assert usd["idle_a_month"] == 1.40
    assert usd["metrics"] == 22
    assert usd["opened"] == []
    assert "22 metrics at the most, 6.60 USD a month" in plan.words(found)
    assert usd["idle_not_known"] == ["AWS::Strange::Thing"]
    (tokens,) = usd["a_million_tokens"]
    # E2B: 0.04 in and 0.08 out. Content, topics and PII: 0.40 for 1,000 units, of which a million tokens are 4,000.
    assert tokens["in"] == pytest.approx(0.04)
    assert tokens["out"] == pytest.approx(0.08)
    assert tokens["guarding"] == pytest.approx(1.60)
    assert tokens["out_guarded"] == pytest.approx(1.68)


def opened(settings: Settings, **more: Any) -> Any:
    """What a plan says is opened to team beacon: two buckets, and one queue of two that there are."""
    entries = [{"bucket": "one", "team": "beacon"}, {"bucket": "two", "team": "beacon"}]
    entries += [{"queue": "own", "team": "beacon"}, {"queue": "theirs", "team": "atlas"}]
    place = settings.deployment.model_dump(mode="json") | {"extensions": entries} | more
    deployment = Deployment.model_validate_json(json.dumps(place))
    found = plan.plan(Settings(deployment, settings.teams, settings.catalogue), "beacon", TEMPLATE)
    return [each["usd_a_month"] for each in found["usd"]["opened"]], plan.words(found)


def test_an_endpoint_that_is_opened_costs_its_zones_and_its_names(settings: Settings) -> None:
    # Two zones at 0.01 USD an hour; a hosted zone for each bucket, and one for SQS.
    usd, words = opened(settings)
    assert usd == [15.60, 15.10]
    assert "an endpoint in 2 zones and 2 private zones of names, 15.60 USD a month." in words


@pytest.mark.parametrize(("mode", "usd"), [("Existing", [15.60, 14.60]), ("Hub", [0, 0])])
def test_where_the_names_or_the_endpoints_are_others_they_cost_nothing(
    mode: str, usd: list[float], settings: Settings
) -> None:
    found, words = opened(settings, network=OPENED_ELSEWHERE[mode]["network"])
    assert found == usd
    assert ("the endpoint is the hub's" in words) is (mode == "Hub")


def test_what_is_not_known_is_said_and_not_counted(settings: Settings) -> None:
    elsewhere = settings.deployment.model_copy(update={"region": "us-west-2"})
    found = plan.plan(Settings(elsewhere, settings.teams, settings.catalogue), "atlas", TEMPLATE)
    assert {each["in_guarded"] for each in found["usd"]["a_million_tokens"]} == {None}
    assert "unknown" in plan.words(found)
    assert "Not in it, being of unknown price: AWS::Strange::Thing." in plan.words(found)


def test_the_command_reads_the_stack_that_would_be_deployed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    root = warmed(tmp_path_factory, tmp_path / "clone")
    remembered = (root / "build" / "templates.json").read_bytes()
    assert plan.main(["--team", "atlas", "--json"], root) == 0
    # Nothing was shown to CDK's check again: the template is the one that the CLI had made.
    assert (root / "build" / "templates.json").read_bytes() == remembered
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["callers"]["roles"] == ["atlas-developer"]
    assert found["resources"]["AWS::Lambda::Function"] == 2
    assert found["usd"]["idle_not_known"] == []
    assert set(found["resources"]) <= set(IDLE)
    assert "Who may call, with a short-lived bearer token: atlas-developer." in plan.words(found)


def test_a_team_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.main(["--team", "atlass"], copy_settings(tmp_path)) == 1
    assert "did you mean 'atlas'?" in capsys.readouterr().err


def test_a_team_whose_prompts_are_archived_hears_of_it_and_of_what_that_costs() -> None:
    made = {name: {"Type": f"AWS::S3::{name}"} for name in ("Bucket", "BucketPolicy")}
    found = plan.plan(deployed(ARCHIVES, ARCHIVING), "atlas", {"Resources": made})
    assert "PROMPTS AND ANSWERS ARE ARCHIVED, acknowledged by Ann Example/ Data Protection" in plan.words(found)
    assert found["usd"]["idle_not_known"] == []
    (opened,) = found["usd"]["opened"]
    # Three zones at 0.01 USD an hour, and a hosted zone for the bucket.
    assert (opened["service"], opened["usd_a_month"]) == ("s3", 22.40)
    assert plan.plan(deployed(ARCHIVES, ARCHIVING), "beacon", {"Resources": {}})["archived"] is None
