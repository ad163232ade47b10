"""Where endpoints are that are not made here, by service: a hub's, and the routes of gateway endpoints.

A service is a field here because it has a row in `stacks.services`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

from stacks.catalogue import Frozen
from stacks.services import SERVICES, Service
from stacks.settings.kinds import text

__all__ = ["HEX", "EndpointId", "Gateways", "HubEndpoints", "ToGateways"]

HEX = "[0-9a-f]{8}([0-9a-f]{9})?"
EndpointId = Annotated[
    str, *text(f"vpce-{HEX}", "needs the id of a VPC endpoint, such as 'vpce-0123456789abcdef0'", 22)
]
Reach = Annotated[
    str,
    *text(
        f"(sg|pl)-{HEX}",
        "needs the endpoint's security group, 'sg-…', or a prefix list of its addresses, 'pl-…'",
        20,
    ),
]
PrefixList = Annotated[str, *text(f"pl-{HEX}", "needs the id of a prefix list, such as 'pl-0123456789abcdef0'", 20)]
_GATEWAYS = [service for service in SERVICES if service.kind == "gateway"]


def _field(service: Service, kind: Any, said: str) -> tuple[Any, Any]:
    """Return the field of a service: needed always, or when a setting asks for the service."""
    if service.setting is None:
        return kind, Field(description=f"{said}.")
    needed = f"{said}; needed when {service.asked_when}."
    return kind | None, Field(default=None, description=needed)


def _of_a_hub(service: Service) -> tuple[Any, Any]:
    if service.serves_callers:
        return EndpointId, Field(description=f"The hub's {service.name} endpoint, by id.")
    return _field(service, Reach, f"The {service.name} endpoint: its security group, or a prefix list")


def _way(service: Service) -> tuple[Any, Any]:
    said = (
        f"Where functions of the teams' own find the {service.name} endpoint: its security group, or a prefix list; "
        "needed when 'extensions' opens something to them."
    )
    return Reach | None, Field(default=None, description=said)


def _of_a_gateway(service: Service) -> tuple[Any, Any]:
    return _field(service, PrefixList, f"The prefix list com.amazonaws.{{region}}.{service.name}, by id")


def _named(found: object, field: str, asks: str, where: str, right: str) -> str:
    name: str | None = getattr(found, field)
    if name is None:
        raise ValueError(f"{asks}, and {where}.{field} is missing: name it, {right}")
    return name


if TYPE_CHECKING:

    class _OfAHub(Frozen):
        execute_api: str

    _OfGateways = Frozen
else:
    _OfAHub = create_model(
        "_OfAHub",
        __base__=Frozen,
        __module__=__name__,
        **{service.field: _of_a_hub(service) for service in SERVICES if service.reached},
        **{service.way: _way(service) for service in SERVICES if service.serves_callers},
    )
    _OfGateways = create_model(
        "_OfGateways",
        __base__=Frozen,
        __module__=__name__,
        **{service.field: _of_a_gateway(service) for service in _GATEWAYS},
    )


class HubEndpoints(_OfAHub):
    """The central endpoints: which of them the APIs accept, and where the functions' security groups let them go."""

    def reach(self, service: Service) -> str:
        """Return the security group, or the prefix list, of the hub's endpoint for a service.

        Raises
        ------
        ValueError
            When it is not named.
        """
        asks = "'extensions' opens something" if service.serves_callers else service.asked_when
        return _named(self, service.way, asks, "network.endpoints", "'sg-…' or 'pl-…'")


class Gateways(_OfGateways):
    """The lists that AWS keeps of the addresses of services that are reached by a route."""

    def prefix_list(self, service: Service) -> str:
        """Return the prefix list of a service.

        Raises
        ------
        ValueError
            When it is not named.
        """
        return _named(self, service.field, service.asked_when, "network.gateways", "'pl-…'")


_SAID = (
    "Prefix lists of the services that have a gateway endpoint, by id, as 'aws ec2 describe-managed-prefix-lists' "
    "gives them."
)
if TYPE_CHECKING:

    class ToGateways(Frozen):
        """What a network says of its gateway endpoints."""

        gateways: Gateways

elif not _GATEWAYS:
    # A setting for nothing would be one that somebody looks for a use of.
    ToGateways = Frozen
elif all(service.setting for service in _GATEWAYS):
    ToGateways = create_model(
        "ToGateways",
        __base__=Frozen,
        __module__=__name__,
        gateways=(Gateways, Field(default_factory=Gateways, description=_SAID)),
    )
else:
    ToGateways = create_model(
        "ToGateways", __base__=Frozen, __module__=__name__, gateways=(Gateways, Field(description=_SAID))
    )
