"""DNS names of interface endpoints, for `AWS::EC2::VPCEndpoint`: ministack has the type, and gives it none.

A record that is an alias to an endpoint is made of the first of its ``DnsEntries``, the Regional name, which has a
wildcard for S3. Nothing is resolved by it: no local process asks a resolver.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcendpoint.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from local.types import emulator
from local.types.emulator import Created, EmulatorError, Properties, region
from stacks.services import by_name

NAME = "AWS::EC2::VPCEndpoint"
# The zone of such names, as in the example of CloudFormation's page.
_ZONE = "Z1HUB23UULQXV"


def add() -> None:
    """Have ministack's own handler give each interface endpoint that it makes a name."""
    handlers = emulator.provisioners()._RESOURCE_HANDLERS[NAME]
    handlers["create"] = named(handlers["create"])


def named(make: Callable[[str, Properties, str], Created]) -> Callable[[str, Properties, str], Created]:
    """Return a handler that makes an endpoint by another, and names it.

    Raises
    ------
    EmulatorError
        By the handler: the endpoint has names already, so ministack makes them itself now.
    """

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        identifier, attributes = make(logical_id, properties, stack_name)
        if properties.get("VpcEndpointType") != "Interface":
            return identifier, attributes
        if attributes["DnsEntries"]:
            raise EmulatorError(f"ministack {emulator.VERSION} names endpoints already; remove {__name__}")
        service = str(properties["ServiceName"]).rpartition(".")[2]
        start = "*." if by_name(service).is_by_bucket else ""
        name = f"{start}{identifier}-{secrets.token_hex(4)}.{service}.{region()}.vpce.amazonaws.com"
        entries = [f"{_ZONE}:{name}"]
        # An update reads them from here.
        emulator.service("ec2")._vpc_endpoints[identifier]["DnsEntries"] = entries
        return identifier, {**attributes, "DnsEntries": entries}

    return create
