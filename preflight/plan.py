"""What the deployment will be called and will need, from the settings alone: what the looks ask an account about.

The templates are what decides; a test holds every name here to them.
"""

from __future__ import annotations

from dataclasses import dataclass

from stacks.policies.names import BOOTSTRAP_QUALIFIER, Names
from stacks.services import SERVICES, Service
from stacks.settings import Settings, Team
from stacks.settings.network import Existing, Hub

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A deployment that is about to be made, or changed.

    Parameters
    ----------
    settings
        What it is made from.
    account
        The account that the credentials are of.
    qualifier
        The qualifier that the account was bootstrapped with.
    folder
        Where the settings are, as a person names it, without a `/` at its end; empty for the checkout itself.
    """

    settings: Settings
    account: str
    qualifier: str = BOOTSTRAP_QUALIFIER
    folder: str = ""

    @property
    def name(self) -> str:
        """Name of the deployment."""
        return self.settings.deployment.name

    @property
    def region(self) -> str:
        """Region of the deployment."""
        return self.settings.deployment.region

    @property
    def teams(self) -> tuple[Team, ...]:
        """The teams that have a file."""
        return self.settings.teams

    def file(self, name: str) -> str:
        """Return a settings file as a person would open it."""
        return f"{self.folder}/{name}" if self.folder else name

    @property
    def deployment_file(self) -> str:
        """The deployment's own file."""
        return self.file("cloister.yaml")

    def team_file(self, team: Team) -> str:
        """The file of a team."""
        return self.file(f"teams/{team.name}.yaml")

    def stack(self, suffix: str) -> str:
        """Name of a stack."""
        return f"{self.name}-{suffix}"

    def team_stack(self, team: Team) -> str:
        """Name of a team's stack."""
        return self.stack(f"Team-{team.name}")

    @property
    def stacks(self) -> list[str]:
        """Names of all stacks."""
        platform = [self.stack(suffix) for suffix in ("Audit", "Guardrails", "Network")]
        return [*platform, *(self.team_stack(team) for team in self.teams)]

    @property
    def models(self) -> list[str]:
        """Ids of the models that a team may use, each once."""
        return sorted({model for team in self.teams for model in team.models})

    @property
    def makes_endpoints(self) -> bool:
        """Whether the endpoints are made by this deployment; a hub has them already."""
        return not isinstance(self.settings.deployment.network, Hub)

    @property
    def given_vpc(self) -> Existing | Hub | None:
        """The network, where its VPC is there already."""
        network = self.settings.deployment.network
        return network if isinstance(network, (Existing, Hub)) else None

    @property
    def services(self) -> list[Service]:
        """Services that the network leads to."""
        return [service for service in SERVICES if service.wanted(self.settings.deployment)]

    @property
    def endpoints(self) -> list[Service]:
        """Services that an interface endpoint is made for."""
        return [service for service in self.services if self.makes_endpoints and service.kind == "interface"]

    def service_name(self, service: str) -> str:
        """Name of a service's endpoint service."""
        return f"com.amazonaws.{self.region}.{service}"

    def private_names(self, service: Service) -> list[str]:
        """Names that lead to a service's endpoint."""
        return service.names(self.region, self.settings.deployment.buckets)

    @property
    def guardrail(self) -> str:
        """Name of the guardrail."""
        return f"{self.name}-baseline"

    @property
    def trail(self) -> str:
        """Name of the trail."""
        return f"{self.name}-data-events"

    @property
    def topic(self) -> str:
        """Name of the topic that alarms are published to."""
        return f"{self.name}-alarms"

    @property
    def query_policy(self) -> str | None:
        """Name of the log resource policy of the query logs, None where they are somebody else's."""
        return f"{self.name}-queries" if self.settings.deployment.network.dns_firewall == "here" else None

    @property
    def aliases(self) -> dict[str, str]:
        """Aliases of the keys, each with the stack that makes it."""
        prefix = f"alias/{self.name.lower()}"
        audit = self.stack("Audit")
        return {
            f"{prefix}/logs": audit,
            f"{prefix}/evidence": audit,
            f"{prefix}/alarms": audit,
            f"{prefix}/guardrail": self.stack("Guardrails"),
        }

    @property
    def functions(self) -> dict[str, str]:
        """Names of the functions, each with the stack that makes it."""
        found = {}
        for team in self.teams:
            stack = self.team_stack(team)
            found[f"{stack}-Proxy"] = stack
            if team.access == "token":
                found[f"{stack}-Authorizer"] = stack
        return found

    @property
    def names(self) -> Names:
        """The deployment as policies name it."""
        deployment = self.settings.deployment
        return Names(
            name=self.name,
            account=self.account,
            region=self.region,
            partition=deployment.partition,
            administrators=deployment.administrator_arns(self.account),
            qualifier=self.qualifier,
        )
