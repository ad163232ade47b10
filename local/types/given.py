"""The company's network, where the settings name one: a VPC and subnets that are there on AWS before Cloister is.

On this machine nobody has made them, so they are made as the settings name them, ids and all, before anything else; as
the callers' roles are. A hub's endpoints need no record: the stand-ins and the front door answer for them.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
from collections.abc import Mapping
from typing import Any

from local.types import emulator

VARIABLE = "CLOISTER_GIVEN"
"""The variable of the launcher's environment that holds it, as JSON."""


def make(told: str) -> None:
    """Make the VPC and its subnets.

    Parameters
    ----------
    told
        `{"vpc": "vpc-…", "cidr": "10.0.0.0/20", "subnets": {"subnet-…": "us-east-1a"}}` as JSON, or an empty string.
    """
    if not told:
        return
    given: Mapping[str, Any] = json.loads(told)
    ec2 = emulator.service("ec2")
    _as(ec2, "_new_vpc_id", given["vpc"], "_create_vpc", {"CidrBlock": [given["cidr"]]})
    network = ipaddress.IPv4Network(given["cidr"])
    blocks = itertools.cycle(network.subnets(new_prefix=max(28, network.prefixlen)))
    for subnet, zone in given["subnets"].items():
        asked = {"VpcId": [given["vpc"]], "CidrBlock": [str(next(blocks))], "AvailabilityZone": [zone]}
        _as(ec2, "_new_subnet_id", subnet, "_create_subnet", asked)


def _as(ec2: Any, names: str, identifier: str, operation: str, asked: Mapping[str, list[str]]) -> None:
    """Have ministack make something under this id."""
    usual = getattr(ec2, names)
    setattr(ec2, names, lambda: identifier)
    try:
        status, _, body = getattr(ec2, operation)(dict(asked))
    finally:
        setattr(ec2, names, usual)
    if status >= 400:
        raise emulator.EmulatorError(f"{identifier} of the settings could not be made: {body.decode()}")
