"""The account's role by which API Gateway writes logs: one for all APIs of the account and Region."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    found = account.ask("apigateway", "GetAccount").get("cloudwatchRoleArn")
    elsewhere = getattr(plan.settings.deployment.audit, "api_gateway_role", "here") == "elsewhere"
    if elsewhere and found:
        yield ok("api-gateway-role", found, "'api_gateway_role: elsewhere': the deployment leaves it in place")
    elif elsewhere:
        yield stops(
            "api-gateway-role",
            "API Gateway's role for logs",
            "'api_gateway_role: elsewhere', and there is no role in the account and Region",
            why="API Gateway refuses a stage with logs while there is none.",
            cure=f"'api_gateway_role: here' under 'audit' in {plan.deployment_file}, or set one: aws apigateway "
            f"update-account --region {plan.region} --patch-operations op=replace,path=/cloudwatchRoleArn,value=ARN",
            source=_SOURCE,
        )
    elif not found:
        yield ok("api-gateway-role", "API Gateway's role for logs", "there is no role yet: the deployment gives it one")
    elif found.rpartition("/")[2].startswith(f"{plan.stack('Audit')}-"):
        yield ok("api-gateway-role", found, "the role is this deployment's own")
    else:
        yield warning(
            "api-gateway-role",
            found,
            "API Gateway writes the logs of the account's APIs with this role, and the deployment replaces it",
            why="There is one for the account and Region; APIs of others log with the new one from then on.",
            cure=f"'api_gateway_role: elsewhere' under 'audit' in {plan.deployment_file}, which leaves it in place",
            source=_SOURCE,
        )


LOOK = Look(
    "api-gateway-role",
    "API Gateway's role for logs",
    "The account has one such role; setting it replaces another without a word.",
    _SOURCE,
    _ask,
)
