"""Changes of templates that the seeded defects are made of."""

from __future__ import annotations

import copy
from typing import Any

from review.rules.guardrail.version_is_of_this_content import digest
from tests.review.mutants.mutant import (
    Change,
    Mutant,
    add,
    first,
    of_type,
)

Json = Any


def seeded(expected: str, stack: str, change: Change, name: str) -> Mutant:
    """A defect that one rule or claim sees."""
    return Mutant(name, stack, change, expected)


def statement(sid: str, *path: str, value: Json = None) -> Change:
    """Set an element of the statement of a Sid, in every policy that has it; without a value, take it away."""

    def change(body: Json) -> None:
        for resource in body["Resources"].values():
            for name in ("PolicyDocument", "Policy", "KeyPolicy"):
                for found in _statements(resource.get("Properties", {}).get(name)):
                    if found.get("Sid") == sid:
                        place = found
                        for step in path[:-1]:
                            place = place[step]
                        if value is None:
                            del place[path[-1]]
                        else:
                            place[path[-1]] = value

    return change


def _statements(document: Json) -> list[Json]:
    return document["Statement"] if isinstance(document, dict) and "Statement" in document else []


def without(sid: str) -> Change:
    """Take the statements of a Sid away, in every policy that has it."""

    def change(body: Json) -> None:
        for resource in body["Resources"].values():
            for name in ("PolicyDocument", "Policy", "KeyPolicy"):
                document = resource.get("Properties", {}).get(name)
                if _statements(document):
                    document["Statement"] = [s for s in document["Statement"] if s.get("Sid") != sid]

    return change


def allowing(action: Json, resource: Json, role: str = "") -> Change:
    """Give a right to the roles' policies, and to the boundaries that repeat them."""

    def change(body: Json) -> None:
        for kind in ("IAM::Policy", "IAM::ManagedPolicy"):
            for id, found in of_type(body, kind, role):
                if "CallerAccess" not in id:
                    found["Properties"]["PolicyDocument"]["Statement"].append(
                        {
                            "Effect": "Allow",
                            "Action": action,
                            "Resource": resource or {"Fn::GetAtt": ["Project3096086A", "Arn"]},
                        }
                    )

    return change


def remade(change: Change) -> Change:
    """Change a guardrail, and make its version of the new content."""

    def whole(body: Json) -> None:
        change(body)
        version = first(body, "Bedrock::GuardrailVersion")
        version["Description"] = f"content {digest(first(body, 'Bedrock::Guardrail'))}"

    return whole


def both(*changes: Change) -> Change:
    """Several changes as one defect."""

    def change(body: Json) -> None:
        for each in changes:
            each(body)

    return change


def later(body: Json) -> None:
    """Let something come after the lock of the DNS firewall."""
    association = next(of_type(body, "Route53Resolver::FirewallRuleGroupAssociation"))[1]
    association["DependsOn"] = association["DependsOn"][:2]


def subnets(body: Json) -> None:
    """Leave a function one subnet."""
    first(body, "Lambda::Function", "Proxy")["VpcConfig"]["SubnetIds"].pop()


def second(body: Json) -> None:
    """Give another function the authorizer's role."""
    body["Resources"]["Added"] = copy.deepcopy(next(of_type(body, "Lambda::Function", "Authorizer"))[1])


def wider(body: Json) -> None:
    """Let the boundary allow more than the role's own policy."""
    document = first(body, "IAM::ManagedPolicy", "ProxyRoleBoundary")["PolicyDocument"]
    group = {"Fn::GetAtt": ["RecordsGroup132B7387", "Arn"]}
    document["Statement"].append({"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": group})


def locked(body: Json) -> None:
    """Let the lock of the DNS firewall come after what is added."""
    next(of_type(body, "Route53Resolver::FirewallRuleGroupAssociation"))[1]["DependsOn"].append("Added")


def permission(body: Json) -> None:
    """Let any API of the account invoke the authorizer, too."""
    more = copy.deepcopy(next(of_type(body, "Lambda::Permission", "Authorizer"))[1])
    more["Properties"]["SourceArn"] = "arn:aws:execute-api:us-east-1:*:*/*"
    body["Resources"]["Added"] = more


def seen(body: Json) -> None:
    """Start a function by what happens in the account, beside the clock."""
    function = {"Fn::GetAtt": [next(of_type(body, "Lambda::Function", "Proxy"))[0], "Arn"]}
    add(
        "Events::Rule",
        ScheduleExpression="rate(1 day)",
        EventPattern={"source": ["aws.s3"], "detail-type": ["Object Created"]},
        Tags=[{"Key": "deployment", "Value": "Cloister"}],
        Targets=[{"Id": "function", "Arn": function}],
    )(body)


def started(body: Json) -> None:
    """Let any rule of the account start the authorizer, too."""
    permission(body)
    more = body["Resources"]["Added"]["Properties"]
    more |= {"Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:us-east-1:111122223333:rule/any"}


def passing(body: Json) -> None:
    """Let the proxies out to the callers, and the callers take them in."""
    proxies, callers = ({"Fn::GetAtt": [id, "GroupId"]} for id in ("ProxiesGroup79301C7D", "CallersGroup37FA5903"))
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    add("EC2::SecurityGroupEgress", GroupId=proxies, DestinationSecurityGroupId=callers, **https)(body)
    body["Resources"]["Taking"] = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {"GroupId": callers, "SourceSecurityGroupId": proxies, **https},
    }
    next(of_type(body, "Route53Resolver::FirewallRuleGroupAssociation"))[1]["DependsOn"] += ["Added", "Taking"]


def reaching(body: Json) -> None:
    """Let the callers out to the models' endpoint, and the endpoint take them in."""
    callers = {"Fn::GetAtt": ["CallersGroup37FA5903", "GroupId"]}
    models = {"Fn::GetAtt": ["BedrockMantleSecurityGroup6C9A411F", "GroupId"]}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    add("EC2::SecurityGroupEgress", GroupId=callers, DestinationSecurityGroupId=models, **https)(body)
    body["Resources"]["Taking"] = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {"GroupId": models, "SourceSecurityGroupId": callers, **https},
    }
    next(of_type(body, "Route53Resolver::FirewallRuleGroupAssociation"))[1]["DependsOn"] += ["Added", "Taking"]
