"""Denials in a role's policy bound it exactly as a boundary of its own would, whatever somebody attaches."""

import itertools
import json
from collections.abc import Mapping

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from stacks.constructs import FunctionRole
from stacks.constructs.ceiling import Ceiling
from tests.stacks.assembly import Json, context, one, resources
from tests.stacks.policies.evaluate import Request, allowed

ACCOUNT = "111122223333"
COMPANY = f"arn:aws:iam::{ACCOUNT}:policy/company-boundary"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:records:*"
PROJECT, OTHER = (f"arn:aws:bedrock-mantle:us-east-1:{ACCOUNT}:project/proj_{n}" for n in (1, 2))
KEYS = [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{n}" for n in (1, 2)]
EVERYTHING = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
#: Every kind of right that a function's role is given: with conditions, optional ones, and one action on two resources.
RIGHTS: list[Mapping[str, Json]] = [
    {
        "Sid": "Infer",
        "Action": "bedrock-mantle:CreateInference",
        "Resource": PROJECT,
        "Condition": {
            "StringEquals": {"bedrock-mantle:Model": ["one", "two"]},
            "StringEqualsIfExists": {"bedrock-mantle:ServiceTier": ["default"]},
        },
    },
    *(
        {
            "Sid": f"Decrypt{service}",
            "Action": "kms:Decrypt",
            "Resource": key,
            "Condition": {"StringEquals": {"kms:ViaService": service}},
        }
        for service, key in zip(("bedrock", "s3"), KEYS, strict=True)
    ),
]


def role(boundary: str | None) -> Json:
    """Synthesise a function's role with the rights."""
    stack = Stack(App(context=context()), "Alone", env=Environment(region="us-east-1", account=ACCOUNT))
    group = logs.LogGroup.from_log_group_arn(stack, "Group", GROUP)
    made = FunctionRole(stack, "Role", description="A function", log_group=group, function="f", boundary=boundary)
    made.allow(*(iam.PolicyStatement.from_json({"Effect": "Allow", **right}) for right in RIGHTS))
    return Template.from_stack(stack).to_json()


def test_the_role_carries_the_accounts_boundary_and_makes_none() -> None:
    template = role(COMPANY)
    assert one(template, "AWS::IAM::Role")["PermissionsBoundary"] == COMPANY
    assert not resources(template, "AWS::IAM::ManagedPolicy")


def test_what_is_attached_adds_as_much_as_under_a_boundary_of_its_own() -> None:
    own = one(role(None), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    company = [*one(role(COMPANY), "AWS::IAM::Policy")["PolicyDocument"]["Statement"], EVERYTHING]
    actions = [*{a for s in own for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}]
    actions += ["s3:GetObject", "iam:CreateRole", "bedrock-mantle:ListModels"]
    places = [GROUP, PROJECT, OTHER, *KEYS]
    places += [f"arn:aws:ec2:us-east-1:{account}:subnet/1" for account in (ACCOUNT, "444455556666")]
    contexts: list[dict[str, Json]] = [
        {},
        {"bedrock-mantle:Model": "one"},
        {"bedrock-mantle:Model": "three"},
        {"bedrock-mantle:Model": "two", "bedrock-mantle:ServiceTier": "default"},
        {"bedrock-mantle:Model": "two", "bedrock-mantle:ServiceTier": "flex"},
        {"kms:ViaService": "bedrock"},
        {"kms:ViaService": "s3"},
    ]
    seen = set()
    for action, place, found in itertools.product(actions, places, contexts):
        request = Request(action, place, found)
        expected = allowed(own, request)
        seen.add(expected)
        assert allowed(company, request) == expected, json.dumps([action, place, found])
    assert seen == {True, False}


def test_a_condition_whose_opposite_is_not_known_is_refused() -> None:
    right = iam.PolicyStatement(
        sid="Odd", actions=["s3:GetObject"], resources=["*"], conditions={"DateLessThan": {"aws:CurrentTime": "2027"}}
    )
    with pytest.raises(ValueError, match="Odd has the condition DateLessThan"):
        Ceiling().denials(right)
