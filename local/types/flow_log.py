"""`AWS::EC2::FlowLog`: the record of a VPC's traffic. Nothing flows in the embedded AWS, so none is written.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-flowlog.html
"""

from __future__ import annotations

import re

from local.types.emulator import Created, EmulatorError, Properties, provisioners, service

NAME = "AWS::EC2::FlowLog"
REPLACING = (
    "DeliverCrossAccountRole",
    "DeliverLogsPermissionArn",
    "DestinationOptions",
    "LogDestination",
    "LogDestinationType",
    "LogFormat",
    "LogGroupName",
    "MaxAggregationInterval",
    "ResourceId",
    "ResourceType",
    "TagFieldSpecifications",
    "TrafficType",
)

_PARAMETERS = ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName")


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Create the flow log; `Ref` and `Id` are its id."""
    request = {name: [str(properties[name])] for name in _PARAMETERS if name in properties}
    request["ResourceId.1"] = [str(properties["ResourceId"])]
    status, _, body = service("ec2")._create_flow_logs(request)
    found = re.search(rb"<item>(fl-[0-9a-fA-F]+)</item>", body)
    if status >= 400 or not found:
        raise EmulatorError(f"{NAME}: the embedded EC2 made no flow log (status {status})")
    identifier = found.group(1).decode()
    provisioners()._ec2_apply_tags(identifier, properties)
    return identifier, {"Id": identifier}


def update(physical_id: str, old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the tags, the only property that does not replace."""
    provisioners()._ec2_apply_tags(physical_id, new, old)
    return physical_id, {"Id": physical_id}


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the flow log."""
    service("ec2")._delete_flow_logs({"FlowLogId.1": [physical_id]})
