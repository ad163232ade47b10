"""`AWS::EC2::SecurityGroupEgress`: one rule for the way out, as a resource of its own.

CDK writes it when two groups point at each other. A group that was made
without a rule for the way out keeps its allow-all rule beside this one: the documentation promises that rule away
only for groups that carry rules of their own.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroupegress.html
"""

from __future__ import annotations

from local.types import _group_rule
from local.types.emulator import Created, Properties

NAME = "AWS::EC2::SecurityGroupEgress"
REPLACING = (
    "CidrIp",
    "CidrIpv6",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
    "FromPort",
    "GroupId",
    "IpProtocol",
    "ToPort",
)

_STORE = "IpPermissionsEgress"


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Add the rule to its group."""
    return _group_rule.add(NAME, _STORE, properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the description."""
    return _group_rule.describe(physical_id, _STORE, new)


def delete(physical_id: str, properties: Properties) -> None:
    """Remove the rule from its group."""
    _group_rule.remove(physical_id, _STORE, properties)
