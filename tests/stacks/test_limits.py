"""The limits of an account are known at synthesis, and what is counted is what the templates hold."""

import pytest

from stacks.limits import LIMITS, Limit, warnings
from tests.stacks.assembly import Assembly, resources
from tests.stacks.deployments import settings
from tests.stacks.test_growth import teams

TYPES = {
    "private REST APIs": "AWS::ApiGateway::RestApi",
    "guardrails": "AWS::Bedrock::Guardrail",
    "roles": "AWS::IAM::Role",
    "managed policies": "AWS::IAM::ManagedPolicy",
}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.of)
def test_a_team_takes_as_many_as_its_template_holds(limit: Limit, deployed: Assembly) -> None:
    both = settings().teams
    for team in both:
        template = deployed.templates[f"Cloister-Team-{team.name}"]
        held = 1 if limit.of == "stacks" else len(resources(template, TYPES[limit.of]))
        assert limit.taken([team]) - limit.taken([]) == held


def test_it_is_said_at_eighty_per_cent_and_not_before() -> None:
    assert list(warnings(teams(479).teams)) == []
    (said,) = warnings(teams(480).teams)
    assert said.startswith("480 teams take 480 of the 600 private REST APIs")


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.of)
def test_the_platform_takes_as_many_as_its_templates_hold(limit: Limit, deployed: Assembly) -> None:
    platform = {name: template for name, template in deployed.templates.items() if "-Team-" not in name}
    held = len(platform) if limit.of == "stacks" else sum(len(resources(t, TYPES[limit.of])) for t in platform.values())
    assert limit.taken([]) == held
