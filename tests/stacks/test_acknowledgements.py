"""Findings are fixed, or accepted on their resource with a reason; nothing is accepted that is not found."""

import re
from pathlib import Path

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from review.packs import APART
from review.waivers import Register
from stacks.audit import AuditStack
from tests.stacks.assembly import Assembly, Json, context
from tests.stacks.deployments import settings

#: Those of packs that a synthesis asks. Of the others' nothing is recorded on constructs.
WAIVERS = [waiver for waiver in Register.read().waivers if waiver.is_of_a_pack and waiver.pack not in APART]

#: What the waivers say that are for functions of teams' own.
OF_EXTENSIONS = "a team's own class has a function"
#: Resources of each stack, at least: an empty synthesis has no findings either.
FLOOR = {"Audit": 9, "Network": 44, "Guardrails": 4, "Team-atlas": 34, "Team-beacon": 28}


def suppressed(report: Json) -> list[Json]:
    return [violation for plugin in report["pluginReports"] for violation in plugin["suppressedViolations"]]


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "pictures", "archives"])
def test_what_is_accepted_is_what_is_found(fixture: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(fixture).read("validation-report.json")
    assert {plugin["pluginName"] for plugin in report["pluginReports"]} >= {"AwsSolutions"}
    assert not [violation for plugin in report["pluginReports"] for violation in plugin["violations"]]
    for violation in suppressed(report):
        covering = [w for w in WAIVERS if w.covers(violation["acknowledgedId"], violation["acknowledgedAt"])]
        assert len(covering) == 1, violation["acknowledgedId"]
        assert violation["reason"] == covering[0].explanation


def test_no_waiver_is_left_that_accepts_nothing_in_any_of_them(request: pytest.FixtureRequest) -> None:
    reports = [
        request.getfixturevalue(name).read("validation-report.json")
        for name in ("deployed", "pinned", "pictures", "archives")
    ]
    found = [(v["acknowledgedId"], v["acknowledgedAt"]) for report in reports for v in suppressed(report)]
    idle = [waiver for waiver in WAIVERS if not any(waiver.covers(*each) for each in found)]
    # Those of a function of a team's own are tried on the worked examples.
    assert not [waiver.rule.text for waiver in idle if waiver.only_where != OF_EXTENSIONS]


@pytest.mark.parametrize("fixture", ["deployed", "pictures", "archives"])
def test_each_acceptance_covers_its_own_resource_alone(fixture: str, request: pytest.FixtureRequest) -> None:
    for violation in suppressed(request.getfixturevalue(fixture).read("validation-report.json")):
        covered = [construct["constructPath"] for construct in violation["violatingConstructs"]]
        assert covered == [violation["acknowledgedAt"]]


@pytest.mark.parametrize("fixture", ["deployed", "pictures", "archives"])
def test_each_has_a_pack_and_a_reason(fixture: str, request: pytest.FixtureRequest) -> None:
    for violation in suppressed(request.getfixturevalue(fixture).read("validation-report.json")):
        assert re.match(r"(AwsSolutions|CloudFormation-Validate)::", violation["acknowledgedId"])
        assert len(violation["reason"].split()) >= 8


def test_a_finding_that_is_not_accepted_fails_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context=context())
    AuditStack(app, deployment=settings().deployment)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


@pytest.mark.parametrize("stack", FLOOR)
def test_a_stack_is_not_empty(stack: str, deployed: Assembly) -> None:
    assert len(deployed.templates[f"Cloister-{stack}"]["Resources"]) >= FLOOR[stack]
