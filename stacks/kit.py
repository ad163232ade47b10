"""The whole kit: from settings to stacks."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aws_cdk import App

from lambdas.package import Packages
from stacks.audit import AuditStack
from stacks.base import CloisterStack
from stacks.constructs import EncryptedLogGroup
from stacks.guardrails import GuardrailsStack
from stacks.network import NetworkStack
from stacks.settings import Settings
from stacks.team import Platform, TeamStack


@dataclass(frozen=True, slots=True)
class Kit:
    """All stacks of a deployment."""

    platform: Platform
    teams: Mapping[str, TeamStack]

    @property
    def stacks(self) -> list[CloisterStack]:
        """All of them."""
        return [self.platform.audit, self.platform.guardrails, self.platform.network, *self.teams.values()]


def assemble(
    app: App,
    settings: Settings,
    packages: Packages,
    extensions: Mapping[str, Callable[[TeamStack], object]] = MappingProxyType({}),
    only: Collection[str] | None = None,
) -> Kit:
    """Make the stacks of a deployment.

    Parameters
    ----------
    app
        The app that they become part of.
    settings
        The deployment, its teams and the models that they may be given.
    packages
        The functions' packages.
    extensions
        What adds to a team's stack, by team (`stacks.extension`); called with every part in place.
    only
        Names of the teams whose stacks are made; `None` for all. The platform's stacks are the same either way, so a
        team's change is synthesised, reviewed and deployed without the other teams.
    """
    deployment = settings.deployment
    models = [name for name, model in settings.catalogue.models.items() if deployment.region in model.regions]
    audit = AuditStack(app, deployment=deployment)
    guardrails = GuardrailsStack(app, deployment=deployment, teams=settings.teams, alarms=audit.alarms)
    network = NetworkStack(
        app,
        deployment=deployment,
        models=models,
        guardrails=guardrails.applied(),
        logs_key=audit.logs_key,
        alarms=audit.alarms,
    )
    # The guardrail's ARN is read from its stack's outputs, which CDK does not see as a dependency.
    network.add_stack_dependency(guardrails)
    platform = Platform(audit=audit, network=network, guardrails=guardrails)
    teams = {
        team.name: TeamStack(
            app,
            deployment=deployment,
            team=team,
            platform=platform,
            packages=packages,
            catalogue=settings.catalogue,
        )
        for team in settings.teams
        if only is None or team.name in only
    }
    for name, extend in extensions.items():
        if name in teams:
            extend(teams[name])
    if deployment.audit.data_protection:
        for name, stack in teams.items():
            _mask_logs(stack, extended=name in extensions)
    return Kit(platform, teams)


def _mask_logs(stack: TeamStack, *, extended: bool) -> None:
    """Mask what no line is to hold in every log group of a team, and raise an alarm where there was any.

    The kit's own are known by where they stand; an extension's are looked for in the whole tree, much for CDK to say.
    """
    named = {
        "Records": stack.records,
        "AuthorizerLogs": stack.authorizer_logs,
        "Api/AccessLogs": stack.api.access_logs,
        "Api/ExecutionLogs": stack.api.execution_logs,
    }
    paths = {group: f"{stack.title}/{place}" for place, group in named.items() if group is not None}
    deployment = stack.deployment
    for part in stack.node.find_all() if extended else paths:
        if isinstance(part, EncryptedLogGroup):
            alarm = part.mask(deployment.alarms.runbooks, path=paths.get(part), partition=deployment.partition)
            stack.platform.audit.alarms.tell(alarm)
