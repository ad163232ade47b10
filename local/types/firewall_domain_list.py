"""`AWS::Route53Resolver::FirewallDomainList`: names that a DNS Firewall rule is about.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53resolver-firewalldomainlist.html
"""

from __future__ import annotations

from local.types import _resolver
from local.types.emulator import Created, Properties

NAME = "AWS::Route53Resolver::FirewallDomainList"
REPLACING = ("Name",)
PREFIX = "rslvr-fdl"


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Make the list; `Ref` is its id."""
    return _resolver.make(PREFIX, "firewall-domain-list", properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the names in place."""
    return _resolver.change(physical_id, new)


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the list."""
    _resolver.drop(physical_id)
