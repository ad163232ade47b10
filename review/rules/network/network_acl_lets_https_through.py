"""Every network ACL lets HTTPS and its answers through, both ways."""

from __future__ import annotations

from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on, of
from review.rules.rule import Rule, controls, each

Json = Any
_NEEDED = ((False, 443), (False, 1024), (True, 443), (True, 1024))


@each("AWS::EC2::NetworkAcl")
def _check(deployment: Deployment, acl: Resource) -> str:
    own = deployment.resolver.reference(acl.id, acl.stack), deployment.resolver.attribute(acl.id, "Id", acl.stack)
    vpcs = {
        deployment.resolver.reference(vpc.id, vpc.stack): str(deployment.resolver.of(vpc, "CidrBlock"))
        for vpc in deployment.assembly.of_type("AWS::EC2::VPC")
    }
    entries = [of(deployment, e) for e in deployment.assembly.of_type("AWS::EC2::NetworkAclEntry")]
    mine = [e for e in entries if e.get("NetworkAclId") in own and str(e.get("RuleAction")).lower() == "allow"]
    block = vpcs.get(str(deployment.resolver.of(acl, "VpcId")))
    for outward, port in _NEEDED:
        if not any(_lets(e, outward, port) and block in (None, e.get("CidrBlock")) for e in mine):
            way = "out" if outward else "in"
            return f"it lets {'HTTPS' if port == 443 else 'answers'} {way} to nobody of the VPC"
    return ""


def _lets(entry: Json, outward: bool, port: int) -> bool:
    ports = entry.get("PortRange") or {}
    known = isinstance(ports.get("From"), int) and isinstance(ports.get("To"), int)
    return is_on(entry.get("Egress")) is outward and known and ports["From"] <= port <= ports["To"]


RULE = Rule(
    id="network-acl-lets-https-through",
    title="Every network ACL lets HTTPS and its answers through, both ways",
    why="an ACL that lets less through is taken off in a hurry, with all that it keeps out",
    severity="low",
    fix="name the VPC's range in four entries: 443 and 1024 to 65535, in and out",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
    controls=controls(nist="SC-7 CM-6", soc2="A1.2"),
    check=_check,
)
