"""Zones and resource types of the Region."""

from __future__ import annotations

from preflight.looks import types, zones
from tests.preflight.cases.common import (
    NOT_ASKED,
    OK,
    STOPS,
    WARNING,
    Case,
    mantle_in,
    services,
)
from tests.preflight.cases.networks import HUB
from tests.preflight.recorded import (
    SERVICES,
    Refused,
    service,
)

CASES: list[Case] = [
    Case(
        "mantle is in another zone",
        zones.LOOK,
        "zone-serves-all",
        STOPS,
        (
            "bedrock-mantle not offered in it (us-east-1a here)",
            "use1-az1 (us-east-1c here)",
            "zones: [us-east-1c, us-east-1b]",
        ),
        mantle_in("b", "c"),
    ),
    Case("all zones have all", zones.LOOK, "zone-serves-all", OK, ("use1-az4", "us-east-1a here")),
    Case(
        "ids say it, and not names",
        zones.LOOK,
        "zone-serves-all",
        STOPS,
        ("sts",),
        services(
            *(
                service(name, ("a", "b"), **({"AvailabilityZoneIds": ["use1-az1"]} if name == "sts" else {}))
                for name in SERVICES
            )
        ),
    ),
    Case(
        "a zone that the account lacks",
        zones.LOOK,
        "zone-exists",
        STOPS,
        ("us-east-1f",),
        deployment={"network": {"cidr": "10.80.0.0/20", "zones": ["us-east-1a", "us-east-1f"]}},
    ),
    Case(
        "a service that the Region lacks",
        zones.LOOK,
        "service-offered",
        STOPS,
        ("bedrock-runtime", "describe-vpc-endpoint-services"),
        services(*(service(name) for name in SERVICES if name != "bedrock-runtime")),
    ),
    Case(
        "a service without policies",
        zones.LOOK,
        "endpoint-policy",
        STOPS,
        ("takes no endpoint policy",),
        services(*(service(name, VpcEndpointPolicySupported=name != "sts") for name in SERVICES)),
    ),
    Case(
        "a service under another name",
        zones.LOOK,
        "private-name",
        WARNING,
        ("sts.other",),
        services(
            *(
                service(name, PrivateDnsNames=[{"PrivateDnsName": "sts.other"}]) if name == "sts" else service(name)
                for name in SERVICES
            )
        ),
    ),
    Case(
        "zones that cannot be asked",
        zones.LOOK,
        "zones",
        NOT_ASKED,
        ("ec2:DescribeVpcEndpointServices was refused",),
        {"ec2.DescribeVpcEndpointServices": Refused("UnauthorizedOperation", 403)},
    ),
    Case(
        "no Project in the Region",
        types.LOOK,
        "resource-type",
        STOPS,
        ("AWS::BedrockMantle::Project", "make project TEAM=atlas", "the same for beacon"),
        {
            "cloudformation.DescribeType": lambda asked: (
                Refused("TypeNotFoundException", 404) if "Project" in asked["TypeName"] else {}
            )
        },
    ),
    Case(
        "no guardrail in the Region",
        types.LOOK,
        "resource-type",
        STOPS,
        ("AWS::Bedrock::Guardrail",),
        {
            "cloudformation.DescribeType": lambda asked: (
                Refused("TypeNotFoundException", 404) if asked["TypeName"].endswith("Guardrail") else {}
            )
        },
    ),
    Case("all types", types.LOOK, "resource-type", OK, ("CloudFormation has it",)),
    Case("a hub makes no endpoint", zones.LOOK, "zones", OK, ("the hub's",), deployment=HUB),
    Case(
        "no zone is named, and the first lacks one",
        zones.LOOK,
        "zone-serves-all",
        STOPS,
        ("us-east-1a here", "zones: [use1-az1, use1-az6]"),
        mantle_in("b", "c"),
        deployment={"beyond": {"network": {"zones": ()}}},
    ),
    Case(
        "no zone is named, and the first will do",
        zones.LOOK,
        "zone-serves-all",
        OK,
        ("us-east-1b here",),
        deployment={"beyond": {"network": {"zones": ()}}},
    ),
]
