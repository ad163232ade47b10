"""Counts against quotas."""

from __future__ import annotations

from preflight.looks import counts
from tests.preflight.cases.common import (
    IMAGE,
    NOT_ASKED,
    OK,
    STOPS,
    WARNING,
    Case,
    deployed,
    quota,
)
from tests.preflight.recorded import (
    DENIED,
)

CASES: list[Case] = [
    Case(
        "the sixth trail",
        counts.LOOK,
        "quota",
        STOPS,
        ("quota of trails", "5 there, 1 more, of 5"),
        {"cloudtrail.DescribeTrails": {"trailList": [{"Name": str(i), "IsMultiRegionTrail": True} for i in range(5)]}},
    ),
    Case(
        "trails elsewhere",
        counts.LOOK,
        "quota",
        OK,
        ("quota of trails", "0 there"),
        {"cloudtrail.DescribeTrails": {"trailList": [{"Name": str(i), "HomeRegion": "eu-west-1"} for i in range(5)]}},
    ),
    Case(
        "nearly all log policies",
        counts.LOOK,
        "quota",
        WARNING,
        ("quota of log-resource-policies", "7 there, 1 more, of 10", "80 %"),
        {"logs.DescribeResourcePolicies": {"resourcePolicies": [{"policyName": str(i)} for i in range(7)]}},
    ),
    Case(
        "most log policies",
        counts.LOOK,
        "quota",
        OK,
        ("6 there, 1 more, of 10",),
        {"logs.DescribeResourcePolicies": {"resourcePolicies": [{"policyName": str(i)} for i in range(6)]}},
    ),
    Case(
        "the hundredth guardrail",
        counts.LOOK,
        "quota",
        WARNING,
        ("quota of guardrails", "99 there"),
        {
            "bedrock.ListGuardrails": {
                "guardrails": [
                    {
                        "id": "g",
                        "arn": "a",
                        "status": "READY",
                        "name": str(i),
                        "version": "DRAFT",
                        "createdAt": 0,
                        "updatedAt": 0,
                    }
                    for i in range(99)
                ]
            }
        },
    ),
    Case(
        "private APIs",
        counts.LOOK,
        "quota",
        STOPS,
        ("quota of private-apis", "599 there, 2 more, of 600"),
        {"apigateway.GetRestApis": {"items": [{"endpointConfiguration": {"types": ["PRIVATE"]}}] * 599}},
    ),
    Case(
        "public APIs",
        counts.LOOK,
        "quota",
        OK,
        ("quota of private-apis", "0 there"),
        {"apigateway.GetRestApis": {"items": [{"endpointConfiguration": {"types": ["REGIONAL"]}}] * 599}},
    ),
    Case(
        "the sixth VPC",
        counts.LOOK,
        "quota",
        STOPS,
        ("quota of vpcs", "L-F678F1CE --desired-value 10"),
        {"ec2.DescribeVpcs": {"Vpcs": [{"VpcId": str(i)} for i in range(5)]}},
    ),
    Case(
        "the sixth VPC where six may be",
        counts.LOOK,
        "quota",
        OK,
        ("quota of vpcs", "of 50 (of this account)"),
        {"ec2.DescribeVpcs": {"Vpcs": [{"VpcId": str(i)} for i in range(5)]}, **quota(50, "L-F678F1CE")},
    ),
    Case(
        "the VPC is there",
        counts.LOOK,
        "quota",
        OK,
        ("quota of vpcs", "3 there, 0 more"),
        {"ec2.DescribeVpcs": {"Vpcs": [{"VpcId": str(i)} for i in range(3)]}, **deployed("Cloister-Network")},
    ),
    Case(
        "many roles",
        counts.LOOK,
        "quota",
        WARNING,
        ("quota of roles", "L-FE177D64"),
        {
            "iam.GetAccountSummary": {
                "SummaryMap": {"Roles": 900, "RolesQuota": 1000, "Policies": 5, "PoliciesQuota": 1500}
            }
        },
    ),
    Case(
        "all hosted zones",
        counts.LOOK,
        "quota",
        STOPS,
        ("quota of hosted-zones",),
        {"route53.GetAccountLimit": {"Limit": {"Type": "MAX_HOSTED_ZONES_BY_OWNER", "Value": 500}, "Count": 500}},
        deployment=IMAGE,
    ),
    Case(
        "a count that cannot be asked",
        counts.LOOK,
        "quota",
        NOT_ASKED,
        ("cloudtrail:DescribeTrails was refused",),
        {"cloudtrail.DescribeTrails": DENIED},
    ),
    Case(
        "a quota that cannot be asked",
        counts.LOOK,
        "quota",
        OK,
        ("quota of vpcs", "of 5 (AWS's published default: Service Quotas gave no answer)"),
        {"service-quotas.GetServiceQuota": DENIED},
    ),
]
