"""Who delivers a VPC's flows and queries may write where they are told to."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.identities import document
from review.rules.facts import allowing, allows, whole
from review.rules.rule import NotApplicableError, Result, Rule, controls, judged

_FLOWS, _QUERIES = "vpc-flow-logs.amazonaws.com", "delivery.logs.amazonaws.com"


def _check(deployment: Deployment) -> Iterator[Result]:
    for log in deployment.assembly.of_type("AWS::EC2::FlowLog"):
        yield judged(_flows, deployment, log)
    for config in deployment.assembly.of_type("AWS::Route53Resolver::ResolverQueryLoggingConfig"):
        yield judged(_queries, deployment, config)


def _flows(deployment: Deployment, log: Resource) -> str:
    kind = deployment.resolver.of(log, "LogDestinationType") or "cloud-watch-logs"
    if kind != "cloud-watch-logs":
        raise NotApplicableError(f"it goes to {kind}")
    role = deployment.identities.roles.get(str(deployment.resolver.of(log, "DeliverLogsPermissionArn")))
    if role is None:
        return "it is delivered with a role that no template makes"
    if role.services != [_FLOWS] or not allows(role, "logs:PutLogEvents"):
        return f"{role.resource.place} does not let flow logs write"
    group = deployment.resolver.of(log, "LogGroupName")
    place = deployment.resolver.place(log.stack)
    named = [v for s in role.groups[0] if s.resource for v in s.resource.values]
    start = place.arn("logs", f"log-group:{group}")
    return "" if any(v == start or v.startswith(f"{start}:") for v in named) else f"its role may not write to {group}"


def _queries(deployment: Deployment, config: Resource) -> str:
    target = str(deployment.resolver.of(config, "DestinationArn"))
    if ":log-group:" not in target:
        raise NotApplicableError(f"it goes to {target}")
    for policy in deployment.assembly.of_type("AWS::Logs::ResourcePolicy"):
        for statement in allowing(document(deployment.resolver.of(policy, "PolicyDocument"), policy.place)):
            services = statement.principals.kinds.get("Service", ()) if statement.principals else ()
            starts = tuple(statement.resource.values) if statement.resource else ()
            if _QUERIES in services and any(v.startswith(target.removesuffix("*")) for v in starts):
                return ""
    return f"no policy lets {_QUERIES} write to {whole(target)}"


RULE = Rule(
    id="log-is-delivered",
    title="Who delivers a VPC's flows and queries may write where they are told to",
    why="a log that cannot be written is empty, which looks like nothing having happened",
    severity="medium",
    fix="name the log group in the role of the flow logs, and in a log resource policy for delivery.logs.amazonaws.com",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
    controls=controls(nist="AU-5 AU-12", soc2="CC7.2", aws="DETECT-01"),
    check=_check,
)
