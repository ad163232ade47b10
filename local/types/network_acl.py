"""`AWS::EC2::NetworkAcl`: a network ACL. Nothing is filtered by it in the embedded AWS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-networkacl.html
"""

from __future__ import annotations

import re

from local.types.emulator import Created, EmulatorError, Properties, provisioners, service

NAME = "AWS::EC2::NetworkAcl"
REPLACING = ("VpcId",)


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Make the ACL, which lets nothing through yet; `Ref` and `Id` are its id.

    Raises
    ------
    EmulatorError
        There is no such VPC.
    """
    ec2 = service("ec2")
    if properties["VpcId"] not in ec2._vpcs:
        raise EmulatorError(f"{NAME}: there is no VPC {properties['VpcId']}")
    _, _, body = ec2._create_network_acl({"VpcId": [properties["VpcId"]]})
    found = re.search(rb"<networkAclId>(acl-[0-9a-fA-F]+)</networkAclId>", body)
    if not found:
        raise EmulatorError(f"{NAME}: the embedded EC2 made no network ACL")
    identifier = found.group(1).decode()
    provisioners()._ec2_apply_tags(identifier, properties)
    return identifier, {"Id": identifier}


def update(physical_id: str, old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the tags."""
    provisioners()._ec2_apply_tags(physical_id, new, old)
    return physical_id, {"Id": physical_id}


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the ACL with its entries."""
    service("ec2")._delete_network_acl({"NetworkAclId": [physical_id]})
