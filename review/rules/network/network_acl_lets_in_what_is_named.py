"""Network ACLs let HTTPS and its answers through, and from nowhere in general."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::NetworkAclEntry")
def _check(deployment: Deployment, entry: Resource) -> str:
    known = of(deployment, entry)
    if str(known.get("RuleAction")).lower() == "deny":
        return ""
    block = str(known.get("CidrBlock") or known.get("Ipv6CidrBlock"))
    if block.endswith("/0"):
        return f"it lets in from every address, {block}" if not known.get("Egress") else ""
    if str(known.get("Protocol")) != "6":
        return f"it lets through the protocol {known.get('Protocol')}: TCP, 6, is all that is needed"
    ports = known.get("PortRange") or {}
    if (ports.get("From"), ports.get("To")) not in ((443, 443), (1024, 65535)):
        return f"it lets through the ports {ports.get('From')} to {ports.get('To')}: 443 and the answers' are all"
    return ""


RULE = Rule(
    id="network-acl-lets-in-what-is-named",
    title="Network ACLs let HTTPS and its answers through, and from nowhere in general",
    why="an entry for other ports or for everybody is a way in that no rule of the deployment needs",
    severity="medium",
    fix="name the range, TCP, and 443 or the ports of answers",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
    controls=controls(nist="SC-7(5) CM-7", soc2="CC6.6"),
    check=_check,
)
