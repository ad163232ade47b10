"""`AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation`: a VPC whose names are recorded.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53resolver-resolverqueryloggingconfigassociation.html
"""

from __future__ import annotations

from local.types import _resolver, query_logging_config
from local.types.emulator import Created, EmulatorError, Properties, service

NAME = "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"
REPLACING = ("ResolverQueryLogConfigId", "ResourceId")


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Associate the VPC; `Ref` is the association's id."""
    _resolver.found(NAME, query_logging_config.PREFIX, properties["ResolverQueryLogConfigId"])
    if properties["ResourceId"] not in service("ec2")._vpcs:
        raise EmulatorError(f"{NAME}: there is no VPC {properties['ResourceId']}")
    return _resolver.make("rqlca", "resolver-query-log-config-association", properties)


def update(physical_id: str, _old: Properties, _new: Properties, _stack_name: str) -> Created:
    """Refuse: there is no property that may change in place."""
    raise EmulatorError(f"{NAME}: {physical_id} cannot be updated in place")


def delete(physical_id: str, _properties: Properties) -> None:
    """Take the VPC out."""
    _resolver.drop(physical_id)
