"""A team's proxy function: the one principal that may call the model for the team."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from lambdas.proxy.core.team import VARIABLE, encode
from stacks.constructs.digest_key import DigestKey
from stacks.constructs.function import FunctionCode, Size, isolated_function
from stacks.constructs.function_role import FunctionRole
from stacks.constructs.guardrail import PinnedGuardrail
from stacks.constructs.images import image_rights
from stacks.constructs.ledger_table import LedgerTable
from stacks.constructs.network import FunctionNetwork
from stacks.constructs.project import TeamProject
from stacks.constructs.prompt_archive import PromptArchive
from stacks.constructs.signing_key import SigningKey
from stacks.constructs.team_choices import TeamChoices

#: Namespace of the metrics that the proxy writes into its records (embedded metric format).
METRIC_NAMESPACE = "Cloister"
#: Whose a failed request is.
Cause = Literal["caller", "limit", "guardrail", "upstream", "proxy"]
# A share of the processor, which TLS and JSON need, comes with the memory; the time is Lambda's most, since a long
# answer streams for minutes.
_PERIOD = Duration.minutes(5)
_SIZE = Size(memory_mib=1024, timeout=Duration.minutes(15))


@dataclass(frozen=True, slots=True)
class TeamPolicy:
    """What a team may do, as its proxy enforces it.

    Attributes
    ----------
    team
        Name of the team.
    access
        How its callers identify themselves: ``iam`` or ``token``.
    models, tiers
        What it may ask for.
    signing_name
        Service name in the signature of the calls to mantle.
    choices
        What the team chose of how its proxy behaves.
    image_keys
        ARNs of the keys that encrypt the buckets of its images, by bucket.
    deployment
        Name of the deployment, which its metrics and records carry.
    retention
        What a data retention mode of the Project's other than ``none`` means: ``reported``, ``required`` or ``proved``.
    budget
        What it may spend, and how fast, as the function is told; see `lambdas.proxy.core.budget`.
    named_sessions
        Whether each caller's session must be named after a person.
    prices
        What its tokens and its guarding cost, as the function is told; see `lambdas.proxy.core.money`.
    """

    team: str
    access: Literal["iam", "token"]
    models: Sequence[str]
    tiers: Sequence[str]
    signing_name: str = "bedrock-mantle"
    choices: TeamChoices = field(default_factory=TeamChoices)
    image_keys: Mapping[str, str] = field(default_factory=dict)
    deployment: str = "Cloister"
    retention: Literal["reported", "required", "proved"] = "required"
    prices: Mapping[str, object] = field(default_factory=dict)
    budget: Mapping[str, object] | None = None
    named_sessions: bool = False


class ProxyFunction(Construct):
    """The proxy with a role of its own, in the isolated subnets.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    code
        The proxy's package.
    policy
        What the team may do.
    project
        The team's Project.
    guardrail
        What every prompt and answer passes.
    network
        Where the function stands.
    log_group
        Where its records go.
    ledger
        What its budget is kept in, if it has one, and the host that leads there, if that is not DynamoDB's own.
    name
        Name of the function. With it, code of another function that the role is passed to has none of its rights.
    role_path
        IAM path of the function's role.
    boundary
        ARN of the permissions boundary that the account demands of every role; see `FunctionRole`.
    signing
        What the chain of its records is signed with, and the host that leads there where KMS's own name does not;
        `None` for a chain that nobody signs.
    digests
        What the digests of its requests are made by; the host that leads there is the same.
    archive
        Where its prompts and answers are archived, and what it means when one cannot be; `None` for no archive.

    Attributes
    ----------
    ceiling
        The function's role with its boundary; what else the function needs is added by `FunctionRole.allow`.
    deployment, team, models
        Whose requests it records, by which models.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> functions = ClosedSecurityGroup(stack, "Functions", vpc=network.vpc, description="Functions")
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
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
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: FunctionCode,
        policy: TeamPolicy,
        project: TeamProject,
        guardrail: PinnedGuardrail,
        network: FunctionNetwork,
        log_group: logs.ILogGroup,
        ledger: tuple[LedgerTable, str | None] | None = None,
        name: str | None = None,
        role_path: str = "/",
        boundary: str | None = None,
        signing: tuple[SigningKey, str | None] | None = None,
        digests: DigestKey | None = None,
        archive: tuple[PromptArchive, Literal["record", "refuse"]] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.team, self.deployment, self.models = policy.team, policy.deployment, tuple(policy.models)
        self._metrics: dict[tuple[str, str, str | None], cloudwatch.Metric] = {}
        self.ceiling = FunctionRole(
            self,
            "Role",
            description=f"Proxy of team {policy.team}: the only way to its models",
            log_group=log_group,
            path=role_path,
            function=name,
            boundary=boundary,
            subnets_account=network.owner,
        )
        stack = Stack.of(self)
        signing_key, signing_host = signing or (None, None)
        table, host = ledger or (None, None)
        self.ceiling.allow_each(
            [
                [
                    project.inference(models=policy.models, tiers=policy.tiers),
                    project.reading(),
                    *guardrail.application(stack.region),
                ],
                [signing_key.signing()] if signing_key is not None else [],
                [digests.making()] if digests is not None else [],
                *([statement] for statement in image_rights(stack, policy.choices.images, policy.image_keys)),
                archive[0].writing() if archive is not None else [],
                table.writing() if table is not None else [],
            ]
        )
        self.role = self.ceiling.role
        self.function = isolated_function(
            self,
            name=name,
            description=f"Cloister proxy of team {policy.team}, guardrail content {guardrail.content_hash}",
            code=code,
            handler="proxy",
            size=_SIZE,
            role=self.role,
            log_group=log_group,
            network=network,
            environment={
                "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap",
                VARIABLE: encode(
                    {
                        "name": policy.team,
                        "deployment": policy.deployment,
                        "access": policy.access,
                        "models": policy.models,
                        "tiers": policy.tiers,
                        "image_filter": guardrail.judges_images,
                        "signing_name": policy.signing_name,
                        "text_units": guardrail.text_units,
                        "retention": policy.retention,
                        "session_name": policy.named_sessions,
                        **({"prices": policy.prices} if policy.prices else {}),
                        **({"budget": policy.budget} if table is not None and policy.budget else {}),
                        **({"archive": [archive[0].name, archive[1]]} if archive is not None else {}),
                        **asdict(policy.choices),
                    },
                    {
                        "project": project.project_id,
                        "guardrail_id": guardrail.guardrail_id,
                        "guardrail_version": guardrail.version,
                        **({"ledger_table": table.name} if table is not None else {}),
                        **({"ledger_host": host} if host is not None else {}),
                        **({"signing_key": signing_key.arn} if signing_key is not None else {}),
                        **({"signing_host": signing_host} if signing_host is not None else {}),
                        **({"digest_key": digests.arn} if digests is not None else {}),
                    },
                ),
            },
        )

    def metric(self, name: str, *, statistic: str = "Sum", model: str | None = None) -> cloudwatch.Metric:
        """Return one of the metrics that the proxy records.

        Parameters
        ----------
        name
            Name of the metric in the proxy's record (``lambdas/proxy/audit/metrics.py``).
        statistic
            CloudWatch statistic, for example ``Sum`` or ``p99``.
        model
            One of the team's models, for a metric that is recorded by model; `None` for one of the whole team.
        """
        known = self._metrics.get((name, statistic, model))
        if known is not None:  # several alarms look at it: made once
            return known
        dimensions = {"deployment": self.deployment, "team": self.team, **({"model": model} if model else {})}
        made = cloudwatch.Metric(
            namespace=METRIC_NAMESPACE,
            metric_name=name,
            dimensions_map=dimensions,
            statistic=statistic,
            period=_PERIOD,
        )
        self._metrics[name, statistic, model] = made
        return made

    def metric_requests(self, model: str | None = None) -> cloudwatch.Metric:
        """Requests answered, whatever the answer."""
        return self.metric("Requests", model=model)

    def metric_errors(self, cause: Cause) -> cloudwatch.Metric:
        """Requests that failed, by whose it is; one that the guardrail blocked has not failed.

        Parameters
        ----------
        cause
            ``proxy``: of its code, or of how it was set up, which is what an alarm should page on. ``upstream``: of a
            service behind it. ``guardrail``: it gave no verdict. ``limit``: what the team may not do, or no more of.
            ``caller``: a mistake in the request, or the caller has gone.
        """
        return self.metric(f"{cause.capitalize()}Errors")

    def metric_upstream_errors(self, model: str) -> cloudwatch.Metric:
        """Requests for one model that failed for a reason of the service's."""
        return self.metric("UpstreamErrors", model=model)

    def metric_throttles(self) -> cloudwatch.Metric:
        """Requests that the model endpoint turned away with a 429."""
        return self.metric("Throttles")

    def metric_retries(self, model: str) -> cloudwatch.Metric:
        """Calls of the model that were made again, after one that did not succeed."""
        return self.metric("Retries", model=model)

    def metric_tokens(self, direction: Literal["input", "output"], model: str) -> cloudwatch.Metric:
        """Tokens of prompts, or of answers, as the service counts them."""
        return self.metric(f"{direction.capitalize()}Tokens", model=model)

    def metric_usd(self, model: str) -> cloudwatch.Metric:
        """USD of tokens and guarding, as far as their prices are known."""
        return self.metric("Usd", model=model)

    def metric_budget_used(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Per cent of the month's budget that is spent, or reserved by requests under way; 100 where it had no room."""
        return self.metric("BudgetUsed", statistic=statistic)

    def metric_guardrail(self, verdict: Literal["blocked", "masked"]) -> cloudwatch.Metric:
        """Requests that the guardrail blocked, or masked something of, on the way in or out."""
        return self.metric(f"Guardrail{verdict.capitalize()}")

    def metric_guardrail_duration(self, statistic: str = "p95") -> cloudwatch.Metric:
        """Milliseconds of a request in which the guardrail was waited for."""
        return self.metric("GuardrailDuration", statistic=statistic)

    def metric_signing_errors(self) -> cloudwatch.Metric:
        """Signatures of the records that were due, and could not be had."""
        return self.metric("SigningErrors")

    def metric_digest_errors(self) -> cloudwatch.Metric:
        """Records that confirm no request, where they are to."""
        return self.metric("DigestErrors")

    def metric_duration(self, model: str, statistic: str = "p95") -> cloudwatch.Metric:
        """Milliseconds from the request to the last byte of the answer."""
        return self.metric("Duration", statistic=statistic, model=model)

    def metric_time_to_first_token(self, statistic: str = "p95", model: str | None = None) -> cloudwatch.Metric:
        """Milliseconds from the request to the first released part of the answer."""
        return self.metric("TimeToFirstToken", statistic=statistic, model=model)
