"""The alarms of what all teams stand on."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.fault import FIVE_MINUTES, RUNBOOKS, described, of_requests, part_of, told_once
from stacks.constructs.proxy import METRIC_NAMESPACE


def services_alarm(deployment: str) -> str:
    """Return the name of a deployment's alarm on the services, which is told once for all teams.

    Examples
    --------
    >>> services_alarm("Cloister")
    'Cloister-platform-services'
    """
    return f"{deployment}-platform-services"


class PlatformAlarms(Construct):
    """What is told of the model and the guardrail where they fail for the whole deployment: once, not for each team.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    deployment
        Name of the deployment, which its metrics carry.
    topic
        Who is told.
    runbooks
        Folder or URL of the runbooks, which each alarm's description names.

    Attributes
    ----------
    services
        The composite alarm, which tells.
    alarms
        What it is made of, by runbook.

    Example
    -------
    >>> key = CustomerKey(stack, "AlarmsKey", alias="cloister/alarms", description="Alarms of Cloister")
    >>> topic = AlarmTopic(stack, "Topic", name="Cloister-alarms", key=key, emails=["platform@example.com"])
    >>> alarms = PlatformAlarms(stack, "Alarms", deployment="Cloister", topic=topic)
    >>> sorted(alarms.alarms)
    ['platform-guardrail-errors', 'platform-upstream-errors']
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: str, topic: AlarmTopic, runbooks: str = RUNBOOKS
    ) -> None:
        super().__init__(scope, construct_id)
        self._deployment = deployment
        requests = self.metric("Requests")
        faults = (
            of_requests(
                "platform-upstream-errors",
                "The model endpoint fails on 5 % of all teams' requests or more.",
                self.metric("UpstreamErrors"),
                requests,
                least=5,
            ),
            of_requests(
                "platform-guardrail-errors",
                "The guardrail gives no verdict on 5 % of all teams' requests or more, which are refused.",
                self.metric("GuardrailErrors"),
                requests,
                least=3,
            ),
        )
        self.alarms = {
            fault.runbook: fault.alarm(
                self,
                part_of(fault.runbook.removeprefix("platform-")),
                name=f"{deployment}-{fault.runbook}",
                runbooks=runbooks,
            )
            for fault in faults
        }
        self.services = told_once(
            self,
            "Services",
            name=services_alarm(deployment),
            description=described(
                "Requests of all teams suffer from the model or the guardrail.", "platform-services", runbooks
            ),
            alarms={f"{deployment}-{name}": alarm for name, alarm in self.alarms.items()},
            topic=topic,
        )

    def metric(self, name: str) -> cloudwatch.Metric:
        """Return a metric of the whole deployment, over all teams.

        Parameters
        ----------
        name
            ``Requests``, ``UpstreamErrors`` or ``GuardrailErrors``.
        """
        return cloudwatch.Metric(
            namespace=METRIC_NAMESPACE,
            metric_name=name,
            dimensions_map={"deployment": self._deployment},
            statistic="Sum",
            period=FIVE_MINUTES,
        )
