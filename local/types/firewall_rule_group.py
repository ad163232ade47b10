"""`AWS::Route53Resolver::FirewallRuleGroup`: what DNS Firewall does with which names, in order.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53resolver-firewallrulegroup.html
"""

from __future__ import annotations

from local.types import _resolver, firewall_domain_list
from local.types.emulator import Created, EmulatorError, Properties

NAME = "AWS::Route53Resolver::FirewallRuleGroup"
REPLACING = ("Name",)
PREFIX = "rslvr-frg"


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Make the group; `Ref` is its id."""
    _check(properties)
    return _resolver.make(PREFIX, "firewall-rule-group", properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the rules in place."""
    _check(new)
    return _resolver.change(physical_id, new)


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the group.

    Raises
    ------
    EmulatorError
        A VPC uses it still.
    """
    if users := _resolver.users("FirewallRuleGroupId", physical_id):
        raise EmulatorError(f"{NAME}: {physical_id} is associated still, by {', '.join(users)}")
    _resolver.drop(physical_id)


def _check(properties: Properties) -> None:
    rules = properties.get("FirewallRules") or []
    priorities = [rule["Priority"] for rule in rules]
    if len(set(priorities)) < len(priorities):
        raise EmulatorError(f"{NAME}: two rules have the same priority")
    for rule in rules:
        _resolver.found(NAME, firewall_domain_list.PREFIX, rule["FirewallDomainListId"])
        if rule["Action"] == "BLOCK" and "BlockResponse" not in rule:
            raise EmulatorError(f"{NAME}: a rule that blocks needs a BlockResponse")
