"""Text stays in the Region, unless the settings say by name where else it may be read; then the outputs say it too."""

import json
import re

import pytest

from stacks.settings.guardrail import GEOGRAPHIES
from tests.stacks.assembly import Assembly, Json, one, resources, role_statements
from tests.stacks.deployments import settings
from tests.stacks.test_endpoint_policies import policy
from tests.stacks.test_network import ACCOUNT, arn

PROFILE = arn("bedrock", "guardrail-profile/us.guardrail.v1:0")
GUARDRAIL = "AWS::Bedrock::Guardrail"


@pytest.mark.parametrize("fixture", ["deployed", "pinned"])
def test_text_stays_in_the_region_unless_asked(fixture: str, request: pytest.FixtureRequest) -> None:
    for name, template in request.getfixturevalue(fixture).templates.items():
        text = json.dumps(template)
        assert "guardrail-profile" not in text, name
        assert "STANDARD" not in text, name
        assert "inference-profile" not in text, name
    guardrails = request.getfixturevalue(fixture).templates["Cloister-Guardrails"]
    assert resources(guardrails, GUARDRAIL)
    for guardrail in resources(guardrails, GUARDRAIL).values():
        assert "CrossRegionConfig" not in guardrail
        assert guardrail["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "CLASSIC"}
        assert guardrail["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "CLASSIC"}
    assert guardrails["Outputs"]["Residency"]["Value"].startswith("in-Region: ")


def elsewhere(template: str) -> str:
    """A template without the only output that is to name another Region: where changes of roles are seen."""
    return re.sub(r'"ChangesOfRoles": \{.*?\}', "", template)


def test_no_template_names_another_region(
    deployed: Assembly, pinned: Assembly, modes: Assembly, pictures: Assembly
) -> None:
    here = [(assembly, "us-east-1") for assembly in (deployed, modes, pictures)]
    for assembly, region in (*here, (pinned, "eu-central-1")):
        for name, template in assembly.templates.items():
            text = elsewhere(json.dumps(template))
            assert region in text or name.endswith("-Audit"), name
            others = {"us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1"} - {region}
            assert not [other for other in others if other in text], name


@pytest.fixture
def standard(modes: Assembly) -> Json:
    """Template of the guardrail of the tier that reads text in other Regions."""
    return modes.templates["Wide-Guardrails"]


def test_the_standard_tier_is_on_every_policy_with_the_geographys_profile(standard: Json) -> None:
    guardrail = one(standard, GUARDRAIL)
    assert guardrail["CrossRegionConfig"] == {"GuardrailProfileArn": PROFILE}
    assert guardrail["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "STANDARD"}
    assert guardrail["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "STANDARD"}


def test_the_outputs_repeat_what_was_acknowledged(standard: Json) -> None:
    said = standard["Outputs"]["Residency"]["Value"]
    assert said.startswith("CROSS-REGION: ")
    assert "'us'" in said
    assert "acknowledge_cross_region: us" in said


def test_the_profile_passes_the_endpoint_and_the_role_only_then(modes: Assembly, network: Json, iam_team: Json) -> None:
    (wide,) = policy(modes.templates["Wide-Network"], "bedrock-runtime")
    assert wide["Resource"][1:] == [PROFILE]
    apply = role_statements(modes.templates["Wide-Team-beacon"], "ProxyRole")["Allow bedrock:ApplyGuardrail"]
    assert apply["Resource"][1:] == [PROFILE]
    (narrow,) = policy(network, "bedrock-runtime")
    assert isinstance(narrow["Resource"], dict)
    assert isinstance(role_statements(iam_team, "ProxyRole")["Allow bedrock:ApplyGuardrail"]["Resource"], dict)
    assert PROFILE["Fn::Join"][1][1] == ACCOUNT


def test_a_tier_that_changes_makes_a_new_version(standard: Json, guardrails: Json) -> None:
    def version(template: Json) -> str:
        return str(one(template, "AWS::Bedrock::GuardrailVersion")["Description"])

    assert version(standard) != version(guardrails)


def test_every_region_of_the_catalogue_has_a_geography() -> None:
    assert set(GEOGRAPHIES) == {region for model in settings().catalogue.models.values() for region in model.regions}
