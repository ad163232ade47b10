"""API Gateway may write its logs: with a role of the templates, or as the deployment says that another sets it."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.finding import Status
from review.rules.facts import allows, output
from review.rules.rule import WHOLE, Result, Rule, controls, judged

_ACCOUNT, _GATEWAY = "AWS::ApiGateway::Account", "apigateway.amazonaws.com"


def _check(deployment: Deployment) -> Iterator[Result]:
    accounts = list(deployment.assembly.of_type(_ACCOUNT))
    for account in accounts:
        yield judged(_judge, deployment, account)
    if accounts or not deployment.assembly.by_type.get("AWS::ApiGateway::Stage"):
        return
    said = output(deployment, "ApiGatewayLogs")
    elsewhere = said.startswith("elsewhere")
    found = f"the deployment says in its output ApiGatewayLogs: {said}" if elsewhere else "no role lets it write logs"
    yield Result(WHOLE, Status.NOT_APPLICABLE if elsewhere else Status.FAIL, found)


def _judge(deployment: Deployment, account: Resource) -> str:
    role = deployment.identities.roles.get(str(deployment.resolver.of(account, "CloudWatchRoleArn")))
    if role is None:
        return "its role is one that no template makes"
    if role.services != [_GATEWAY] or not allows(role, "logs:PutLogEvents"):
        return f"{role.resource.place} does not let API Gateway write logs"
    for kept in (account, role.resource):
        if any(kept.body.get(p) != "Retain" for p in ("DeletionPolicy", "UpdateReplacePolicy")):
            return f"{kept.place} goes with its stack, and with it the logs of every API of the account and Region"
    return ""


RULE = Rule(
    id="gateway-may-write-logs",
    title="API Gateway may write its logs, and goes on to when the stack goes",
    why="the setting is of the account and Region: without it no API there writes a log",
    severity="medium",
    fix="set 'audit.api_gateway_role' to here, or let the output ApiGatewayLogs say who sets it",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    controls=controls(nist="AU-5 AU-12", soc2="CC7.2", aws="DETECT-01"),
    check=_check,
)
