"""A team's outputs are published as parameters, so that its own code depends on names and not on this kit."""

import pytest

from tests.stacks.assembly import Assembly, resources


@pytest.mark.parametrize(("team", "more"), [("atlas", set()), ("beacon", {"caller-policy"})])
def test_what_is_published_is_what_the_outputs_say(team: str, more: set[str], deployed: Assembly) -> None:
    template = deployed.templates[f"Cloister-Team-{team}"]
    found = {each["Name"]: each["Value"] for each in resources(template, "AWS::SSM::Parameter").values()}
    prefix = f"/cloister/Cloister/{team}/"
    assert found.keys() == {prefix + name for name in {"api-id", "base-url", "access", "models", "endpoint", *more}}
    outputs = template["Outputs"]
    for name, output in (("api-id", "ApiId"), ("base-url", "BaseUrl"), ("access", "Access"), ("models", "Models")):
        assert found[prefix + name] == outputs[output]["Value"]
    if more:
        assert found[f"{prefix}caller-policy"] == outputs["CallerPolicy"]["Value"]


def test_none_is_secret_and_none_costs(deployed: Assembly) -> None:
    for team in ("atlas", "beacon"):
        for each in resources(deployed.templates[f"Cloister-Team-{team}"], "AWS::SSM::Parameter").values():
            assert each["Type"] == "String"
            assert each.get("Tier", "Standard") == "Standard"
