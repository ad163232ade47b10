"""What a team adds to its own stack in Python: one class in ``teams/<team>.py``, beside the team's YAML.

::

    # teams/legal.py
    from aws_cdk import aws_cloudwatch as cloudwatch
    from stacks.extension import TeamExtension

    class Legal(TeamExtension):
        def extend(self) -> None:
            self.metrics.metric_errors("proxy").create_alarm(self, "Failing", threshold=1, evaluation_periods=1)

It adds, and changes nothing that the kit made: the stack is synthesised without it too, and what is the kit's has to be
the same in both (`stacks.unchanged`). What it adds is held to the review like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, overload

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs import STAGE, EncryptedLogGroup, FunctionCode, FunctionRole, PinnedGuardrail, TeamQueue
from stacks.constructs.function import Size, isolated_function
from stacks.constructs.proxy import Cause
from stacks.extension_services import OpenedBucket, OpenedQueue, check_open
from stacks.policies.names import role_path
from stacks.settings import Team
from stacks.team import TeamStack

__all__ = ["CallableApi", "Metrics", "TeamExtension"]

#: What the kit's functions are called.
_KITS = ("Proxy", "Authorizer")
#: The routes that answer, each of which is an action's resource by itself: no wildcard is needed.
_ROUTES = ("POST/chat/completions", "POST/responses", "GET/models")


class Metrics(Protocol):
    """What the team's proxy measures of its requests; of the whole team, or of one of its models."""

    def metric(self, name: str, *, statistic: str = "Sum", model: str | None = None) -> cloudwatch.Metric:
        """Return any of the metrics of the records, by its name."""

    def metric_requests(self, model: str | None = None) -> cloudwatch.Metric:
        """Return the requests answered, whatever the answer."""

    def metric_errors(self, cause: Cause) -> cloudwatch.Metric:
        """Return the requests that failed, by whose it is."""

    def metric_throttles(self) -> cloudwatch.Metric:
        """Return the requests that the model's endpoint turned away."""

    def metric_tokens(self, direction: Literal["input", "output"], model: str) -> cloudwatch.Metric:
        """Return the tokens of prompts, or of answers."""

    def metric_usd(self, model: str) -> cloudwatch.Metric:
        """Return the USD of tokens and guarding, as far as their prices are known."""

    def metric_guardrail(self, verdict: Literal["blocked", "masked"]) -> cloudwatch.Metric:
        """Return the requests that the guardrail blocked, or masked something of."""

    def metric_duration(self, model: str, statistic: str = "p95") -> cloudwatch.Metric:
        """Return the milliseconds to the last byte."""

    def metric_time_to_first_token(self, statistic: str = "p95", model: str | None = None) -> cloudwatch.Metric:
        """Return the milliseconds to the first part of the answer."""


@dataclass(frozen=True, slots=True)
class CallableApi:
    """The team's API, and how it is called.

    Attributes
    ----------
    id, base_url
        The API; the base URL is what a client of OpenAI's is given.
    endpoint
        Id of the endpoint that calls come through.
    access
        ``iam``: calls are signed for the service ``execute-api``; ``token``: they carry a short-lived bearer token.
    """

    id: str
    base_url: str
    endpoint: str
    access: str
    _stack: Stack

    def calling(self) -> iam.PolicyStatement:
        """Return the right to call each route, where calls are signed; the team's file has to name the role as well.

        Raises
        ------
        ValueError
            When the team's callers bring tokens: a token is made by whoever has a role that the file names.
        """
        if self.access != "iam":
            raise ValueError("the team's callers bring tokens: no right in IAM is needed to call its API")
        return iam.PolicyStatement(
            sid="CallOwnApi",
            actions=["execute-api:Invoke"],
            resources=[
                self._stack.format_arn(service="execute-api", resource=self.id, resource_name=f"{STAGE}/{route}")
                for route in _ROUTES
            ],
        )


class TeamExtension(Construct):
    """The base of a team's own class, of which a file has one: what is made in `extend` is part of the team's stack.

    Constructs are given ``self`` as their scope. The review refuses what would loosen something, and says which
    resource and why; a change to what the kit made is refused too. An error names the file and the line.

    Parameters
    ----------
    stack
        The team's stack, complete. The kit hands it over; a class needs no constructor of its own.

    Attributes
    ----------
    team
        The team's file, parsed.
    deployment
        Name of the deployment.
    api
        The team's API, and how it is called.
    vpc, callers
        The VPC, and the security group whose members reach the APIs; `None` in a hub's network, where it is the hub's.
    role_path
        IAM path for the roles of the team's own, below which the denials for the organisation protect them.
    boundary
        ARN of the permissions boundary that every role must carry; `None` where the deployment demands none.
    guardrail
        The guardrail of the team's prompts and answers, in its pinned version.
    key
        Key for log groups.
    records
        Log group of the team's records.
    topic
        The encrypted topic that the deployment's alarms are published to.
    metrics
        What the proxy measures.

    Example
    -------
    >>> class Legal(TeamExtension):
    ...     def extend(self) -> None:
    ...         self.metrics.metric_throttles().create_alarm(self, "Throttled", threshold=5, evaluation_periods=3)
    """

    def __init__(self, stack: TeamStack) -> None:
        super().__init__(stack, "Extension")
        self._stack = stack
        platform = stack.platform
        self.team: Team = stack.team
        self.deployment = stack.deployment.name
        self.api = CallableApi(
            stack.api.api_id,
            stack.api.base_url,
            platform.network.api_endpoint.vpc_endpoint_id,
            stack.team.access,
            stack,
        )
        self.vpc: ec2.IVpc = platform.network.vpc
        self.callers: ec2.ISecurityGroup | None = platform.network.groups.get("callers")
        self.role_path = role_path(self.deployment, f"extension/{self.team.name}")
        self.boundary = stack.boundary
        self.guardrail: PinnedGuardrail = platform.guardrails.pinned(self.team.name)
        self.key: kms.IKey = platform.audit.logs_key
        self.records: logs.ILogGroup = stack.records.log_group
        # By its name: an export of its stack would be a change there.
        self.topic: sns.ITopic = sns.Topic.from_topic_arn(self, "AlarmTopic", platform.audit.alarms.arn)
        self.metrics: Metrics = stack.proxy
        self.extend()

    @overload
    def service(self, name: Literal["s3"], *, bucket: str) -> OpenedBucket: ...

    @overload
    def service(self, name: Literal["sqs"], *, queue: str) -> OpenedQueue: ...

    def service(self, name: str, *, bucket: str | None = None, queue: str | None = None) -> OpenedBucket | OpenedQueue:
        """Return a part of a service that the deployment's network opens to the team's own functions.

        Parameters
        ----------
        name
            ``s3`` or ``sqs``.
        bucket, queue
            The bucket of S3, or the queue of SQS: one that is there already, and that ``extensions`` in
            ``cloister.yaml`` opens to this team.

        Raises
        ------
        ValueError
            When it is not opened; the setting to add is in the message.
        """
        if name == "s3" and bucket is not None and queue is None:
            check_open(self._stack, "bucket", bucket)
            return OpenedBucket(bucket, self._stack)
        if name == "sqs" and queue is not None and bucket is None:
            check_open(self._stack, "queue", queue)
            return OpenedQueue(queue, self._stack)
        raise ValueError(
            f"found the service {name!r}; the network opens 's3' with a bucket, and 'sqs' with a queue: "
            "service('s3', bucket=…), service('sqs', queue=…)"
        )

    def queue(self, name: str, *, hidden: Duration, tries: int = 5) -> OpenedQueue:
        """Make a queue that the network opens to the team's own functions: encrypted, of this account and TLS alone.

        Parameters
        ----------
        name
            Its name, which ``extensions`` in ``cloister.yaml`` opens to this team.
        hidden
            For how long a message that was received is given to nobody else: as long as handling it takes.
        tries
            How often a message is received before it is kept aside; 14 days after it was sent it is gone.

        Raises
        ------
        ValueError
            When it is not opened; the setting to add is in the message.
        """
        check_open(self._stack, "queue", name)
        made = TeamQueue(self, f"Queue-{name}", name=name, hidden=hidden, tries=tries)
        return OpenedQueue(name, self._stack, made)

    def function(
        self,
        construct_id: str,
        *,
        code: str,
        handler: str,
        rights: Sequence[iam.PolicyStatement],
        environment: Mapping[str, str],
        timeout: Duration,
        memory_mib: int = 256,
    ) -> lambda_.Function:
        """Make a function in the isolated subnets: it reaches the APIs and what was opened to it, and nothing else.

        Its role has a ceiling of its own rights, as the kit's roles have, and its records a log group with the
        deployment's key. It runs on Lambda's Python, whose AWS SDK is there without a package.

        Parameters
        ----------
        construct_id
            What it is called, after the stack: letters and digits, a capital first.
        code
            The folder with its code; ``str(Path(__file__).parent / "legal")`` is beside the class.
        handler
            As Lambda has it: ``index.handler``.
        rights
            What it may do: of the handles, such as ``self.api.calling()``.
        environment
            Its variables.
        timeout, memory_mib
            What an invocation may take.

        Raises
        ------
        ValueError
            When the deployment opens its network to no function of a team's own, or the name is another's or might be.
        """
        # Its name comes after its stack's, whose end may be any team's name: a hyphen would make it another's.
        is_word = construct_id.isascii() and construct_id.isalnum() and construct_id[0].isupper()
        if not is_word or construct_id in _KITS:
            raise ValueError(
                f"a function is called {construct_id!r}: needs letters and digits, a capital first, and neither "
                f"{' nor '.join(_KITS)}, which are the kit's"
            )
        network = self._stack.platform.network.extensions
        if network is None:
            raise ValueError(
                "the network is closed to functions of the teams' own: add a bucket or a queue below 'extensions:' in "
                f"cloister.yaml, '- {{bucket: …, team: {self.team.name}}}'"
            )
        self._stack.own_functions.append(construct_id)
        place, deployment = Construct(self, f"Function-{construct_id}"), self._stack.deployment
        name = f"{self._stack.title}-{construct_id}"
        records = EncryptedLogGroup(
            place,
            "Records",
            key=self.key,
            retention_days=deployment.audit.retention_days,
            protected=deployment.is_protected,
        )
        role = FunctionRole(
            place,
            "Role",
            description=f"{construct_id} of team {self.team.name}",
            log_group=records.log_group,
            path=self.role_path,
            function=name,
            boundary=self.boundary,
            subnets_account=network.owner,
        )
        role.allow(*rights)
        return isolated_function(
            place,
            name=name,
            description=f"{construct_id} of team {self.team.name}",
            code=FunctionCode(lambda_.Code.from_asset(code, exclude=["__pycache__"]), "the team's own"),
            handler=handler,
            size=Size(memory_mib, timeout),
            role=role.role,
            log_group=records.log_group,
            network=network,
            environment=environment,
        )

    def extend(self) -> None:
        """Add what the team needs beyond the others: override it."""
        raise NotImplementedError(f"{type(self).__name__} adds nothing: give it a method 'extend(self)'")
