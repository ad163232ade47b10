"""`AWS::Route53Resolver::ResolverQueryLoggingConfig`: where the names that VPCs ask for are recorded.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53resolver-resolverqueryloggingconfig.html
"""

from __future__ import annotations

from local.types import _resolver
from local.types.emulator import Created, Properties

NAME = "AWS::Route53Resolver::ResolverQueryLoggingConfig"
REPLACING = ("DestinationArn", "Name")
PREFIX = "rqlc"


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Make the configuration; `Ref` is its id."""
    return _resolver.make(PREFIX, "resolver-query-log-config", properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the tags."""
    return _resolver.change(physical_id, new)


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the configuration."""
    _resolver.drop(physical_id)
