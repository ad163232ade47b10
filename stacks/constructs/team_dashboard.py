"""What a team sees of its proxy on one page."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.api import STAGE, PrivateApi
from stacks.constructs.authorizer import TokenAuthorizer
from stacks.constructs.fault import alarm_arn
from stacks.constructs.proxy import METRIC_NAMESPACE, ProxyFunction
from stacks.constructs.team_alarms import TeamAlarms

# Written as a reference, asked of CDK once.
_REGION = Aws.REGION
#: A metric as a graph has it: namespace, name, dimensions with their values, how it is drawn.
Line = list[Any]


class TeamDashboard(Construct):
    """A CloudWatch dashboard of one team: what is raised, requests and errors, waiting, tokens and USD, the guardrail.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    proxy, api
        The team's proxy function and its API.
    alarms
        The team's alarms, whose states are at the top.
    authorizer
        The authorizer of a team whose callers bring tokens.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> functions = ClosedSecurityGroup(stack, "Functions", vpc=network.vpc, description="Functions")
    >>> apis = PrivateEndpoint(
    ...     stack,
    ...     "Door",
    ...     vpc=network.vpc,
    ...     service="execute-api",
    ...     statements=endpoint_policies.call_private_apis(stack, stage="v1"),
    ... )
    >>> key = CustomerKey(stack, "Key", alias="cloister/alarms", description="Alarms and logs of Cloister")
    >>> group = EncryptedLogGroup(stack, "Records", key=key.key, retention_days=400)
    >>> proxy = ProxyFunction(
    ...     stack,
    ...     "Proxy",
    ...     code=FunctionCode(code, "with bytecode for Python 3.13"),
    ...     policy=TeamPolicy(team="atlas", access="iam", models=["google.gemma-4-31b"], tiers=["default"]),
    ...     project=TeamProject(stack, "Project", name="Cloister-atlas", team="atlas", owner="Atlas research"),
    ...     guardrail=PinnedGuardrail(
    ...         guardrail_id="gr1",
    ...         arn="arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1",
    ...         version="1",
    ...         key_arn="arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    ...         content_hash="0123456789ab",
    ...     ),
    ...     network=FunctionNetwork(network.vpc, functions.group),
    ...     log_group=group.log_group,
    ... )
    >>> api = PrivateApi(
    ...     stack,
    ...     "Api",
    ...     name="Cloister-atlas",
    ...     handler=proxy.function,
    ...     endpoint=apis.endpoint,
    ...     callers=["arn:aws:iam::111122223333:role/atlas-developer"],
    ...     log_key=key.key,
    ...     retention_days=400,
    ... )
    >>> topic = AlarmTopic(stack, "Topic", name="Cloister-alarms", key=key)
    >>> alarms = TeamAlarms(stack, "Alarms", proxy=proxy, topic=topic, budget=True)
    >>> dashboard = TeamDashboard(stack, "Dashboard", proxy=proxy, api=api, alarms=alarms)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        proxy: ProxyFunction,
        api: PrivateApi,
        alarms: TeamAlarms,
        authorizer: TokenAuthorizer | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        team = {"deployment": proxy.deployment, "team": proxy.team}
        models = [{**team, "model": model} for model in proxy.models]
        function = {"FunctionName": proxy.function.function_name}
        called = {"ApiName": api.name, "Stage": STAGE}

        def each(*names: str, statistic: str = "Sum") -> list[Line]:
            return [line(METRIC_NAMESPACE, name, model, statistic) for name in names for model in models]

        def all_(*names: str, statistic: str = "Sum") -> list[Line]:
            return [line(METRIC_NAMESPACE, name, team, statistic) for name in names]

        causes = [f"{cause}Errors" for cause in ("Caller", "Limit", "Guardrail", "Upstream", "Proxy")]
        first, guarding = "TimeToFirstToken", "GuardrailDuration"
        rows = [
            [
                graph("Requests by model", each("Requests"), "requests"),
                graph("Requests that failed, by whose it is", all_(*causes), "requests"),
            ],
            [
                graph(
                    "Time to first token",
                    [*all_(first, statistic="p50"), *all_(first, statistic="p95"), *each(first, statistic="p95")],
                    "ms",
                ),
                graph("Whole answer, 95th percentile", each("Duration", statistic="p95"), "ms"),
            ],
            [
                graph("Tokens", each("InputTokens", "OutputTokens"), "tokens"),
                graph("Cost, with guarding", each("Usd"), "USD"),
            ],
            [
                graph(
                    "Guardrail: what it acted on", all_("Requests", "GuardrailBlocked", "GuardrailMasked"), "requests"
                ),
                graph(
                    "Waiting for the guardrail",
                    [*all_(guarding, statistic="p50"), *all_(guarding, statistic="p95")],
                    "ms",
                ),
            ],
            [
                graph(
                    "Model endpoint: errors, throttles, calls made again",
                    [*all_("Throttles"), *each("UpstreamErrors", "Retries")],
                    "requests",
                ),
                graph(
                    "Function, API and records",
                    [
                        line("AWS/Lambda", "ConcurrentExecutions", function, "Maximum"),
                        *(line("AWS/Lambda", name, function) for name in ("Errors", "Throttles")),
                        *(line("AWS/ApiGateway", name, called) for name in ("4XXError", "5XXError")),
                        *all_("SigningErrors", "DigestErrors"),
                        *([line(METRIC_NAMESPACE, authorizer.errors_metric, {})] if authorizer else []),
                    ],
                    "count",
                ),
            ],
        ]
        used = [name for name in alarms.alarms if name.startswith("budget-")]
        if used:
            budget = all_("BudgetUsed", statistic="Maximum")
            rows.insert(0, [graph("Budget of the month", budget, "per cent", limits=(50, 80, 100))])
        prefix = f"{proxy.deployment}-{proxy.team}"
        self.dashboard = dashboard(self, prefix, [f"{prefix}-{name}" for name in ("failing", "services", *used)], rows)


def line(namespace: str, name: str, dimensions: Mapping[str, str], statistic: str = "Sum") -> Line:
    """Return a metric as a graph has it."""
    return [namespace, name, *(word for pair in dimensions.items() for word in pair), {"stat": statistic}]


def graph(title: str, metrics: Sequence[Line], unit: str, limits: Sequence[float] = ()) -> dict[str, Any]:
    """Return a graph of half the page's width.

    Parameters
    ----------
    title
        What it says at its top.
    metrics
        What is drawn.
    unit
        What stands at the axis.
    limits
        Values at which a line is drawn across.
    """
    return {
        "type": "metric",
        "width": 12,
        "height": 6,
        "properties": {
            "view": "timeSeries",
            "title": title,
            "metrics": metrics,
            "period": 300,
            "yAxis": {"left": {"label": unit, "showUnits": False, "min": 0}},
            **({"annotations": {"horizontal": [{"value": value} for value in limits]}} if limits else {}),
        },
    }


def dashboard(
    scope: Construct, name: str, told: Sequence[str], rows: Sequence[Sequence[dict[str, Any]]]
) -> cloudwatch.CfnDashboard:
    """Make a dashboard of rows of graphs, below the states of what is told.

    Its document is written here: as constructs, each of some thirty metrics is a message to CDK, for each team
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).

    Parameters
    ----------
    scope
        The construct whose ``Dashboard`` it becomes.
    name
        Name of the dashboard.
    told
        Names of alarms.
    rows
        Graphs, at most two a row.
    """
    place = {"region": _REGION}
    arns = list(map(alarm_arn, told))
    status = {"type": "alarm", "width": 24, "height": 2, "x": 0, "y": 0}
    widgets: list[dict[str, Any]] = [{**status, "properties": {"title": "Told", "alarms": arns}}]
    for down, row in enumerate(rows):
        for across, widget in enumerate(row):
            properties = {**place, **widget["properties"]}
            widgets.append({**widget, "x": 12 * across, "y": 2 + 6 * down, "properties": properties})
    body = json.dumps({"start": "-PT12H", "widgets": widgets})
    return cloudwatch.CfnDashboard(scope, "Dashboard", dashboard_name=name, dashboard_body=body)
