"""``cloister.yaml``: what is set once for a deployment."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stacks.catalogue import Frozen
from stacks.settings.guardrail import Guardrail
from stacks.settings.kinds import check, listed, text, wrong

__all__ = ["RETENTIONS", "ZONE_PREFIX", "Audit", "Deployment", "Network"]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# An isolated subnet holds a network interface for each endpoint and those of the functions: 59 free addresses do.
ZONE_PREFIX = 26
_PRIVATE = tuple(ipaddress.IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
Account = Annotated[str, *text(r"[0-9]{12}", "needs 12 digits in quotes, as '123456789012'", 12)]
Name = Annotated[
    str,
    *text(
        r"[A-Za-z]([A-Za-z0-9-]{0,18}[A-Za-z0-9])?", "needs up to 20 letters, digits and hyphens, a letter first", 20
    ),
]
Zone = Annotated[
    str, *text(r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]", "needs the name of an Availability Zone, such as 'us-east-1a'", 32)
]


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise wrong("needs an IPv4 network such as '10.80.0.0/20'") from None
    if str(network) != value:
        raise wrong(f"did you mean '{network}'? (the first address and the length, no host bits set)")
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise wrong(f"needs a private range: within {', '.join(map(str, _PRIVATE))}")
    if not 16 <= network.prefixlen <= 28:
        raise wrong("needs a size that a VPC can have: /16 to /28")
    return value


class Network(Frozen):
    """The isolated network that the functions and the endpoints stand in."""

    cidr: Annotated[str, AfterValidator(_cidr)] = Field(
        description="The VPC's IPv4 range: private, /16 at most, with room for a /26 in every zone."
    )
    zones: Annotated[tuple[Zone, ...], *listed(2, 6, "needs two to six zones, each once")] = Field(
        description="Availability Zones of the Region, by name, two at least."
    )


class Audit(Frozen):
    """What is kept of who did what."""

    retention_days: Annotated[
        int,
        check(lambda value: value in RETENTIONS, f"CloudWatch Logs takes {', '.join(map(str, RETENTIONS))}"),
        Field(json_schema_extra={"enum": list(RETENTIONS)}),
    ] = Field(description="Days that every log group keeps its records.")
    data_events: bool = Field(description="Whether CloudTrail records each inference and guardrail call (AWS charges).")


class Deployment(Frozen):
    """A deployment of Cloister in one account and Region."""

    name: Name = Field(description="Prefix of every stack's name.")
    region: Annotated[
        str,
        check(lambda value: _REGION.fullmatch(value) is not None, "needs a Region's name, such as 'us-east-1'"),
        check(lambda value: not value.startswith("cn-"), "Bedrock is not offered in the Regions of China"),
        Field(json_schema_extra={"pattern": f"^{_REGION.pattern}$"}),
    ] = Field(description="The Region that everything is deployed in, and that no prompt leaves.")
    account: Account | None = Field(default=None, description="The only account that may be deployed to, in quotes.")
    network: Network = Field(description="The isolated network.")
    audit: Audit = Field(description="What is kept of who did what.")
    guardrail: Guardrail = Field(description="What is blocked or masked in every team's prompts and answers.")
    signing_name: Literal["bedrock-mantle", "bedrock"] = Field(
        default="bedrock-mantle",
        description="The service name in signatures of model requests; change it only if AWS refuses the default.",
    )

    @property
    def partition(self) -> str:
        """The AWS partition that the Region belongs to, as ARNs name it."""
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
