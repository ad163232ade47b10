"""What constructs refuse, and what their methods grant and measure."""

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from lambdas.package import COMPILED
from lambdas.proxy.audit.metrics import NAMESPACE, OF_MODEL, OF_TEAM
from stacks.constructs import (
    BaselineGuardrail,
    ClosedSecurityGroup,
    CustomerKey,
    EncryptedLogGroup,
    ExistingNetwork,
    FunctionCode,
    FunctionNetwork,
    GatewayEndpoint,
    HubEndpoint,
    IsolatedNetwork,
    PinnedGuardrail,
    PrivateApi,
    PrivateEndpoint,
    ProxyFunction,
    PublishedParameters,
    TeamPolicy,
    TeamProject,
    TokenAuthorizer,
    endpoint_policies,
)
from tests.stacks.assembly import Json, context, one, packages, resources

GUARDRAIL = PinnedGuardrail(
    guardrail_id="gr1",
    arn="arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1",
    version="1",
    key_arn="arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    content_hash="0123456789ab",
)


@pytest.fixture
def stack() -> Stack:
    """An empty stack."""
    return Stack(App(context=context()), "Alone", env=Environment(region="us-east-1"))


def network(stack: Stack) -> IsolatedNetwork:
    return IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])


def synth(stack: Stack) -> Json:
    return Template.from_stack(stack).to_json()


@dataclass
class Parts:
    """A team's API with all that it stands on."""

    proxy: ProxyFunction
    api: PrivateApi


def parts(stack: Stack, folder: Path, caller: str = "arn:aws:iam::111122223333:role/one") -> Parts:
    key = CustomerKey(stack, "Key", alias="logs", description="Logs").key
    vpc = network(stack).vpc
    proxy = ProxyFunction(
        stack,
        "Proxy",
        code=FunctionCode(lambda_.Code.from_asset(str(packages(folder).proxy)), COMPILED),
        policy=TeamPolicy(team="atlas", access="iam", models=["google.gemma-4-31b"], tiers=["default"]),
        project=TeamProject(stack, "Project", name="p", team="atlas", owner="Atlas"),
        guardrail=GUARDRAIL,
        network=FunctionNetwork(vpc, ClosedSecurityGroup(stack, "Group", vpc=vpc, description="Functions").group),
        log_group=EncryptedLogGroup(stack, "Records", key=key, retention_days=30).log_group,
    )
    apis = PrivateEndpoint(
        stack, "Door", vpc=vpc, service="execute-api", statements=endpoint_policies.call_private_apis(stack, stage="v1")
    )
    api = PrivateApi(
        stack,
        "Api",
        name="api",
        handler=proxy.function,
        endpoint=apis.endpoint,
        callers=[caller],
        log_key=key,
        retention_days=30,
    )
    return Parts(proxy, api)


@pytest.mark.parametrize(
    ("cidr", "zones"), [("10.0.0.0/25", 3), ("10.0.0.0/27", 1), ("10.0.0.0/20", 9), ("10.0.0.0/20", 0)]
)
def test_a_range_without_room_for_a_subnet_in_each_zone(stack: Stack, cidr: str, zones: int) -> None:
    with pytest.raises(ValueError, match=f"{cidr} has room for . subnets of /2., and {zones} zones are named"):
        IsolatedNetwork(stack, "Network", cidr=cidr, zones=[f"us-east-1{letter}" for letter in "abcdefghi"[:zones]])


def test_an_endpoint_without_a_policy(stack: Stack) -> None:
    with pytest.raises(ValueError, match="sts has no policy statement"):
        PrivateEndpoint(stack, "Sts", vpc=network(stack).vpc, service="sts", statements=[])


@pytest.mark.parametrize(
    ("statements", "prefix_list", "reason"),
    [
        ([], "pl-0123abcd", "dynamodb has no policy statement"),
        (endpoint_policies.nothing(), "10.0.0.0/8", "10.0.0.0/8 is no prefix list of dynamodb; needs 'pl-…'"),
        (endpoint_policies.nothing(), "sg-0123abcd", "sg-0123abcd is no prefix list of dynamodb; needs 'pl-…'"),
    ],
)
def test_a_gateway_without_a_policy_or_a_list(
    statements: list[iam.PolicyStatement], prefix_list: str, reason: str, stack: Stack
) -> None:
    vpc = network(stack).vpc
    with pytest.raises(ValueError, match=reason):
        GatewayEndpoint(stack, "Tables", vpc=vpc, service="dynamodb", statements=statements, prefix_list=prefix_list)


def test_a_given_network_without_a_subnet(stack: Stack) -> None:
    with pytest.raises(ValueError, match="vpc-0123abcd is given without a subnet"):
        ExistingNetwork(stack, "Network", vpc_id="vpc-0123abcd", cidr="10.0.0.0/16", subnets={})


@pytest.mark.parametrize("reach", ["10.0.0.0/16", "0.0.0.0/0", "vpce-0123abcd", ""])
def test_a_hubs_endpoint_is_reached_by_group_or_list_alone(stack: Stack, reach: str) -> None:
    with pytest.raises(ValueError, match=r"needs 'sg-…' or 'pl-…'"):
        HubEndpoint(stack, "Sts", reach=reach)


def test_an_endpoint_that_nobody_was_let_in_to(stack: Stack) -> None:
    PrivateEndpoint(
        stack, "Sts", vpc=network(stack).vpc, service="sts", statements=endpoint_policies.identify_callers(stack)
    )
    template = synth(stack)
    assert "SecurityGroupIngress" not in one(template, "AWS::EC2::SecurityGroup")
    assert not resources(template, "AWS::EC2::SecurityGroupIngress")


def test_an_authorizer_that_lets_nobody_in(stack: Stack, tmp_path: Path) -> None:
    vpc = network(stack).vpc
    with pytest.raises(ValueError, match="team atlas names no caller"):
        TokenAuthorizer(
            stack,
            "Authorizer",
            code=FunctionCode(lambda_.Code.from_asset(str(packages(tmp_path).authorizer)), COMPILED),
            team="atlas",
            callers=[],
            network=FunctionNetwork(vpc, ClosedSecurityGroup(stack, "Group", vpc=vpc, description="Functions").group),
            log_group=EncryptedLogGroup(
                stack, "Logs", key=CustomerKey(stack, "Key", alias="k", description="k").key, retention_days=30
            ).log_group,
        )


def test_metrics_are_those_of_the_record_with_its_dimensions(stack: Stack, tmp_path: Path) -> None:
    made = parts(stack, tmp_path)
    model = made.proxy.models[0]
    found = [
        value
        for name, method in inspect.getmembers(made.proxy, inspect.ismethod)
        if name.startswith("metric_")
        for value in called(method, model)
    ]
    recorded = {(name, dimensions) for dimensions, names in (OF_MODEL, OF_TEAM) for name in names}
    recorded.add(("SigningErrors", OF_TEAM[0]))
    assert {(metric.metric_name, tuple(metric.dimensions or {})) for metric in found} == recorded
    for metric in found:
        assert metric.namespace == NAMESPACE
        values = {"deployment": "Cloister", "team": "atlas", "model": model}
        assert metric.dimensions == {name: values[name] for name in metric.dimensions or {}}
    statistics = {str(metric.metric_name): metric.statistic for metric in found}
    assert {name for name, statistic in statistics.items() if statistic != "Sum"} == {
        *("Duration", "TimeToFirstToken", "GuardrailDuration", "BudgetUsed")
    }
    assert {made.api.metric_refused().metric_name, made.api.metric_failed().metric_name} == {"4XXError", "5XXError"}
    assert made.api.metric_failed().dimensions == {"ApiName": "api", "Stage": "v1"}


def called(method: Callable[..., cloudwatch.Metric], model: str) -> Iterator[cloudwatch.Metric]:
    """What a method returns for each of its words, and with and without a model where it takes both."""
    words: dict[str, list[Any]] = {"statistic": ["p95"]}
    for name, kind in get_type_hints(method).items():
        if get_origin(kind) is Literal:
            words[name] = list(get_args(kind))
        elif name == "model":
            words[name] = [model] if kind is str else [model, None]
    words = {name: values for name, values in words.items() if name in inspect.signature(method).parameters}
    for chosen in itertools.product(*words.values()):
        yield method(**dict(zip(words, chosen, strict=True)))


def test_a_grant_on_the_api_names_its_stage(stack: Stack, tmp_path: Path) -> None:
    api = parts(stack, tmp_path).api
    role = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    api.grant_invoke(role)
    (policy,) = [p for n, p in resources(synth(stack), "AWS::IAM::Policy").items() if n.startswith("Caller")]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"]["Fn::Join"][1][-1] == "/v1/*/*"


def test_a_grant_on_the_guardrail_leaves_decryption_to_bedrock(stack: Stack) -> None:
    key = CustomerKey(stack, "Key", alias="k", description="k")
    guardrail = BaselineGuardrail(stack, "Guardrail", name="g", key=key.key, content={"hate": "high"})
    role = iam.Role(stack, "User", assumed_by=iam.AccountRootPrincipal())
    guardrail.grant_apply(role)
    apply, decrypt = one(synth(stack), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert apply["Action"] == "bedrock:ApplyGuardrail"
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com"}}


def test_an_api_is_deployed_anew_when_who_may_call_it_changes(tmp_path: Path) -> None:
    def deployed(name: str, folder: str) -> str:
        stack = Stack(App(context=context()), "Alone", env=Environment(region="us-east-1"))
        parts(stack, tmp_path / folder, caller=f"arn:aws:iam::111122223333:role/{name}")
        (deployment,) = resources(synth(stack), "AWS::ApiGateway::Deployment")
        return deployment

    first = deployed("one", "a")
    assert deployed("one", "b") == first
    assert deployed("two", "c") != first


@pytest.mark.parametrize(
    ("prefix", "values"),
    [("cloister", {"a": "b"}), ("/cloister/", {"a": "b"}), ("/cloister", {"a/b": "c"}), ("/cloister", {"a": ""})],
)
def test_a_parameter_that_ssm_or_its_reader_would_not_take(stack: Stack, prefix: str, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"prefix|needs one word"):
        PublishedParameters(stack, "Published", prefix=prefix, values=values)
