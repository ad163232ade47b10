"""The worked examples are what a team copies: their settings load, and the review has nothing against what they add."""

import datetime
import json
import shutil
from pathlib import Path

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from review.plugin import Review
from review.rules.catalogue import by_id
from review.waivers import Register
from stacks.acknowledgements import acknowledge
from stacks.extension_files import find
from stacks.kit import assemble
from stacks.settings import Settings, SettingsError, load
from stacks.unchanged import Unchanged, without_extensions
from tests.clone import ROOT, copy_settings
from tests.stacks.assembly import Assembly, context, packages, resources
from tests.stacks.test_acknowledgements import OF_EXTENSIONS, WAIVERS, suppressed

EXAMPLES = ROOT / "teams" / "examples"
#: What the examples' files say that ``cloister.yaml`` needs.
OPENED = """\
extensions:
  - {bucket: acme-minutes, team: summariser}
  - {queue: acme-questions, team: answers}
  - {queue: acme-answers, team: answers}
"""


def settings(folder: Path) -> Settings:
    """The settings of a deployment whose teams are the examples."""
    copy_settings(folder)
    deployment = folder / "cloister.yaml"
    deployment.write_text(deployment.read_text() + OPENED)
    shutil.rmtree(folder / "teams")
    shutil.copytree(EXAMPLES, folder / "teams", ignore=shutil.ignore_patterns("__pycache__"))
    return load(folder)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The examples, synthesised with everything that stops a synthesis."""
    folder = tmp_path_factory.mktemp("examples")
    whole = settings(folder)
    names = [team.name for team in whole.teams]
    app = App(outdir=str(folder / "cdk.out"), context=context(), builtin_cloud_formation_validation=False)
    packed = packages(folder / "packages")
    extensions = find(folder / "teams", "teams/examples", names)
    assert sorted(extensions) == sorted(names)
    kit = assemble(app, whole, packed, extensions=extensions)
    register = Register.read(rules=by_id())
    acknowledge(kit.stacks, [waiver for waiver in register.waivers if waiver.is_of_a_pack])
    review = Review(register, datetime.date(2026, 11, 28))
    unchanged = Unchanged(without_extensions(whole, packed, context(), names), dict.fromkeys(names, "x"), "Cloister")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), review, unchanged)
    app.synth()
    return Assembly(folder / "cdk.out")


def test_what_is_accepted_of_a_teams_own_function_is_found_there(examples: Assembly) -> None:
    report = suppressed(examples.read("validation-report.json"))
    found = [(violation["acknowledgedId"], violation["acknowledgedAt"]) for violation in report]
    waivers = [waiver for waiver in WAIVERS if waiver.only_where == OF_EXTENSIONS]
    assert waivers
    assert not [waiver.rule.text for waiver in waivers if not any(waiver.covers(*each) for each in found)]


def test_every_example_has_both_files_and_says_what_it_is() -> None:
    names = {path.stem for path in EXAMPLES.iterdir() if path.suffix in (".yaml", ".py")}
    assert names
    for name in names:
        assert (EXAMPLES / f"{name}.py").read_text().startswith('"""')
        assert "Copy both" in (EXAMPLES / f"{name}.yaml").read_text()


def test_they_are_not_deployed_where_they_lie(tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    before = {team.name for team in load(folder).teams}
    shutil.copytree(EXAMPLES, folder / "teams" / "examples")
    assert {team.name for team in load(folder).teams} == before
    (folder / "teams" / "examples").rename(folder / "teams" / "others")
    with pytest.raises(SettingsError, match="found a file in a folder below"):
        load(folder)


def test_a_queue_is_encrypted_takes_tls_alone_and_nobody_of_another_account(examples: Assembly) -> None:
    template = examples.templates["Cloister-Team-answers"]
    queues = resources(template, "AWS::SQS::Queue")
    named = {made["QueueName"] for made in queues.values() if "QueueName" in made}
    assert (named, len(queues)) == ({"acme-questions", "acme-answers"}, 4), "beside each is what was put aside of it"
    assert all(made["SqsManagedSseEnabled"] is True for made in queues.values())
    assert {made["MessageRetentionPeriod"] for made in queues.values()} == {14 * 86400}
    policies = resources(template, "AWS::SQS::QueuePolicy").values()
    assert sorted(found["Ref"] for made in policies for found in made["Queues"]) == sorted(queues)
    for made in policies:
        ((name,), statements) = [each["Ref"] for each in made["Queues"]], made["PolicyDocument"]["Statement"]
        everybody = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sqs:*"}
        everybody |= {"Resource": {"Fn::GetAtt": [name, "Arn"]}}
        said = [{key: value for key, value in each.items() if key != "Sid"} for each in statements]
        strangers = {
            "StringNotEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        assert said == [{**everybody, "Condition": plain}, {**everybody, "Condition": strangers}]


def test_a_function_has_rights_on_its_own_queues_alone(examples: Assembly) -> None:
    found: dict[str, set[str]] = {}
    for policy in resources(examples.templates["Cloister-Team-answers"], "AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            names = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if statement["Effect"] == "Allow" and names[0].startswith("sqs:"):
                *_, last = statement["Resource"]["Fn::Join"][1]
                found.setdefault(last, set()).update(names)
    assert found == {
        ":acme-questions": {"sqs:DeleteMessage", "sqs:ReceiveMessage"},
        ":acme-answers": {"sqs:SendMessage"},
    }


def test_the_dashboard_shows_what_the_alarms_watch(examples: Assembly) -> None:
    template = examples.templates["Cloister-Team-watched"]
    # The kit's own have names.
    found = resources(template, "AWS::CloudWatch::Alarm").items()
    alarms = {id: alarm for id, alarm in found if "AlarmName" not in alarm and alarm["Namespace"] == "Cloister"}
    assert {alarm["MetricName"] for alarm in alarms.values()} == {"ProxyErrors", "TimeToFirstToken"}
    dashboards = resources(template, "AWS::CloudWatch::Dashboard").values()
    (dashboard,) = [each for each in dashboards if "DashboardName" not in each]
    body = json.dumps(dashboard["DashboardBody"])
    assert all(name in body for name in alarms)
    assert "GuardrailBlocked" in body
