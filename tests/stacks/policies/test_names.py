"""What policies call the deployment by is what the deployment's resources are called."""

import json
from dataclasses import replace
from typing import Any

import pytest

from stacks.policies import Names, bypass
from stacks.policies.platform import network
from tests.stacks.assembly import Assembly, resources
from tests.stacks.deployments import ACCOUNT
from tests.stacks.policies.evaluate import Request, denials

NAMES = Names("Cloister", ACCOUNT, "eu-central-1")
#: The types that the denials know by their tag.
TAGGED = (
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::EC2::FlowLog",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::Route53Resolver::FirewallDomainList",
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
)


def every(assembly: Assembly, kind: str) -> list[tuple[str, Any]]:
    """Return the stack and the properties of every resource of a type."""
    return [
        (stack, properties) for stack, t in assembly.templates.items() for properties in resources(t, kind).values()
    ]


@pytest.mark.parametrize("kind", TAGGED)
def test_what_is_known_by_its_tag_has_it(kind: str, pinned: Assembly) -> None:
    found = every(pinned, kind)
    assert found
    for _, properties in found:
        assert {"Key": "deployment", "Value": "Cloister"} in properties["Tags"]
    condition = {"aws:ResourceTag/deployment": "Cloister", "aws:PrincipalArn": "arn:aws:iam::1:role/developer"}
    touched = Request("ec2:DeleteTags", f"arn:aws:ec2:eu-central-1:{ACCOUNT}:vpc/vpc-1", condition)
    assert denials(network(NAMES), touched) == ["DeployersChangeTheNetwork"]


def test_functions_roles_and_policies(pinned: Assembly) -> None:
    functions = [properties["FunctionName"] for _, properties in every(pinned, "AWS::Lambda::Function")]
    assert len(functions) == 3
    start = NAMES.functions.removesuffix("*").rpartition(":")[2]
    assert all(name.startswith(start) for name in functions)
    roles = [p["Path"] for _, p in every(pinned, "AWS::IAM::Role") if "lambda.amazonaws.com" in json.dumps(p)]
    assert len(roles) == 3
    assert all(f"role{path}".startswith(NAMES.roles.removesuffix("*").rpartition(":")[2]) for path in roles)
    policies = [properties["Path"] for _, properties in every(pinned, "AWS::IAM::ManagedPolicy")]
    assert len(policies) == 5, "three boundaries, the callers' policy, the denial of ways round"
    assert all(f"policy{path}".startswith(NAMES.policies.removesuffix("*").rpartition(":")[2]) for path in policies)


def test_aliases_of_keys(pinned: Assembly) -> None:
    aliases = [properties["AliasName"] for _, properties in every(pinned, "AWS::KMS::Alias")]
    assert len(aliases) == 8, "logs, evidence, alarms, guardrail; the records and the digests of each team"
    assert all(alias.startswith(NAMES.key_aliases.removesuffix("*")) for alias in aliases)


def test_the_trail_and_the_names_that_cloudformation_makes_up(deployed: Assembly) -> None:
    ((_, trail),) = every(deployed, "AWS::CloudTrail::Trail")
    assert trail["TrailName"].startswith("Cloister-")
    ((stack, bucket),) = every(deployed, "AWS::S3::Bucket")
    assert "BucketName" not in bucket
    assert f"arn:aws:s3:::{stack.lower()}-evidencebucket".startswith(NAMES.buckets.removesuffix("*"))
    for stack, alarm in every(deployed, "AWS::CloudWatch::Alarm"):
        # What has no name is named after its stack.
        assert alarm.get("AlarmName", stack).startswith("Cloister-")


def test_a_deployment_beside_this_one_infers_under_its_policies_too() -> None:
    beside = replace(NAMES, beside=("prod",))
    other = f"arn:aws:iam::{ACCOUNT}:role/cloister/prod/proxy/x"
    infer = Request("bedrock-mantle:CreateInference", f"arn:aws:bedrock-mantle:eu-central-1:{ACCOUNT}:project/proj_1")
    assert denials(bypass(NAMES), infer.by(other)) == ["InferenceByProxiesOnly"]
    assert denials(bypass(beside), infer.by(other)) == []
    assert denials(bypass(beside), infer.by(other.replace("prod", "test"))) == ["InferenceByProxiesOnly"]
