"""Synthesise networks that have two services more: ``python -m tests.stacks.more_services FOLDER``.

A process of its own, because the settings' models are made of the rows when they are imported. The services are
DynamoDB by a gateway, for the teams' tables, and KMS by an interface endpoint, where a setting asks for it.
"""

import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stacks import services
from stacks.services import Reached, Service

TABLES = Service(
    "dynamodb",
    "DynamoDb",
    reached=(Reached("proxies", "Proxies to the tables"),),
    hosts=("dynamodb.{region}.amazonaws.com",),
    kind="gateway",
    stand_in="dynamodb",
)
KEYS = Service(
    "kms",
    "Kms",
    reached=(Reached("authorizers", "Authorizers to the keys"), Reached("proxies", "Proxies to the keys")),
    hosts=("kms.{region}.amazonaws.com",),
    setting="organization",
    setting_does="is named",
    stand_in="kms",
)
LIST = "pl-0123456789abcdef0"


def main(folder: Path) -> int:
    """Write a network's templates in every mode."""
    services.SERVICES = (*services.SERVICES, TABLES, KEYS)
    services._BY_NAME = MappingProxyType({service.name: service for service in services.SERVICES})
    from aws_cdk import App
    from aws_cdk import aws_iam as iam

    from stacks import ceilings
    from stacks.kit import assemble
    from tests.stacks.assembly import context, packages
    from tests.stacks.deployments import DEPLOYMENT, MODES, settings

    def tables(its: ceilings.Bounds) -> list[iam.PolicyStatement]:
        named = its.stack.format_arn(service="dynamodb", resource="table", resource_name=f"{its.names.name}-*")
        return [
            iam.PolicyStatement(principals=[iam.AnyPrincipal()], actions=["dynamodb:UpdateItem"], resources=[named])
        ]

    def keys(its: ceilings.Bounds) -> list[iam.PolicyStatement]:
        key = its.names.regional("kms", "key/*")
        return [iam.PolicyStatement(principals=[iam.AnyPrincipal()], actions=["kms:Sign"], resources=[key])]

    ceilings._POLICIES = {**ceilings._POLICIES, "dynamodb": tables, "kms": keys}
    gateways: dict[str, Any] = {"gateways": {"dynamodb": LIST}}
    given = {"organization": "o-a1b2c3d4e5"}
    hub = MODES["Hub"]["network"]
    made: dict[str, dict[str, Any]] = {
        "Isolated": {**given, "network": {**DEPLOYMENT["network"], **gateways}},
        "Existing": {"network": {**MODES["Existing"]["network"], **gateways}},
        "Hub": {
            **given,
            "network": {**hub, "endpoints": {**hub["endpoints"], "dynamodb": "sg-0123abcd", "kms": "pl-0123abcd"}},
        },
    }
    app = App(outdir=str(folder / "cdk.out"), context=context())
    packed = packages(folder / "packages")
    for name, changes in made.items():
        assemble(app, replace(settings({"name": name, **changes}), teams=()), packed)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
