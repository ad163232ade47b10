"""Every question that a preflight may ask, and the right that it takes: what is not here is not asked.

`Account.ask` refuses a call that is not in this table, so the policy that is written from it is complete; a test holds
``docs/preflight-policy.json`` to it, the actions to AWS's service authorization data, and each entry to a use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["CALLS", "RESOURCES", "action", "document"]

#: Service and operation as botocore names them, and the IAM action that allows the operation. Most are equal but for
#: the spelling of the service; those that are not have a comment.
CALLS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        # API Gateway's actions are HTTP's methods
        # (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html).
        ("apigateway", "GetAccount"): "apigateway:GET",
        ("apigateway", "GetRestApis"): "apigateway:GET",
        ("bedrock", "ListGuardrails"): "bedrock:ListGuardrails",
        ("bedrock-mantle", "CreateInference"): "bedrock-mantle:CreateInference",
        ("bedrock-mantle", "GetAccountDataRetention"): "bedrock-mantle:GetAccountDataRetention",
        ("bedrock-mantle", "GetModel"): "bedrock-mantle:GetModel",
        ("bedrock-mantle", "GetProject"): "bedrock-mantle:GetProject",
        ("cloudformation", "DescribeStacks"): "cloudformation:DescribeStacks",
        ("cloudformation", "DescribeType"): "cloudformation:DescribeType",
        ("cloudtrail", "DescribeTrails"): "cloudtrail:DescribeTrails",
        ("ec2", "DescribeAvailabilityZones"): "ec2:DescribeAvailabilityZones",
        ("ec2", "DescribeFlowLogs"): "ec2:DescribeFlowLogs",
        ("ec2", "DescribeManagedPrefixLists"): "ec2:DescribeManagedPrefixLists",
        ("ec2", "DescribeRouteTables"): "ec2:DescribeRouteTables",
        ("ec2", "DescribeSecurityGroups"): "ec2:DescribeSecurityGroups",
        ("ec2", "DescribeSubnets"): "ec2:DescribeSubnets",
        ("ec2", "DescribeVpcAttribute"): "ec2:DescribeVpcAttribute",
        ("ec2", "DescribeVpcEndpointServices"): "ec2:DescribeVpcEndpointServices",
        ("ec2", "DescribeVpcEndpoints"): "ec2:DescribeVpcEndpoints",
        ("ec2", "DescribeVpcs"): "ec2:DescribeVpcs",
        ("iam", "GetAccountSummary"): "iam:GetAccountSummary",
        ("iam", "GetRole"): "iam:GetRole",
        ("iam", "ListAttachedRolePolicies"): "iam:ListAttachedRolePolicies",
        ("iam", "ListRoles"): "iam:ListRoles",
        ("iam", "SimulatePrincipalPolicy"): "iam:SimulatePrincipalPolicy",
        ("kms", "DescribeKey"): "kms:DescribeKey",
        ("kms", "ListAliases"): "kms:ListAliases",
        ("lambda", "GetAccountSettings"): "lambda:GetAccountSettings",
        # Says whether a function is there, and of its settings only the concurrency that is reserved for it.
        ("lambda", "GetFunctionConcurrency"): "lambda:GetFunctionConcurrency",
        ("logs", "DescribeResourcePolicies"): "logs:DescribeResourcePolicies",
        ("organizations", "DescribeOrganization"): "organizations:DescribeOrganization",
        ("route53", "GetAccountLimit"): "route53:GetAccountLimit",
        ("route53", "ListHostedZonesByVPC"): "route53:ListHostedZonesByVPC",
        ("route53resolver", "ListFirewallRuleGroupAssociations"): "route53resolver:ListFirewallRuleGroupAssociations",
        ("route53resolver", "ListResolverQueryLogConfigs"): "route53resolver:ListResolverQueryLogConfigs",
        # And not HeadBucket, which would take the right to list what is in every bucket.
        ("s3", "GetBucketLocation"): "s3:GetBucketLocation",
        ("service-quotas", "GetServiceQuota"): "servicequotas:GetServiceQuota",
        ("ssm", "GetParameter"): "ssm:GetParameter",
        # Every principal may ask who it is, but for a denial; listed, so that the list is whole
        # (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
        ("sts", "GetCallerIdentity"): "sts:GetCallerIdentity",
    }
)

#: The resources of the actions that can be narrowed without knowing a deployment; all others are asked of `*`.
RESOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "apigateway:GET": (
            "arn:{partition}:apigateway:*::/account",
            "arn:{partition}:apigateway:*::/restapis",
        ),
        "bedrock-mantle:CreateInference": ("arn:{partition}:bedrock-mantle:*:*:project/default",),
        "bedrock-mantle:GetModel": ("arn:{partition}:bedrock-mantle:*:*:project/*",),
        "bedrock-mantle:GetProject": ("arn:{partition}:bedrock-mantle:*:*:project/*",),
        "kms:DescribeKey": ("arn:{partition}:kms:*:*:key/*",),
        "ssm:GetParameter": ("arn:{partition}:ssm:*:*:parameter/cdk-bootstrap/*",),
    }
)


def action(service: str, operation: str) -> str:
    """Return the IAM action that allows a call.

    Raises
    ------
    LookupError
        The call is none that a preflight may make.

    Examples
    --------
    >>> action("apigateway", "GetAccount")
    'apigateway:GET'
    >>> action("s3", "DeleteBucket")
    Traceback (most recent call last):
    LookupError: s3 DeleteBucket is not in preflight/rights.py, so docs/preflight-policy.json does not allow it
    """
    if (service, operation) not in CALLS:
        raise LookupError(
            f"{service} {operation} is not in preflight/rights.py, so docs/preflight-policy.json does not allow it"
        )
    return CALLS[service, operation]


def document(partition: str = "aws") -> str:
    r"""Return the policy that allows everything that a preflight asks, and nothing else.

    Parameters
    ----------
    partition
        ``aws``, or ``aws-us-gov`` for an account of GovCloud.

    Examples
    --------
    >>> json.loads(document())["Version"]
    '2012-10-17'
    """
    actions = sorted(set(CALLS.values()))
    wide = [name for name in actions if name not in RESOURCES]
    statements: list[dict[str, Any]] = [{"Sid": "Ask", "Effect": "Allow", "Action": wide, "Resource": "*"}]
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for name in actions:
        if name in RESOURCES:
            by_resources.setdefault(RESOURCES[name], []).append(name)
    for resources, names in by_resources.items():
        sid = "Ask" + "".join(part.title() for part in names[0].partition(":")[0].split("-"))
        sid += "Inference" if names[0].endswith("CreateInference") else ""
        where = [resource.format(partition=partition) for resource in resources]
        statements.append({"Sid": sid, "Effect": "Allow", "Action": names, "Resource": where})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"
