"""Findings are fixed, or accepted on their resource with a reason; nothing is accepted that is not found."""

import re
from pathlib import Path

import pytest
from aws_cdk import App, Stack, Validations
from cdk_nag import AwsSolutionsChecks

from stacks import acknowledgements
from stacks.acknowledgements import Acknowledged, acknowledge
from stacks.audit import AuditStack
from tests.stacks.assembly import Assembly, Json, context
from tests.stacks.deployments import ACCOUNT, PINNED, PLACES, settings

#: Resources of each stack, at least: an empty synthesis has no findings either.
FLOOR = {"Audit": 9, "Network": 44, "Guardrails": 4, "Team-atlas": 34, "Team-beacon": 28}


def register(assembly: str) -> set[tuple[str, str]]:
    """Every accepted finding of a deployment, as (id, path)."""
    pinned = assembly == "pinned"
    region, account = ("eu-central-1", ACCOUNT) if pinned else ("us-east-1", None)
    deployment = settings(PINNED if pinned else {}).deployment
    stacks = {
        "Audit": acknowledgements.audit(deployment.audit),
        "Network": acknowledgements.network(deployment.network),
        "Team-atlas": acknowledgements.team(
            with_authorizer=True,
            partition="aws",
            region=region,
            account=account,
            images=PLACES["images"] if assembly == "pictures" else (),
        ),
        "Team-beacon": acknowledgements.team(with_authorizer=False, partition="aws", region=region, account=account),
    }
    return {(a.rule, f"Cloister-{stack}/{a.path}") for stack, found in stacks.items() for a in found}


def suppressed(report: Json) -> list[Json]:
    return [violation for plugin in report["pluginReports"] for violation in plugin["suppressedViolations"]]


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "pictures"])
def test_what_is_accepted_is_what_is_found(fixture: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(fixture).read("validation-report.json")
    assert {plugin["pluginName"] for plugin in report["pluginReports"]} >= {"AwsSolutions"}
    assert not [violation for plugin in report["pluginReports"] for violation in plugin["violations"]]
    found = {(violation["acknowledgedId"], violation["acknowledgedAt"]) for violation in suppressed(report)}
    assert found == register(fixture), "an accepted finding that nobody finds is stale"


@pytest.mark.parametrize("fixture", ["deployed", "pictures"])
def test_each_acceptance_covers_its_own_resource_alone(fixture: str, request: pytest.FixtureRequest) -> None:
    for violation in suppressed(request.getfixturevalue(fixture).read("validation-report.json")):
        covered = [construct["constructPath"] for construct in violation["violatingConstructs"]]
        assert covered == [violation["acknowledgedAt"]]


@pytest.mark.parametrize("fixture", ["deployed", "pictures"])
def test_each_has_a_pack_and_a_reason(fixture: str, request: pytest.FixtureRequest) -> None:
    for violation in suppressed(request.getfixturevalue(fixture).read("validation-report.json")):
        assert re.match(r"(AwsSolutions|CloudFormation-Validate)::", violation["acknowledgedId"])
        assert len(violation["reason"].split()) >= 8


@pytest.mark.parametrize("left_out", range(len(acknowledgements.AUDIT)))
def test_a_finding_that_is_not_accepted_fails_synthesis(
    left_out: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = [a for position, a in enumerate(acknowledgements.AUDIT) if position != left_out]
    monkeypatch.setattr(acknowledgements, "AUDIT", kept)
    app = App(outdir=str(tmp_path), context=context())
    AuditStack(app, deployment=settings().deployment)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_a_finding_accepted_on_no_resource_is_an_error() -> None:
    stack = Stack(App(), "Empty")
    with pytest.raises(ValueError, match="AwsSolutions::AwsSolutions-S1 is acknowledged on Empty/Gone/Bucket"):
        acknowledge(stack, [Acknowledged("Gone/Bucket", "AwsSolutions::AwsSolutions-S1", "because")])


@pytest.mark.parametrize("stack", FLOOR)
def test_a_stack_is_not_empty(stack: str, deployed: Assembly) -> None:
    assert len(deployed.templates[f"Cloister-{stack}"]["Resources"]) >= FLOOR[stack]
