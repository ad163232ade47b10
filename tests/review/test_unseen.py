"""What is decided when a template is deployed is in no rule's view: it is doubt, wherever it stands."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from review.assembly import Assembly
from review.deployment import Deployment
from review.rules.types import KNOWN, properties
from review.verdict import review
from review.waivers import Register
from tests.review.conftest import body_of, changed
from tests.review.mutants.mutant import AUDIT, NETWORK, SIGNED, TOKEN, first, of_type
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings

Json = Any
_DAY = datetime.date(2026, 11, 28)
_LATER = "{{resolve:ssm:/somewhere}}"
_INCLUDED = {"Name": "AWS::Include", "Parameters": {"Location": "s3://somewhere/more.json"}}


def _function(body: Json) -> Json:
    return first(body, "Lambda::Function", "Proxy")


def _statement(body: Json) -> Json:
    return first(body, "IAM::Policy", "ProxyRole")["PolicyDocument"]["Statement"]


def _adding(kind: str, **properties: Json) -> Callable[[Json], None]:
    return lambda body: body["Resources"].update(Added={"Type": kind, "Properties": properties})


def _given(body: Json) -> None:
    """Let a parameter say who uses a key, though its default is harmless."""
    body["Parameters"] = {"P": {"Type": "String", "Default": "none"}}
    first(body, "KMS::Key")["KeyPolicy"]["Statement"][0]["Principal"] = {"AWS": {"Ref": "P"}}


UNSEEN: list[tuple[str, Callable[[Json], object]]] = [
    (SIGNED, lambda body: _function(body).update({"Fn::Transform": _INCLUDED})),
    (SIGNED, lambda body: _function(body)["VpcConfig"].update({"Fn::Transform": _INCLUDED})),
    (SIGNED, lambda body: _function(body).update({"Fn::ForEach::Layer": ["A", ["a"], {"Layers": []}]})),
    (SIGNED, lambda body: first(body, "IAM::Policy")["PolicyDocument"].update({"Fn::Transform": _INCLUDED})),
    (
        SIGNED,
        lambda body: _function(body).update(SnapStart={"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}, Layers=_LATER),
    ),
    (SIGNED, lambda body: _statement(body).append({"Fn::If": ["C", {"Effect": "Allow", "Action": "*"}, 1]})),
    (SIGNED, lambda body: _statement(body).append({"effect": "Allow", "action": "*", "resource": "*"})),
    (SIGNED, lambda body: _statement(body)[0].update(Action=_LATER)),
    (SIGNED, lambda body: _function(body)["VpcConfig"].update(SubnetIds=[_LATER, f"{_LATER}2"])),
    (SIGNED, lambda body: _function(body)["Environment"]["Variables"].update(OTHER=_LATER)),
    (
        SIGNED,
        lambda body: first(body, "IAM::Role")["AssumeRolePolicyDocument"]["Statement"][0].update(Principal=_LATER),
    ),
    (SIGNED, lambda body: next(of_type(body, "Lambda::Function"))[1].update(Condition="Perhaps")),
    (SIGNED, _adding("AWS::CloudFormation::Stack", TemplateURL="https://elsewhere.example")),
    (SIGNED, _adding("Acme::Team::Thing::MODULE")),
    (SIGNED, _adding("AWS::CloudFormation::Macro", Name="M", FunctionName="f")),
    (SIGNED, _adding("AWS::Serverless::Function", Events={})),
    (SIGNED, _adding("Custom::Thing", ServiceToken="arn:aws:lambda:us-east-1:111122223333:function:f")),
    (TOKEN, lambda body: first(body, "ApiGateway::Authorizer").update(AuthorizerUri=_LATER)),
    (SIGNED, lambda body: first(body, "Logs::LogGroup").update(KmsKeyId=_LATER)),
    (AUDIT, lambda body: _given(body)),
    (
        NETWORK,
        lambda body: first(body, "EC2::VPCEndpoint", "Sts")["PolicyDocument"]["Statement"][0]["Condition"][
            "StringEquals"
        ].update({"aws:PrincipalAccount": _LATER}),
    ),
]


@pytest.mark.parametrize(("stack", "spoil"), UNSEEN, ids=[f"{n}-{s}" for n, (s, _) in enumerate(UNSEEN)])
def test_what_is_decided_later_stops_it(stack: str, spoil: Callable[[Json], object], example: Assembly) -> None:
    body = body_of(example, stack)
    spoil(body)
    found = review(changed(example, stack, body), Register.read(), _DAY)
    assert [finding for finding in found.findings() if finding.status.halts]


@pytest.fixture(scope="module")
def unnamed(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A deployment whose zones are the account's first two, whichever they are."""
    network = {"network": {"cidr": "10.80.0.0/20"}}
    return Assembly.read(Synthesised.shared(tmp_path_factory, settings(network)).folder)


def _zones(assembly: Assembly) -> list[Json]:
    return [subnet.properties["AvailabilityZone"] for subnet in assembly.of_type("AWS::EC2::Subnet")]


def test_zones_by_their_number_pass_and_are_two(unnamed: Assembly) -> None:
    assert _zones(unnamed) == [{"Fn::Select": [number, {"Fn::GetAZs": ""}]} for number in range(2)]
    found = review(Deployment(unnamed), Register.read(), _DAY)
    assert [finding.lines() for finding in found.findings() if finding.status.halts] == []


def test_one_zone_by_its_number_twice_is_one(unnamed: Assembly) -> None:
    body = body_of(unnamed, NETWORK)
    for _, subnet in of_type(body, "EC2::Subnet"):
        subnet["Properties"]["AvailabilityZone"] = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    found = review(changed(unnamed, NETWORK, body), Register.read(), _DAY)
    assert {finding.code for finding in found.findings() if finding.status.halts} == {"function-in-two-zones"}


def test_each_known_type_says_its_properties_and_cloudformation_has_them() -> None:
    assert properties().keys() == KNOWN.keys() - {"AWS::S3::Bucket"}, "of buckets a rule of its own says them"
    looked = 0
    for kind, names in properties().items():
        try:
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        except ResourceNotFoundError:
            continue
        looked += 1
        assert names <= schema["properties"].keys(), kind
    assert looked > 50
