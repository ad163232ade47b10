"""The alarms of one team."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.authorizer import TokenAuthorizer
from stacks.constructs.fault import FIVE_MINUTES, RUNBOOKS, Fault, described, of_requests, part_of, told_once
from stacks.constructs.proxy import ProxyFunction

_BUDGET = (50, 80, 100)


class TeamAlarms(Construct):
    """What is told of a team's proxy: faults of the deployment, faults of the services behind it, and its budget.

    Many alarms look at one fault; two composite alarms tell of them, each once: ``failing`` of what is the deployment's
    own, ``services`` of the model and the guardrail. The second is silent while the whole deployment's alarm on the
    same services is raised.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    proxy
        The team's proxy function.
    topic
        Who is told.
    authorizer
        The authorizer of a team whose callers bring tokens.
    budget
        Whether the team has a budget.
    digests
        Whether its records confirm its requests.
    everywhere
        Name of the deployment's composite alarm on the services (`PlatformAlarms`), where there is one.
    runbooks
        Folder or URL of the runbooks, which each alarm's description names.

    Attributes
    ----------
    failing, services
        The composite alarms, which tell.
    alarms
        What they are made of, by runbook; it tells nobody itself, but for the budget.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> functions = ClosedSecurityGroup(stack, "Functions", vpc=network.vpc, description="Functions")
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
    >>> topic = AlarmTopic(stack, "Topic", name="Cloister-alarms", key=key, emails=["platform@example.com"])
    >>> alarms = TeamAlarms(stack, "Alarms", proxy=proxy, topic=topic, budget=True)
    >>> sorted(alarms.alarms)[:4]
    ['budget-100', 'budget-50', 'budget-80', 'concurrency']
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        proxy: ProxyFunction,
        topic: AlarmTopic,
        authorizer: TokenAuthorizer | None = None,
        budget: bool = False,
        digests: bool = False,
        everywhere: str | None = None,
        runbooks: str = RUNBOOKS,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix, self._runbooks, self._topic = f"{proxy.deployment}-{proxy.team}", runbooks, topic
        self.alarms: dict[str, cloudwatch.Alarm] = {}
        own, others = _own(proxy, authorizer, digests=digests), _others(proxy)
        for fault in (*own, *others):
            self._alarm(fault, fault.runbook)
        for used in _BUDGET if budget else ():
            topic.tell(self._alarm(_used(proxy, used), f"budget-{used}"))
        self.failing = self._composite(
            "failing",
            f"Requests of team {proxy.team} fail, or are not recorded, for a reason of the deployment's.",
            own,
        )
        self.services = self._composite(
            "services", f"Requests of team {proxy.team} suffer from the model or the guardrail.", others, everywhere
        )

    def _alarm(self, fault: Fault, ending: str) -> cloudwatch.Alarm:
        name = f"{self._prefix}-{ending}"
        self.alarms[ending] = fault.alarm(self, part_of(ending), name=name, runbooks=self._runbooks)
        return self.alarms[ending]

    def _composite(
        self, kind: str, says: str, faults: list[Fault], everywhere: str | None = None
    ) -> cloudwatch.CfnCompositeAlarm:
        return told_once(
            self,
            part_of(kind),
            name=f"{self._prefix}-{kind}",
            description=described(says, kind, self._runbooks),
            alarms={f"{self._prefix}-{fault.runbook}": self.alarms[fault.runbook] for fault in faults},
            topic=self._topic,
            everywhere=everywhere,
        )


def _own(proxy: ProxyFunction, authorizer: TokenAuthorizer | None, *, digests: bool) -> list[Fault]:
    invocations = proxy.function.metric_invocations(period=FIVE_MINUTES, statistic="Sum")
    missing = cloudwatch.MathExpression(
        expression="100 * (invocations - FILL(requests, 0)) / invocations",
        using_metrics={"invocations": invocations, "requests": proxy.metric_requests()},
        label="per cent",
        period=FIVE_MINUTES,
    )
    found = [
        Fault(
            "proxy-errors",
            "The proxy failed on a request, or is not set up as it must be.",
            proxy.metric_errors("proxy"),
        ),
        Fault(
            "function-errors",
            "The proxy's function ended in the middle of a request, or could not start.",
            proxy.function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        ),
        Fault(
            "concurrency",
            "Lambda turned requests away: the account has no execution left.",
            proxy.function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
        ),
        Fault("unrecorded", "Requests have no record: it was not written, or not read.", missing, of=(2, 3)),
        Fault("unsigned", "Records could not be signed.", proxy.metric_signing_errors(), of=(2, 3)),
    ]
    if digests:
        said = "Records confirm no request, for want of their digest."
        found.append(Fault("undigested", said, proxy.metric_digest_errors(), of=(2, 3)))
    if authorizer is not None:
        found.append(
            Fault(
                "authorizer-errors", "Tokens could not be checked, so callers are refused.", authorizer.metric_errors()
            )
        )
    return found


def _others(proxy: ProxyFunction) -> list[Fault]:
    requests = proxy.metric_requests()
    return [
        of_requests(
            "upstream-errors",
            "The model endpoint fails on 5 % of the requests or more.",
            proxy.metric_errors("upstream"),
            requests,
            least=5,
        ),
        Fault(
            "throttles",
            "The model endpoint turns requests away, since a quota is used up.",
            proxy.metric_throttles(),
            threshold=5,
            of=(2, 3),
        ),
        of_requests(
            "guardrail-errors",
            "The guardrail gives no verdict, so requests are refused.",
            proxy.metric_errors("guardrail"),
            requests,
            least=3,
        ),
        Fault(
            "latency",
            "Callers wait longer for the first token than at other times.",
            proxy.metric_time_to_first_token("p95"),
            threshold=None,
            of=(3, 4),
        ),
    ]


def _used(proxy: ProxyFunction, used: int) -> Fault:
    # The most that a request may cost is reserved while it is under way, so the least of a time is what stays used; a
    # request that there was no room for says 100. Nothing is asked: nothing comes back, so the alarm stays as it is.
    statistic = "Maximum" if used == _BUDGET[-1] else "Minimum"
    said = "is used up: requests are refused" if used == _BUDGET[-1] else f"is used to {used} %"
    return Fault(
        "budget",
        f"The month's budget of team {proxy.team} {said}.",
        proxy.metric_budget_used(statistic),
        threshold=used,
        missing=cloudwatch.TreatMissingData.IGNORE,
    )
