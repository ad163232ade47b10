"""A log group's records go on to a delivery stream of the deployment, and to no other place."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import STREAM
from review.rules.rule import Rule, controls, each


@each("AWS::Logs::SubscriptionFilter")
def _check(deployment: Deployment, subscription: Resource) -> str:
    streams = {deployment.resolver.arn(stream) for stream in deployment.assembly.of_type(STREAM)}
    destination = deployment.resolver.text(subscription, "DestinationArn")
    if destination not in streams:
        return f"it sends records to {destination}, which is no delivery stream of the templates"
    role = deployment.identities.roles.get(str(deployment.resolver.text(subscription, "RoleArn")))
    if role is None:
        return "it uses a role that no template makes"
    taken = sorted(set(role.services))
    return "" if taken == ["logs.amazonaws.com"] else f"its role is taken on by {', '.join(taken) or 'nobody'}"


RULE = Rule(
    id="records-go-to-named-streams",
    title="A log group's records go on to a delivery stream of the deployment, and to no other place",
    why="a subscription carries every record to wherever it is told, another account's function for example",
    severity="critical",
    fix="make a delivery stream of the templates its destination, with a role that CloudWatch Logs alone takes on",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
    controls=controls(nist="AC-4 AU-9 SC-7", soc2="CC6.1 CC6.7", owasp="LLM02"),
    check=_check,
)
