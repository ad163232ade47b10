"""What a first deployment to an account would stumble on: zones, a lock, the order of things, subnets of others."""

import json
import re

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from stacks.constructs import FunctionRole, IsolatedNetwork
from tests.stacks.assembly import Assembly, Json, context, listed, one, resources


def test_a_zone_is_named_by_its_id_or_its_name_or_left_to_the_account(network: Json, pinned: Assembly) -> None:
    def zones(template: Json) -> list[Json]:
        subnets = resources(template, "AWS::EC2::Subnet").values()
        return [{key: value for key, value in s.items() if key.startswith("Availability")} for s in subnets]

    assert zones(network) == [{"AvailabilityZone": "us-east-1a"}, {"AvailabilityZone": "us-east-1b"}]
    assert zones(pinned.templates["Cloister-Network"]) == [
        {"AvailabilityZoneId": "euc1-az1"},
        {"AvailabilityZoneId": "euc1-az2"},
        {"AvailabilityZone": "eu-central-1c"},
    ]
    stack = Stack(App(context=context()), "Alone", env=Environment(region="us-east-1"))
    IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=2)
    listed_by_the_account = [{"AvailabilityZone": {"Fn::Select": [n, {"Fn::GetAZs": ""}]}} for n in range(2)]
    assert zones(Template.from_stack(stack).to_json()) == listed_by_the_account


def test_nothing_that_can_fail_comes_after_the_lock_on_the_names(network: Json) -> None:
    associations = [n for n, r in network["Resources"].items() if r["Type"].endswith("FirewallRuleGroupAssociation")]
    (lock,) = associations
    before: set[str] = set()
    waiting = [lock]
    while waiting:
        for name in _needed_by(network["Resources"][waiting.pop()]) & network["Resources"].keys():
            if name not in before:
                before.add(name)
                waiting.append(name)
    assert before == network["Resources"].keys() - {lock}


def _needed_by(resource: Json) -> set[str]:
    found = set(listed(resource.get("DependsOn", [])))
    found |= set(re.findall(r'"Ref": "(\w+)"', json.dumps(resource)))
    return found | set(re.findall(r'"Fn::GetAtt": \["(\w+)"', json.dumps(resource)))


def test_the_policy_of_the_query_logs_is_there_before_what_writes_them(network: Json) -> None:
    (policy,) = resources(network, "AWS::Logs::ResourcePolicy")
    for kind in ("ResolverQueryLoggingConfig", "ResolverQueryLoggingConfigAssociation"):
        (user,) = [r for r in network["Resources"].values() if r["Type"] == f"AWS::Route53Resolver::{kind}"]
        assert policy in listed(user["DependsOn"])


def test_subnets_that_another_account_shares_are_allowed_as_well() -> None:
    stack = Stack(App(context=context()), "Alone", env=Environment(region="us-east-1"))
    group = logs.LogGroup.from_log_group_name(stack, "Group", "records")
    FunctionRole(stack, "Role", description="A function", log_group=group, subnets_account="444455556666")
    (managed,) = [
        s
        for s in one(Template.from_stack(stack).to_json(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
        if s["Sid"] == "LambdaManagesNetworkInterfaces"
    ]
    assert "arn:aws:ec2:us-east-1:444455556666:*/*" in managed["Resource"]
    assert len(managed["Resource"]) == 2
