"""What the platform's engineers see of all teams on one page."""

from constructs import Construct

from stacks.constructs.platform_alarms import PlatformAlarms, services_alarm
from stacks.constructs.proxy import METRIC_NAMESPACE
from stacks.constructs.team_dashboard import Line, dashboard, graph, line


class PlatformDashboard(Construct):
    """A CloudWatch dashboard of a deployment: all teams together, and each team's line.

    It names no team: what it draws is searched for when somebody looks, so a new team is on it by itself and its
    template stays the same
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    deployment
        Name of the deployment, which its metrics carry.
    alarms
        The deployment's alarms on the services, whose states are at the top.

    Example
    -------
    >>> key = CustomerKey(stack, "AlarmsKey", alias="cloister/alarms", description="Alarms of Cloister")
    >>> topic = AlarmTopic(stack, "Topic", name="Cloister-alarms", key=key)
    >>> alarms = PlatformAlarms(stack, "Alarms", deployment="Cloister", topic=topic)
    >>> dashboard = PlatformDashboard(stack, "Dashboard", deployment="Cloister", alarms=alarms)
    """

    def __init__(self, scope: Construct, construct_id: str, *, deployment: str, alarms: PlatformAlarms) -> None:
        super().__init__(scope, construct_id)
        self._deployment = deployment
        counts = ("Requests", "UpstreamErrors", "GuardrailErrors")
        every = [line(METRIC_NAMESPACE, name, {"deployment": deployment}) for name in counts]
        p95 = "by team, 95th percentile"
        self.dashboard = dashboard(
            self,
            f"{deployment}-platform",
            [services_alarm(deployment), *(f"{deployment}-{name}" for name in alarms.alarms)],
            [
                [
                    graph("All requests", every, "requests"),
                    graph("Requests by team", [self._teams("Requests")], "requests"),
                ],
                [
                    graph("Deployment's own errors by team", [self._teams("ProxyErrors")], "requests"),
                    graph("Model endpoint's errors by team", [self._teams("UpstreamErrors")], "requests"),
                ],
                [
                    graph(f"Time to first token {p95}", [self._teams("TimeToFirstToken", "p95")], "ms"),
                    graph(f"Waiting for the guardrail {p95}", [self._teams("GuardrailDuration", "p95")], "ms"),
                ],
                [
                    graph("Cost by team and model, with guarding", [self._teams("Usd", by="team,model")], "USD"),
                    graph("Budget by team", [self._teams("BudgetUsed", "Maximum")], "per cent", limits=(80, 100)),
                ],
            ],
        )

    def _teams(self, metric: str, statistic: str = "Sum", *, by: str = "team") -> Line:
        found = f'{{{METRIC_NAMESPACE},deployment,{by}}} MetricName="{metric}" deployment="{self._deployment}"'
        return [{"expression": f"SEARCH('{found}', '{statistic}', 300)", "id": "each"}]
