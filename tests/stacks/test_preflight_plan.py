"""What a preflight looks for has the names that the templates give it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from preflight.looks.bootstrap import OLDEST
from preflight.plan import Plan
from tests.stacks.assembly import Assembly
from tests.stacks.deployments import ACCOUNT, MODES, PINNED, settings


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(settings(), ACCOUNT)


def _resources(assembly: Assembly, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack, template in assembly.templates.items():
        for resource in template["Resources"].values():
            if resource["Type"] == kind:
                yield stack, resource["Properties"]


def test_stacks_functions_and_names_are_the_templates(deployed: Assembly, plan: Plan) -> None:
    assert sorted(plan.stacks) == sorted(deployed.templates)
    named = {p["FunctionName"]: stack for stack, p in _resources(deployed, "AWS::Lambda::Function")}
    assert plan.functions == named
    assert plan.aliases == {p["AliasName"]: stack for stack, p in _resources(deployed, "AWS::KMS::Alias")}
    assert [p["Name"] for _, p in _resources(deployed, "AWS::Bedrock::Guardrail")] == [plan.guardrail]
    assert [p["TrailName"] for _, p in _resources(deployed, "AWS::CloudTrail::Trail")] == [plan.trail]
    assert [p["PolicyName"] for _, p in _resources(deployed, "AWS::Logs::ResourcePolicy")] == [plan.query_policy]
    firewalls = [p for _, p in _resources(deployed, "AWS::Route53Resolver::FirewallRuleGroupAssociation")]
    assert [(p["Name"], p["Priority"]) for p in firewalls] == [(plan.name, 101)]


def test_what_the_settings_leave_out_is_not_looked_for(pinned: Assembly) -> None:
    trails = [p["TrailName"] for _, p in _resources(pinned, "AWS::CloudTrail::Trail")]
    assert trails == [Plan(settings(PINNED), ACCOUNT).trail], "whatever it records, there is one"
    assert Plan(settings(MODES["Elsewhere"]), ACCOUNT).query_policy is None


def test_the_endpoints_are_the_templates(deployed: Assembly, modes: Assembly) -> None:
    for assembly, name, plan in (
        (deployed, "Cloister", Plan(settings(), ACCOUNT)),
        *((modes, name, Plan(settings({"name": name, **MODES[name]}), ACCOUNT)) for name in MODES),
    ):
        template = assembly.templates[f"{name}-Network"]
        made = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::EC2::VPCEndpoint"]
        interfaces = sorted(p["ServiceName"] for p in made if p["VpcEndpointType"] == "Interface")
        assert sorted(plan.service_name(service.name) for service in plan.endpoints) == interfaces, name


def test_the_oldest_bootstrap_is_the_one_that_the_templates_take(deployed: Assembly) -> None:
    refused = {
        version
        for template in deployed.templates.values()
        for version in template["Rules"]["CheckBootstrapVersion"]["Assertions"][0]["Assert"]["Fn::Not"][0][
            "Fn::Contains"
        ][0]
    }
    assert refused == {str(version) for version in range(1, OLDEST)}
