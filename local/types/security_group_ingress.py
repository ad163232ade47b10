"""`AWS::EC2::SecurityGroupIngress`: one rule for the way in, as a resource of its own.

CDK writes it when two groups point at each other.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroupingress.html
"""

from __future__ import annotations

from local.types import _group_rule
from local.types.emulator import Created, Properties

NAME = "AWS::EC2::SecurityGroupIngress"
REPLACING = (
    "CidrIp",
    "CidrIpv6",
    "FromPort",
    "GroupId",
    "GroupName",
    "IpProtocol",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "SourceSecurityGroupOwnerId",
    "ToPort",
)

_STORE = "IpPermissions"


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Add the rule to its group."""
    return _group_rule.add(NAME, _STORE, properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the description."""
    return _group_rule.describe(physical_id, _STORE, new)


def delete(physical_id: str, properties: Properties) -> None:
    """Remove the rule from its group."""
    _group_rule.remove(physical_id, _STORE, properties)
