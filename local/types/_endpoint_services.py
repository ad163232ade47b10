"""Interface endpoint services that ministack does not list: Bedrock's, S3's and DynamoDB's, which it has as gateways.

As on AWS a service need not be in every zone: bedrock-mantle was in three of six in the accounts of us-east-1 that
published it, and is in two of three here. S3 and DynamoDB are listed twice, under one name, as on AWS.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.types import emulator
from local.types.emulator import region

_ACTION = "DescribeVpcEndpointServices"
#: Service, the letters of its zones, and its private name.
_SERVICES = (
    ("bedrock-mantle", "ab", "bedrock-mantle.{region}.api.aws"),
    ("bedrock-runtime", "abc", "bedrock-runtime.{region}.amazonaws.com"),
    ("bedrock", "abc", "bedrock.{region}.amazonaws.com"),
    ("bedrock-agent", "abc", "bedrock-agent.{region}.amazonaws.com"),
    ("bedrock-agent-runtime", "abc", "bedrock-agent-runtime.{region}.amazonaws.com"),
    ("dynamodb", "abc", "dynamodb.{region}.amazonaws.com"),
    ("s3", "abc", "*.s3.{region}.amazonaws.com"),
)

Answer = tuple[int, Any, bytes]


def add() -> None:
    """Have ministack's own answer hold these services too.

    Raises
    ------
    RuntimeError
        ministack lists one of them already.
    """
    ec2 = emulator.service("ec2")
    if known := {name for name, _, _ in _SERVICES} & set(ec2._VPCE_INTERFACE_SERVICES):
        raise RuntimeError(f"ministack {emulator.VERSION} lists {', '.join(sorted(known))} already; change {__name__}")
    ec2._ACTION_MAP[_ACTION] = _with_these(ec2._ACTION_MAP[_ACTION], ec2)


def _with_these(answer: Callable[[Any], Answer], ec2: Any) -> Callable[[Any], Answer]:
    def described(parameters: Any) -> Answer:
        status, headers, body = answer(parameters)
        names = set(ec2._parse_member_list(parameters, "ServiceName"))
        filters = ec2._parse_filters(parameters)
        names |= set(filters.get("service-name", ()))
        kinds = filters.get("service-type") or ["Interface"]
        here = region()
        for service, letters, private in _SERVICES:
            name = f"com.amazonaws.{here}.{service}"
            if "Interface" in kinds and (not names or name in names):
                body = _inserted(body, name, letters, private.format(region=here), here)
        return status, headers, body

    return described


def _inserted(body: bytes, name: str, letters: str, private: str, here: str) -> bytes:
    zones = "".join(f"<item>{here}{letter}</item>" for letter in letters)
    detail = (
        f"<item><serviceName>{name}</serviceName>"
        "<serviceType><item><serviceType>Interface</serviceType></item></serviceType>"
        f"<availabilityZoneSet>{zones}</availabilityZoneSet><owner>amazon</owner>"
        f"<privateDnsName>{private}</privateDnsName>"
        f"<privateDnsNameSet><item><privateDnsName>{private}</privateDnsName></item></privateDnsNameSet>"
        "<vpcEndpointPolicySupported>true</vpcEndpointPolicySupported></item>"
    )
    body = body.replace(b"</serviceNameSet>", f"<item>{name}</item></serviceNameSet>".encode())
    return body.replace(b"</serviceDetailSet>", f"{detail}</serviceDetailSet>".encode())
