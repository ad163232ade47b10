"""A team's own class that loosens something is not synthesised: the review says which resource, and why."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from aws_cdk import App, CfnResource, Duration, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from review.finding import Finding
from review.plugin import Review
from review.rules.catalogue import by_id
from review.verdict import Verdict
from review.waivers import Register
from stacks.extension import TeamExtension
from stacks.kit import assemble
from stacks.settings import Team
from stacks.team import TeamStack
from tests.stacks.assembly import context, packages
from tests.stacks.deployments import IAM_TEAM, TOKEN_TEAM, settings


def stack(extension: TeamExtension) -> TeamStack:
    """The whole of the team's stack, which no extension is given, and every construct leads to."""
    return cast(TeamStack, extension.node.scope)


def role(extension: TeamExtension, action: str, resource: str) -> None:
    """A role for a function of the team's own."""
    made = iam.Role(extension, "Other", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    statement = iam.PolicyStatement(actions=[action], resources=[resource])
    iam.Policy(extension, "More", statements=[statement], roles=[made])


class AllOfMantle(TeamExtension):
    def extend(self) -> None:
        role(self, "bedrock-mantle:*", "*")


class AnotherProject(TeamExtension):
    def extend(self) -> None:
        other = cast(TeamStack, self.node.root.node.find_child("Cloister-Team-plain"))
        role(self, "bedrock-mantle:CreateInference", other.project.arn)


class MoreForTheProxy(TeamExtension):
    def extend(self) -> None:
        own = stack(self)
        statement = iam.PolicyStatement(actions=["bedrock-mantle:GetInference"], resources=[own.project.arn])
        iam.Policy(self, "More", statements=[statement], roles=[own.proxy.role])


class FunctionUrl(TeamExtension):
    def extend(self) -> None:
        function = stack(self).proxy.function.function_arn
        lambda_.CfnUrl(self, "Url", auth_type="NONE", target_function_arn=function)


class NatRoute(TeamExtension):
    def extend(self) -> None:
        assert self.vpc is not None
        ec2.CfnRoute(
            self,
            "Way",
            route_table_id=self.vpc.isolated_subnets[0].route_table.route_table_id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id="nat-0123456789abcdef0",
        )


class Gateway(TeamExtension):
    def extend(self) -> None:
        ec2.CfnInternetGateway(self, "Gateway")


class NoAuthorizer(TeamExtension):
    def extend(self) -> None:
        for construct in stack(self).node.find_all():
            if isinstance(construct, CfnResource) and construct.cfn_resource_type == "AWS::ApiGateway::Method":
                construct.add_property_override("AuthorizationType", "NONE")
                construct.add_property_deletion_override("AuthorizerId")


class Subscription(TeamExtension):
    def extend(self) -> None:
        logs.CfnSubscriptionFilter(
            self,
            "Away",
            log_group_name=self.records.log_group_name,
            filter_pattern="",
            destination_arn="arn:aws:logs:us-east-1:999999999999:destination:away",
        )


class AnothersBucket(TeamExtension):
    """A function that writes to the bucket that is opened to another team."""

    def extend(self) -> None:
        statement = iam.PolicyStatement(actions=["s3:PutObject"], resources=["arn:aws:s3:::acme-others/*"])
        self.function(
            "Courier",
            code=str(Path(__file__).parents[2] / "teams" / "examples" / "summariser"),
            handler="index.handler",
            rights=[statement],
            environment={},
            timeout=Duration.minutes(1),
        )


class OpenQueue(TeamExtension):
    """A queue that nothing keeps."""

    def extend(self) -> None:
        sqs.CfnQueue(self, "Open")


class Events(TeamExtension):
    """What happens in the account starts a function, and so does any rule of the account's."""

    def extend(self) -> None:
        own = stack(self)
        assert own.authorizer is not None
        function = own.authorizer.function.function_arn
        target = events.CfnRule.TargetProperty(id="one", arn=function)
        events.CfnRule(self, "Seen", event_pattern={"source": ["aws.s3"]}, targets=[target])
        lambda_.CfnPermission(
            self,
            "AnyRule",
            action="lambda:InvokeFunction",
            function_name=function,
            principal="events.amazonaws.com",
            source_arn="arn:aws:events:us-east-1:111122223333:rule/any",
        )


# A claim names the first place where it is false, so those that one claim is about are in different syntheses.
FIRST: dict[str, type[TeamExtension]] = {
    "mantle": AllOfMantle,
    "proxy": MoreForTheProxy,
    "nat": NatRoute,
    "open": NoAuthorizer,
}
SECOND: dict[str, type[TeamExtension]] = {
    **{"project": AnotherProject, "url": FunctionUrl},
    **{"logs": Subscription, "gateway": Gateway, "bucket": AnothersBucket, "events": Events},
    "clear": OpenQueue,
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdict on each extended team: two syntheses, each with a team that is not extended."""
    found: dict[str, Verdict] = {}
    for extensions in (FIRST, SECOND):
        verdict = stop(extensions, tmp_path_factory.mktemp("extended"))
        found |= dict.fromkeys(extensions, verdict)
    return found


def stop(extensions: dict[str, type[TeamExtension]], folder: Path) -> Verdict:
    """Synthesise extended teams, see it fail, and return why."""
    teams = [
        {**(TOKEN_TEAM if name in ("open", "events") else IAM_TEAM), "name": name} for name in ("plain", *extensions)
    ]
    opened = {"extensions": [{"bucket": "acme-own", "team": "bucket"}, {"bucket": "acme-others", "team": "plain"}]}
    whole = replace(settings(opened), teams=tuple(Team.model_validate_json(json.dumps(team)) for team in teams))
    app = App(outdir=str(folder / "cdk.out"), context=context())
    assemble(app, whole, packages(folder), extensions=extensions)
    review = Review(Register.read(rules=by_id()), datetime.date(2026, 11, 28))
    Validations.of(app).add_plugins(review)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = (folder / "cdk.out" / "validation-report.json").read_text()
    assert not [name for name in extensions if f"Cloister-Team-{name}/" not in report]
    assert review.verdict is not None
    return review.verdict


@pytest.mark.parametrize(
    ("team", "code", "said"),
    [
        ("mantle", "actions-are-named", "bedrock-mantle:*"),
        ("project", "function-role-has-its-ceiling", "no permissions boundary"),
        ("proxy", "function-role-has-its-ceiling", "more than its boundary lets through"),
        ("url", "parts-are-known", "another way in to a function"),
        ("nat", "network-closed", "route to NatGatewayId"),
        ("bucket", "nothing-changed", "may s3:PutObject on arn:aws:s3:::acme-others/"),
        ("clear", "queue-is-encrypted", "nothing says what encrypts its messages"),
        ("clear", "queue-takes-tls-alone", "not encrypted on their way"),
        ("events", "events-go-to-topics", "which is no topic of the templates"),
        ("events", "permission-is-for-its-own-api", "rules invoke the function that are no schedule"),
        ("open", "api-callers", "its authorization is NONE"),
        ("gateway", "network-closed", "AWS::EC2::InternetGateway"),
        ("logs", "records-go-to-named-streams", "which is no delivery stream of the templates"),
    ],
)
def test_an_extension_that_loosens_something_is_stopped(
    team: str, code: str, said: str, stopped: dict[str, Verdict]
) -> None:
    found = [f for f in halting(stopped[team]) if f.code == code and f.where.startswith(f"Cloister-Team-{team}/")]
    assert found, [f"{f.code} {f.where}: {f.found}" for f in halting(stopped[team])]
    assert any(said in finding.found for finding in found)


@pytest.mark.parametrize(("team", "claim"), [("mantle", "model-calls"), ("project", "own-project")])
def test_a_request_shows_it(team: str, claim: str, stopped: dict[str, Verdict]) -> None:
    (proof,) = [proof for proof in stopped[team].proofs if proof.claim.id == claim]
    assert proof.where.startswith(f"Cloister-Team-{team}/")
    assert proof.witness is not None


def test_a_team_without_an_extension_is_not_named(stopped: dict[str, Verdict]) -> None:
    assert not [f for v in stopped.values() for f in halting(v) if f.where.startswith("Cloister-Team-plain/")]


def halting(verdict: Verdict) -> list[Finding]:
    """What stops the synthesis."""
    return [finding for finding in verdict.findings() if finding.status.halts]
