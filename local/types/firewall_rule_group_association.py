"""`AWS::Route53Resolver::FirewallRuleGroupAssociation`: a DNS Firewall rule group put before a VPC's resolver.

Whether CloudFormation deletes an association whose mutation protection is on is not documented; here it does.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53resolver-firewallrulegroupassociation.html
"""

from __future__ import annotations

from local.types import _resolver, firewall_rule_group
from local.types.emulator import Created, EmulatorError, Properties, service

NAME = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
REPLACING = ("FirewallRuleGroupId", "VpcId")

_PRIORITIES = range(101, 9900)


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Associate the group; `Ref` is the association's id."""
    _check(properties)
    return _resolver.make("rslvr-frgassoc", "firewall-rule-group-association", properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the priority or the protection in place."""
    _check(new)
    return _resolver.change(physical_id, new)


def delete(physical_id: str, _properties: Properties) -> None:
    """Take the group from the VPC."""
    _resolver.drop(physical_id)


def _check(properties: Properties) -> None:
    _resolver.found(NAME, firewall_rule_group.PREFIX, properties["FirewallRuleGroupId"])
    if properties["VpcId"] not in service("ec2")._vpcs:
        raise EmulatorError(f"{NAME}: there is no VPC {properties['VpcId']}")
    if int(properties["Priority"]) not in _PRIORITIES:
        raise EmulatorError(f"{NAME}: a priority is above 100 and below 9900, and {properties['Priority']} is not")
