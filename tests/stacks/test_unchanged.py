"""An extension that changes a part of the kit is stopped, by whichever way it does; one that adds is not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import jsii
import pytest
from aws_cdk import App, Aspects, Aws, CfnResource, IAspect, Stack, Tags, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from stacks.constructs.key import as_iam_decides
from stacks.constructs.team_key import nobody_else
from stacks.extension import TeamExtension
from stacks.kit import assemble
from stacks.policies import Names
from stacks.settings import Team
from stacks.unchanged import Unchanged, without_extensions
from tests.stacks.assembly import context, packages
from tests.stacks.deployments import IAM_TEAM, SIGNED, settings


class Hatch(TeamExtension):
    """It reaches the function by the tree, and lets it run for a second."""

    def extend(self) -> None:
        function = Stack.of(self).node.find_child("Proxy").node.find_child("Function").node.default_child
        cast(CfnResource, function).add_property_override("Timeout", 1)


class Key(TeamExtension):
    """It is given a key of the platform's to use, and writes into its policy."""

    def extend(self) -> None:
        self.key.grant_decrypt(iam.ServicePrincipal("lambda.amazonaws.com"))


@jsii.implements(IAspect)
class Shorter:
    def visit(self, node: IConstruct) -> None:
        if isinstance(node, lambda_.CfnFunction):
            node.memory_size = 128


class Aspect(TeamExtension):
    """It changes every function of the stack, when the stack is written."""

    def extend(self) -> None:
        Aspects.of(Stack.of(self)).add(Shorter())


class Tagged(TeamExtension):
    """It says of the kit's resources that they are another team's."""

    def extend(self) -> None:
        Tags.of(Stack.of(self)).add("team", "another", priority=1_000)


class Gone(TeamExtension):
    """It takes the way away that the records of the gateway go."""

    def extend(self) -> None:
        Stack.of(self).node.find_child("Published").node.try_remove_child("api-id")


class Another(TeamExtension):
    """It reaches into the stack of a team that has no extension."""

    def extend(self) -> None:
        stack = self.node.root.node.find_child("Cloister-Team-plain")
        function = stack.node.find_child("Proxy").node.find_child("Function").node.default_child
        cast(CfnResource, function).add_property_override("Timeout", 1)


class Unprotected(TeamExtension):
    """It lets anybody delete the platform's stack, of which the template says nothing."""

    def extend(self) -> None:
        cast(Stack, self.node.root.node.find_child("Cloister-Guardrails")).termination_protection = False


class Adds(TeamExtension):
    """It does what it is there for."""

    def extend(self) -> None:
        self.metrics.metric_throttles().create_alarm(self, "Throttled", threshold=5, evaluation_periods=3)


ALL = {"hatch": Hatch, "key": Key, "aspect": Aspect, "tagged": Tagged, "gone": Gone, "adds": Adds}
ALL |= {"another": Another, "unprotected": Unprotected}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is found of all of them in one synthesis."""
    folder = tmp_path_factory.mktemp("unchanged")
    teams = [{**IAM_TEAM, "name": name} for name in (*ALL, "plain")]
    whole = replace(settings(), teams=tuple(Team.model_validate_json(json.dumps(team)) for team in teams))
    app = App(outdir=str(folder / "out"), context=context())
    packed = packages(folder)
    kit = without_extensions(whole, packed, context(), list(ALL))
    assemble(app, whole, packed, extensions=ALL)
    unchanged = Unchanged(kit, {name: f"teams/{name}.py" for name in ALL}, "Cloister")
    Validations.of(app).add_plugins(unchanged)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    return unchanged.found


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("teams/hatch.py changes Cloister-Team-hatch/ProxyFunction", "Properties.Timeout"),
        ("teams/aspect.py changes Cloister-Team-aspect/ProxyFunction", "Properties.MemorySize"),
        ("teams/tagged.py changes Cloister-Team-tagged/ProxyRole", "Properties.Tags"),
        ("teams/gone.py changes Cloister-Team-gone/Publishedapiid", "it is gone"),
    ],
)
def test_a_change_is_found_and_says_whose_it_is(start: str, end: str, found: list[str]) -> None:
    assert [said for said in found if said.startswith(start) and said.endswith(f"which the kit made: {end}")]


def test_a_change_of_the_platform_names_every_file_that_it_may_be(found: list[str]) -> None:
    (said,) = [said for said in found if "Cloister-Audit/LogsKey" in said]
    assert said.endswith("which the kit made: Properties.KeyPolicy")
    assert all(f"teams/{name}.py" in said for name in ALL)


def test_what_only_adds_is_not_named(found: list[str]) -> None:
    assert not [said for said in found if "Team-adds/" in said]


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("Cloister-Team-plain/ProxyFunction", "Properties.Timeout"),
        ("Cloister-Guardrails/stack", "terminationProtection"),
    ],
)
def test_a_change_of_another_stack_is_found(where: str, what: str, found: list[str]) -> None:
    (said,) = [said for said in found if where in said]
    assert said.endswith(f"which the kit made: {what}")


def test_what_all_teams_share_was_sealed_before_an_extension_ran(tmp_path: Path) -> None:
    signed = settings(SIGNED)
    whole = replace(signed, teams=(Team.model_validate_json(json.dumps({**IAM_TEAM, "name": "plain"})),))
    without_extensions(whole, packages(tmp_path), context(), ["plain"])
    proxies = Names("Cloister", Aws.ACCOUNT_ID, "us-east-1").proxies
    for shared in (as_iam_decides(), nobody_else("NobodyElseSigns", ["kms:Sign"], proxies)):
        with pytest.raises(RuntimeError, match="freeze"):
            shared.add_actions("kms:Decrypt")
