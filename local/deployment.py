"""What a local deployment is made of: the settings that matter here, and the services it starts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from local import ca, cdk, command, embedded, ports, root, service
from local.failure import LocalError
from local.state import ACCOUNT, ROOT, State
from stacks.settings import Existing, Hub, Settings, SettingsError, load

MODEL = ("LOCAL_MODEL_URL", "LOCAL_MODEL_NAME")
_MODEL_MORE = ("LOCAL_MODEL_KEY", "LOCAL_MODEL_STOP")
"""The variables of `make up` that put a real model behind the stand-in for mantle."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A local deployment.

    Parameters
    ----------
    state
        Where everything of it is kept.
    settings
        The clone's settings.
    ports
        The loopback port of each service.
    """

    state: State
    settings: Settings
    ports: Mapping[str, int]

    @property
    def region(self) -> str:
        """The Region that is deployed to."""
        return self.settings.deployment.region

    @property
    def account(self) -> str:
        """The embedded account: the one that the settings pin, or twelve zeros."""
        return self.settings.deployment.account or ACCOUNT

    @property
    def qualifier(self) -> str | None:
        """The qualifier of the bootstrap that `cdk.json` names; None is CDK's own."""
        found = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8")).get("context", {})
        named = found.get("@aws-cdk/core:bootstrapQualifier")
        return str(named) if named else None

    @property
    def root(self) -> str:
        """The ARN of the embedded account's root user."""
        return f"arn:{self.settings.deployment.partition}:iam::{self.account}:root"

    @property
    def aws(self) -> embedded.Embedded:
        """Clients of the embedded AWS."""
        return embedded.Embedded(self.state, self.ports["aws"], self.region)

    @property
    def administrator(self) -> dict[str, str]:
        """What leads commands for a real account here, as the run's root: the stand-in for bedrock-mantle among it."""
        return {
            **cdk.credentials(root.key(self.state), self.ports["aws"], self.region),
            "AWS_ENDPOINT_URL_BEDROCK_MANTLE": f"https://{ports.HOST}:{self.ports['bedrock']}",
            "AWS_CA_BUNDLE": str(ca.ensure(self.state)),
        }

    def team_stack(self, team: str) -> str:
        """Return the name of a team's stack."""
        return f"{self.settings.deployment.name}-Team-{team}"

    def base_url(self, api: str) -> str:
        """Return the front door's base URL of an API."""
        return f"http://{ports.HOST}:{self.ports['door']}/{api}/v1"

    def embedded_service(self) -> service.Service:
        """Return how the embedded AWS is started; another name, qualifier or network gets an empty one.

        On AWS a renamed deployment stands beside the first, and a network is moved by hand. Here the first would only
        be in the way.
        """
        holds = json.dumps([self.settings.deployment.name, self.qualifier, self.settings.deployment.network.mode])
        return embedded.specification(self.state, self.ports["aws"], self.region, self.account, holds, self._given())

    def _given(self) -> str:
        """The network that the settings name, which on AWS is there already."""
        network = self.settings.deployment.network
        if not isinstance(network, Existing | Hub):
            return ""
        subnets = {subnet.id: subnet.zone for subnet in network.subnets}
        return json.dumps({"vpc": network.vpc, "cidr": network.cidr, "subnets": subnets})

    @property
    def network_note(self) -> str:
        """What stands for the company's part of the network here, and what AWS needs of it; empty if it has none."""
        network = self.settings.deployment.network
        if isinstance(network, Hub):
            return (
                f"; {network.vpc} was made as the settings name it, and the stand-ins are its hub. On AWS, mode hub "
                "needs the VPC routed to the hub, the hub's zones associated with it, and the policies of the outputs "
                "HubPolicy… on the hub's endpoints (docs/network.md#hub)"
            )
        return f"; {network.vpc} was made as the settings name it" if isinstance(network, Existing) else ""

    def bedrock_service(self) -> service.Service:
        """Return how the stand-ins for Bedrock and STS are started, with a real model behind them if one is named."""
        model = {name: os.environ[name] for name in (*MODEL, *_MODEL_MORE) if os.environ.get(name)}
        return self._service("bedrock", model, ("bedrock/*.py", *_SHARED), also=_content("stacks/catalogue.yaml"))

    def door_service(self, deployed: str) -> service.Service:
        """Return how the front door is started; it is started anew for each new deployment."""
        return self._service("door", {}, ("door/*.py", "shim.py", *_SHARED), also=deployed)

    def _service(self, name: str, extra: Mapping[str, str], sources: tuple[str, ...], also: str) -> service.Service:
        credentials = cdk.credentials(root.key(self.state), self.ports["aws"], self.region)
        environment = command.environment(self.state, {**credentials, **extra})
        return service.Service(
            name=name,
            command=(sys.executable, "-m", f"local.{name}"),
            environment=environment,
            port=self.ports[name],
            sources=sources,
            also=also + ca.ensure(self.state).read_text(),
        )

    def names_known(self) -> bool:
        """Whether the names that functions reach are as the stand-ins write them; if not, these are to start anew."""
        told = self.state.read("hosts.json")
        here = [ports.HOST, self.ports["bedrock"]]
        return isinstance(told, dict) and bool(told) and all(place == here for place in told.values())


_SHARED = (
    "ca.py",
    "keys.py",
    "ports.py",
    "quiet.py",
    "root.py",
    "serving.py",
    "signatures.py",
    "state.py",
    "strangers.py",
)


def find(state: State) -> Deployment:
    """Read the settings and choose the ports.

    Raises
    ------
    LocalError
        The settings have mistakes; all of them are in the message.
    """
    try:
        settings = load(ROOT)
    except SettingsError as error:
        raise LocalError(
            f"the settings have mistakes:\n{error}", next_command="make up, once they are right"
        ) from error
    return Deployment(state, settings, ports.choose(state))


def _content(name: str) -> str:
    return (ROOT / name).read_text()
