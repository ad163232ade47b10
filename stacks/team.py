"""The stack of one team: its Project, its proxy, its API."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lambdas.package import Packages
from stacks import changes
from stacks.audit import AuditStack
from stacks.base import CloisterStack
from stacks.constructs import (
    DigestKey,
    EncryptedLogGroup,
    FunctionCode,
    LedgerTable,
    PrivateApi,
    PromptArchive,
    ProxyFunction,
    PublishedParameters,
    SigningKey,
    TeamAccess,
    TeamAlarms,
    TeamChoices,
    TeamDashboard,
    TeamPolicy,
    TeamProject,
    TokenAuthorizer,
    services_alarm,
)
from stacks.guardrails import GuardrailsStack
from stacks.network import NetworkStack
from stacks.policies.names import role_path
from stacks.settings import Archive, Catalogue, Deployment, Team, known, merged


@dataclass(frozen=True, slots=True)
class Platform:
    """The stacks that all teams share."""

    network: NetworkStack
    audit: AuditStack
    guardrails: GuardrailsStack


class TeamStack(CloisterStack):
    """Everything that is one team's alone.

    What a team adds to it in Python is a `stacks.extension.TeamExtension`, which is given the parts that it may use.

    Parameters
    ----------
    scope
        The app.
    deployment
        The settings of the deployment.
    team
        The team's settings.
    platform
        The stacks that all teams share.
    packages
        The functions' packages.
    catalogue
        The models that it may be given, and their prices.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        team: Team,
        platform: Platform,
        packages: Packages,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(
            scope,
            f"Team-{team.name}",
            deployment=deployment,
            description=f"Cloister: Project, proxy and private API of team {team.name}",
            # An archive is the platform's concern: its stack is not deleted by one call either.
            shared=team.archive is not None,
            tags={**team.tags, "team": team.name, "owner": team.owner, "contact": team.contact},
        )
        self.team = team
        self.platform = platform
        #: What the team's own class adds: functions, and the places that it may use in buckets that are opened to it.
        self.own_functions: list[str] = []
        self.opened: list[str] = []
        self.packages = packages
        self.catalogue = catalogue
        # The guardrail is read by name from its stack's outputs, which CDK does not see as a dependency.
        self.add_stack_dependency(platform.guardrails)

        self.callers = [
            caller.arn(self.names.account, deployment.partition, role_path(deployment.name, f"extension/{team.name}"))
            for caller in team.callers
        ]
        self.records = self.make_log_group("Records")
        self.authorizer_logs: EncryptedLogGroup | None = None
        self.project = self.make_project()
        self.ledger = self.make_ledger() if team.budget else None
        self.signing_key = self.make_signing_key() if deployment.audit.sign_records else None
        self.digest_key = self.make_digest_key() if deployment.audit.digest_requests else None
        self.prompts = self.make_archive(team.archive) if team.archive else None
        self.proxy = self.make_proxy()
        self.authorizer = self.make_authorizer() if team.access == "token" else None
        self.api = self.make_api()
        self.access = self.make_access() if team.access == "iam" else None
        if platform.audit.archive is not None:
            for group in (self.records, self.api.access_logs, self.authorizer_logs):
                if group is not None:
                    platform.audit.archive.take(group)
        self.tell_of(changes.of_api(team.name, self.api.api_id), platform.audit.alarms, name=self.title)
        for does, made in (("signs", self.signing_key), ("digests", self.digest_key)):
            if made is not None:
                says = f"The key that {does} the records of team {team.name}"
                key = changes.of_key(f"{does}-key", says, made.key.key_id)
                self.tell_of(key, platform.audit.alarms, name=self.title)
        self.alarms = self.make_alarms()
        self.dashboard = self.make_dashboard() if deployment.dashboards == "teams" else None
        self._describe()

    @property
    def own_words(self) -> list[str]:
        """The team's name, owner, contact and callers, by which its template differs from another of its kind."""
        return [self.team.contact, self.team.owner, *self.callers, self.team.name]

    @property
    def placeholders(self) -> dict[str, list[str]]:
        """As every stack's, with the team, and the places that its images are in."""
        places = [place if "/" in place else f"{place}/" for place in self.team.images]
        own = {"function": self.own_functions, "opened": self.opened}
        archive = [f"{self.prompts.name}/{self.team.name}/"] if self.prompts else []
        return {**super().placeholders, "team": [self.team.name], "place": places, "archive": archive, **own}

    def make_project(self) -> TeamProject:
        """Make the team's Bedrock Project, or take the one that its file names."""
        return TeamProject(
            self,
            "Project",
            name=f"{self.deployment.name}-{self.team.name}",
            team=self.team.name,
            owner=self.team.owner,
            existing=self.team.project,
        )

    def make_ledger(self) -> LedgerTable:
        """Make the table that the team's budget is kept in."""
        key = self.platform.audit.ledger_key
        if key is None:
            raise ValueError(f"team {self.team.name} has a budget, and the deployment no ledgers: set 'budgets: true'")
        return LedgerTable(self, "Ledger", key=key.key, protected=self.deployment.is_protected)

    def make_signing_key(self) -> SigningKey:
        """Make the key that signs the chain of the team's records."""
        return SigningKey(
            self,
            "SigningKey",
            alias=f"{self.deployment.name.lower()}/records/{self.team.name}",
            team=self.team.name,
            signers=self.names.proxies,
            administrators=self.key_administrators,
        )

    def make_digest_key(self) -> DigestKey:
        """Make the key that the digests of the team's requests are made by."""
        return DigestKey(
            self,
            "DigestKey",
            alias=f"{self.deployment.name.lower()}/digests/{self.team.name}",
            team=self.team.name,
            users=[self.names.proxies, self.names.auditors],
            administrators=self.key_administrators,
        )

    def make_archive(self, archive: Archive) -> PromptArchive:
        """Make the archive of the team's prompts and answers, and have each change of it raise an alarm."""
        deployment, name = self.deployment, self.team.name
        bucket = deployment.archive_buckets.get(name)
        if bucket is None or deployment.audit.object_lock == "none":
            raise ValueError(
                f"team {name} has an archive: 'archives' in cloister.yaml has to name it, with Object Lock"
            )
        made = PromptArchive(
            self,
            "Prompts",
            name=bucket,
            team=name,
            deployment=deployment.name,
            writers=self.names.proxies,
            readers=archive.reader_arns(self.names.account, deployment.partition),
            retention_days=self._retention_days,
            lock=deployment.audit.object_lock,
            administrators=self.key_administrators,
        )
        alarms = self.platform.audit.alarms
        key = changes.of_key("prompts-key", f"The key of the archive of prompts of team {name}", made.key.key.key_id)
        for change in (changes.of_prompts(name, bucket), key):
            self.tell_of(change, alarms, name=self.stack_name)
        return made

    def make_proxy(self) -> ProxyFunction:
        """Make the proxy function."""
        return ProxyFunction(
            self,
            "Proxy",
            code=FunctionCode(lambda_.Code.from_asset(str(self.packages.proxy)), self.packages.kind),
            policy=TeamPolicy(
                team=self.team.name,
                deployment=self.deployment.name,
                access=self.team.access,
                models=self.team.models,
                tiers=self.team.tiers,
                signing_name=self.deployment.signing_name,
                retention=self.deployment.retention_wanted,
                choices=TeamChoices(
                    input=self.team.guarding.input,
                    history=self.team.guarding.history,
                    delay=self.team.guarding.delay,
                    prompt_attacks=self.team.guarding.prompt_attacks,
                    disguises=self.team.guarding.disguises,
                    arguments=self.team.guarding.arguments,
                    structured_output=self.team.structured_output,
                    fallbacks=tuple((item.instead_of, item.model, item.tier) for item in self.team.fallbacks),
                    images=self.team.images,
                ),
                image_keys=self._image_keys,
                prices=self._prices,
                budget=self.team.budget.document() if self.team.budget else None,
                named_sessions=self.team.identity.session_name == "required",
            ),
            project=self.project,
            guardrail=self.platform.guardrails.pinned(self.team.name),
            network=self.platform.network.proxies,
            log_group=self.records.log_group,
            ledger=(self.ledger, self.platform.network.host("dynamodb")) if self.ledger else None,
            name=f"{self.title}-Proxy",
            role_path=role_path(self.deployment.name, "proxy"),
            boundary=self.boundary,
            signing=(self.signing_key, self.platform.network.host("kms")) if self.signing_key else None,
            digests=self.digest_key,
            archive=(self.prompts, self.team.archive.on_failure) if self.prompts and self.team.archive else None,
        )

    def make_authorizer(self) -> TokenAuthorizer:
        """Make the authorizer of a team whose callers bring tokens."""
        self.authorizer_logs = logs = self.make_log_group("AuthorizerLogs")
        return TokenAuthorizer(
            self,
            "Authorizer",
            code=FunctionCode(lambda_.Code.from_asset(str(self.packages.authorizer)), self.packages.kind),
            team=self.team.name,
            callers=self.callers,
            network=self.platform.network.authorizers,
            log_group=logs.log_group,
            name=f"{self.title}-Authorizer",
            role_path=role_path(self.deployment.name, "authorizer"),
            boundary=self.boundary,
        )

    def make_api(self) -> PrivateApi:
        """Make the private API."""
        return PrivateApi(
            self,
            "Api",
            name=f"{self.deployment.name}-{self.team.name}",
            handler=self.proxy.function,
            endpoint=self.platform.network.api_endpoint,
            other_endpoints=self.platform.network.other_doors,
            callers=self.callers,
            log_key=self._logs_key,
            retention_days=self._retention_days,
            protected=self.deployment.is_protected,
            authorizer=self.authorizer,
        )

    def make_access(self) -> TeamAccess:
        """Make what a caller who signs needs; one who brings a token needs no right in IAM."""
        return TeamAccess(
            self,
            "CallerAccess",
            api_id=self.api.api_id,
            team=self.team.name,
            path=f"/cloister/{self.deployment.name}/",
        )

    def make_alarms(self) -> TeamAlarms:
        """Make what is told of the team's proxy."""
        return TeamAlarms(
            self,
            "Alarms",
            proxy=self.proxy,
            topic=self.platform.audit.alarms,
            authorizer=self.authorizer,
            budget=self.team.budget is not None,
            digests=self.digest_key is not None,
            everywhere=services_alarm(self.deployment.name),
            runbooks=self.deployment.alarms.runbooks,
        )

    def make_dashboard(self) -> TeamDashboard:
        """Make the page on which the team sees its proxy."""
        return TeamDashboard(
            self, "Dashboard", proxy=self.proxy, api=self.api, alarms=self.alarms, authorizer=self.authorizer
        )

    def make_log_group(self, construct_id: str) -> EncryptedLogGroup:
        """Make a log group as the deployment's settings have them."""
        return EncryptedLogGroup(
            self,
            construct_id,
            key=self._logs_key,
            retention_days=self._retention_days,
            protected=self.deployment.is_protected,
        )

    @property
    def _image_keys(self) -> dict[str, str]:
        """Keys of the buckets that the team's images are in; a bucket without one is left out."""
        keys = self.deployment.image_keys
        if unknown := {place.partition("/")[0] for place in self.team.images} - keys.keys():
            raise ValueError(
                f"team {self.team.name} has images in {sorted(unknown)}, which the deployment does not name"
            )
        return {bucket: key for bucket, key in keys.items() if key is not None}

    @property
    def _prices(self) -> dict[str, Any]:
        """What the team's tokens and its guarding cost, as far as it is known."""
        deployment, team = self.deployment, self.team
        return known(
            self.catalogue,
            deployment.region,
            deployment.prices,
            team.models,
            team.tiers,
            merged(deployment.guardrail, team.guardrail).policies,
        )

    @property
    def _logs_key(self) -> kms.IKey:
        return self.platform.audit.logs_key

    @property
    def _retention_days(self) -> int:
        return self.deployment.audit.retention_days

    def _describe(self) -> None:
        """Say in the outputs what tools and people need to know in order to use the stack."""
        outputs = {
            "ApiId": self.api.api_id,
            "BaseUrl": self.api.base_url,
            "Access": self.team.access,
            "Models": ",".join(self.team.models),
            "ProxyFunction": self.proxy.function.function_name,
            "ProxyLogGroup": self.records.name,
            "ProxyRole": self.proxy.role.role_arn,
            "ProjectId": self.project.project_id,
            "CallerRoles": ",".join(self.callers),
        }
        if self.authorizer:
            outputs["AuthorizerFunction"] = self.authorizer.function.function_name
        if self.ledger:
            outputs["LedgerTable"] = self.ledger.name
        if self.signing_key:
            outputs["SigningKeyArn"] = self.signing_key.arn
        if self.digest_key:
            outputs["DigestKeyArn"] = self.digest_key.arn
        if self.prompts and self.team.archive:
            outputs["PromptArchive"] = self.prompts.name
            outputs["PromptArchiveReader"] = self.prompts.reader.role_arn
            outputs["PromptArchiveAcknowledged"] = self.team.archive.acknowledgement
            outputs["PromptArchiveOnFailure"] = self.team.archive.failing
        if self.access:
            outputs["CallerPolicy"] = self.access.arn
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
        published = {
            "api-id": self.api.api_id,
            "base-url": self.api.base_url,
            "access": self.team.access,
            "models": ",".join(self.team.models),
            "endpoint": self.platform.network.api_endpoint.vpc_endpoint_id,
            **({"caller-policy": self.access.arn} if self.access else {}),
        }
        prefix = f"/cloister/{self.deployment.name}/{self.team.name}"
        PublishedParameters(self, "Published", prefix=prefix, values=published)
