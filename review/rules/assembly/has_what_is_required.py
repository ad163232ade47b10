"""Every part has the properties that its type requires, and those that say where it stands and what runs."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules import types
from review.rules.rule import Result, Rule, controls, judged

Json = Any
#: What the registry does not require, and decides where a part stands or what runs: the default is somebody else's.
MORE: Mapping[str, Mapping[str, str]] = {
    "AWS::ApiGateway::RestApi": {"": "Name"},
    "AWS::ApiGateway::Stage": {"": "DeploymentId"},
    "AWS::EC2::NetworkAclEntry": {"": "Egress"},
    "AWS::EC2::SecurityGroup": {"": "VpcId"},
    "AWS::EC2::Subnet": {"": "CidrBlock"},
    "AWS::Lambda::Function": {"Code": "S3Bucket S3Key"},
    # Whoever reads a parameter asks for it by its name.
    "AWS::SSM::Parameter": {"": "Name"},
    "AWS::Route53Resolver::FirewallRuleGroup": {"FirewallRules.*": "FirewallDomainRedirectionAction"},
}


@functools.cache
def required() -> Mapping[str, Mapping[str, str]]:
    """By type: what is required at each level, `*` for every element of a list. From the registry's schemas."""
    found: Mapping[str, Mapping[str, str]] = json.loads((Path(types.__file__).parent / "required.json").read_text())
    return found


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource in deployment.assembly.resources():
        if resource.type in required() or resource.type in MORE:
            yield judged(_judge, deployment, resource)


def _judge(_deployment: Deployment, resource: Resource) -> str:
    asked = [*required().get(resource.type, {}).items(), *MORE.get(resource.type, {}).items()]
    for path, names in asked:
        for where, place in _at(resource.properties, path.split(".") if path else [], ""):
            # What a function comes to is known when it is deployed.
            if isinstance(place, Mapping) and not any(key == "Ref" or key.startswith("Fn::") for key in place):
                missing = [name for name in names.split() if name not in place]
                if missing:
                    return f"it lacks {where}{missing[0]}: CloudFormation refuses it, or takes what is not written here"
    return ""


def _at(place: Json, path: list[str], where: str) -> Iterator[tuple[str, Json]]:
    if not path:
        yield where, place
    elif path[0] == "*":
        for number, item in enumerate(place if isinstance(place, list) else ()):
            yield from _at(item, path[1:], f"{where}{number}.")
    elif isinstance(place, Mapping) and path[0] in place:
        yield from _at(place[path[0]], path[1:], f"{where}{path[0]}.")


RULE = Rule(
    id="has-what-is-required",
    title="Every part has the properties that its type requires, and those that say where it stands and what runs",
    why="a template that CloudFormation refuses is no deployment, and what is said of it says nothing",
    severity="medium",
    fix="set the property",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html",
    controls=controls(nist="CM-2 CM-6", soc2="CC8.1"),
    check=_check,
)
