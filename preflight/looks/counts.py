"""What the deployment adds, against what the account may have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from preflight.account import Account
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.looks._quota import applied
from preflight.looks.stacks import every, is_deployed
from preflight.plan import Plan
from review.finding import Finding
from stacks.settings.network import Existing, Hub

_SOURCE = "https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html"
#: From here on a quota is worth a thought before it is reached.
NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class _Quota:
    """A number that AWS limits.

    Parameters
    ----------
    what
        What is counted.
    default
        AWS's published default.
    source
        Where it is published.
    used, added
        How many there are, and how many this deployment adds.
    service, code
        At Service Quotas; no code for a limit that is fixed.
    """

    what: str
    default: float
    source: str
    used: Callable[[Account, Plan], int]
    added: Callable[[Account, Plan], int]
    service: str = ""
    code: str | None = None


def _new(account: Account, plan: Plan, suffix: str, count: int = 1) -> int:
    return 0 if is_deployed(account, plan.stack(suffix)) else count


def _new_teams(account: Account, plan: Plan) -> int:
    return sum(not is_deployed(account, plan.team_stack(team)) for team in plan.teams)


def _makes_vpc(plan: Plan) -> bool:
    return not isinstance(plan.settings.deployment.network, (Existing, Hub))


def _private_apis(account: Account, _plan: Plan) -> int:
    apis = account.all("apigateway", "GetRestApis", "items")
    return sum("PRIVATE" in api.get("endpointConfiguration", {}).get("types", ()) for api in apis)


def _trails(account: Account, plan: Plan) -> int:
    # A trail of all Regions counts in each: `includeShadowTrails` lists it here too.
    trails = account.ask("cloudtrail", "DescribeTrails", includeShadowTrails=True)["trailList"]
    return sum(trail.get("HomeRegion") == plan.region or bool(trail.get("IsMultiRegionTrail")) for trail in trails)


def _endpoints(account: Account, plan: Plan) -> int:
    vpc = plan.settings.deployment.network
    if not isinstance(vpc, (Existing, Hub)):
        return 0
    there = account.all(
        "ec2", "DescribeVpcEndpoints", "VpcEndpoints", Filters=[{"Name": "vpc-id", "Values": [vpc.vpc]}]
    )
    return sum(endpoint["VpcEndpointType"] == "Interface" for endpoint in there)


def _groups(_account: Account, plan: Plan) -> int:
    return len(plan.endpoints) + 3


_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_QUOTAS = (
    _Quota(
        "trails",
        5,
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html",
        _trails,
        lambda account, plan: _new(account, plan, "Audit"),
    ),
    _Quota(
        "log-resource-policies",
        10,
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
        lambda account, _plan: len(account.all("logs", "DescribeResourcePolicies", "resourcePolicies")),
        lambda account, plan: _new(account, plan, "Network") if plan.query_policy else 0,
    ),
    _Quota(
        "query-log-configurations",
        20,
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html",
        lambda account, _plan: len(
            account.all("route53resolver", "ListResolverQueryLogConfigs", "ResolverQueryLogConfigs")
        ),
        lambda account, plan: _new(account, plan, "Network") if plan.query_policy else 0,
    ),
    _Quota(
        "guardrails",
        100,
        "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
        lambda account, _plan: len(account.all("bedrock", "ListGuardrails", "guardrails")),
        lambda account, plan: _new(account, plan, "Guardrails"),
    ),
    _Quota(
        "private-apis",
        600,
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
        _private_apis,
        _new_teams,
    ),
    _Quota(
        "stacks",
        2000,
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
        lambda account, _plan: len(every(account)),
        lambda account, plan: sum(name not in every(account) for name in plan.stacks),
        "cloudformation",
        "L-0485CB21",
    ),
    _Quota(
        "vpcs",
        5,
        _VPC,
        lambda account, _plan: len(account.all("ec2", "DescribeVpcs", "Vpcs")),
        lambda account, plan: _new(account, plan, "Network") if _makes_vpc(plan) else 0,
        "vpc",
        "L-F678F1CE",
    ),
    _Quota(
        "interface-endpoints",
        50,
        _VPC,
        _endpoints,
        lambda account, plan: _new(account, plan, "Network", len(plan.endpoints)),
        "vpc",
        "L-29B6F2EB",
    ),
    _Quota(
        "security-groups",
        2500,
        _VPC,
        lambda account, _plan: len(account.all("ec2", "DescribeSecurityGroups", "SecurityGroups")),
        lambda account, plan: _new(account, plan, "Network", _groups(account, plan)),
        "vpc",
        "L-E79EC296",
    ),
)


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    for quota in _QUOTAS:
        yield from attempt(LOOK, quota.what, _counted(account, plan, quota))
    yield from attempt(LOOK, "roles and managed policies", _iam(account, plan))
    if plan.settings.deployment.buckets:
        yield from attempt(LOOK, "hosted-zones", _hosted_zones(account, plan))


def _counted(account: Account, plan: Plan, quota: _Quota) -> Iterator[Finding]:
    used, added = quota.used(account, plan), quota.added(account, plan)
    limit, origin = applied(account, quota.service, quota.code, quota.default)
    raised = (
        f"aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code} "
        f"--desired-value {_more(limit)} --region {plan.region}"
        if quota.code
        else ""
    )
    yield _judged(quota.what, used, added, limit, origin, raised, quota.source)


def _iam(account: Account, plan: Plan) -> Iterator[Finding]:
    summary = account.ask("iam", "GetAccountSummary")["SummaryMap"]
    teams = _new_teams(account, plan)
    # A function has a role and a boundary; a team has up to two of them, and a policy for its callers.
    for what, key, code, added in (
        ("roles", "Roles", "L-FE177D64", 2 * teams + _new(account, plan, "Audit", 3)),
        ("managed-policies", "Policies", "L-E95E4862", 3 * teams + _new(account, plan, "Guardrails")),
    ):
        raised = (
            f"aws service-quotas request-service-quota-increase --service-code iam --quota-code {code} "
            f"--desired-value {_more(summary[f'{key}Quota'])} --region us-east-1"
        )
        yield _judged(what, summary[key], added, summary[f"{key}Quota"], "of this account", raised, _IAM)


def _hosted_zones(account: Account, plan: Plan) -> Iterator[Finding]:
    found = account.ask("route53", "GetAccountLimit", Type="MAX_HOSTED_ZONES_BY_OWNER")
    added = _new(account, plan, "Network", len(plan.settings.deployment.buckets))
    yield _judged(
        "hosted-zones",
        found["Count"],
        added,
        found["Limit"]["Value"],
        "of this account",
        "",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html",
    )


def _judged(what: str, used: int, added: int, limit: float, origin: str, raised: str, source: str) -> Finding:
    where, total = f"quota of {what}", used + added
    found = f"{used} there, {added} more, of {limit:.0f} ({origin})"
    cure = f"take away what nobody needs{f', or: {raised}' if raised else ': this one cannot be raised by yourself'}"
    if total > limit:
        return stops(
            "quota",
            where,
            found,
            why="AWS refuses what would be beyond the quota, and the stack rolls back.",
            cure=cure,
            source=source,
        )
    if total >= NEARLY * limit:
        return warning(
            "quota",
            where,
            found,
            why=f"That is {100 * total / limit:.0f} %: the next few are refused.",
            cure=cure,
            source=source,
        )
    return ok("quota", where, found)


def _more(limit: float) -> int:
    return math.ceil(limit * 2)


LOOK = Look(
    "quota",
    "Counts against the account's quotas",
    "AWS refuses what would be beyond a quota, and the stack rolls back.",
    _SOURCE,
    _ask,
)
