"""A security group's rule for a protocol with ports names both ends of them."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import GROUP, listed, of
from review.rules.rule import Rule, controls, each

_ALONE = ("AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress")
#: By their numbers too: https://www.iana.org/assignments/protocol-numbers
_WITH_PORTS = {"tcp", "udp", "icmp", "icmpv6", "6", "17", "1", "58"}


@each(GROUP, *_ALONE)
def _check(deployment: Deployment, resource: Resource) -> str:
    known = of(deployment, resource)
    rules = [known] if resource.type in _ALONE else []
    for name in ("SecurityGroupEgress", "SecurityGroupIngress"):
        rules += listed(known.get(name)) if resource.type == GROUP else []
    for rule in rules:
        missing = [name for name in ("FromPort", "ToPort") if name not in rule]
        if str(rule.get("IpProtocol")).lower() in _WITH_PORTS and missing:
            return f"a rule of it for {rule['IpProtocol']} names no {missing[0]}: EC2 refuses it, or takes every one"
    return ""


RULE = Rule(
    id="group-rules-name-their-ports",
    title="A security group's rule for a protocol with ports names both ends of them",
    why="half a range is refused when it is deployed, or comes to mean every port or every type",
    severity="low",
    fix="set FromPort and ToPort; of ICMP the type and the code",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
    controls=controls(nist="SC-7 CM-6", soc2="CC6.6"),
    check=_check,
)
